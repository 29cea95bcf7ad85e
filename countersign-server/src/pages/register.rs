use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign::Auth;
use countersign::password::PasswordPolicy;
use minijinja::context;
use serde::Deserialize;

use super::{PageError, PageForm, page};
use crate::name::Name;
use crate::site::Site;
use crate::users::User;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Registration {
    username: String,
    password: String,
}

/// What is wrong with a registration, field by field.
#[derive(Default)]
struct Complaints {
    username: Option<String>,
    password: Option<String>,
}

/// The form for a new account. Whoever is logged in already is sent on.
pub(crate) async fn form(auth: Auth<User>) -> Result<Response, PageError> {
    if auth.current_user().await?.is_some() {
        return Ok(auth.redirect_next("/account").into_response());
    }
    let values = context! { next => auth.next(), minimum => POLICY.minimum() };
    Ok(page(StatusCode::OK, "register.html", values))
}

/// Makes the account and logs its owner in.
pub(crate) async fn register(
    State(site): State<Site>,
    auth: Auth<User>,
    PageForm(form): PageForm<Registration>,
) -> Result<Response, PageError> {
    let name = match acceptable(&site, &form).await? {
        Ok(name) => name,
        Err(complaints) => return Ok(form_again(&auth, &form, &complaints)),
    };
    let hash = auth.hash_password(&form.password).await?;
    let now = site.clock.now();
    let Some(user) = site.users.add(&name, hash.as_ref(), now).await? else {
        let complaints = Complaints {
            username: Some(TAKEN.to_owned()),
            ..Complaints::default()
        };
        return Ok(form_again(&auth, &form, &complaints));
    };
    auth.login_user(&user)
        .with_new_password(&form.username)
        .await?;
    Ok(auth.redirect_next("/account").into_response())
}

/// The name of the new account, if all is well.
async fn acceptable(
    site: &Site,
    form: &Registration,
) -> Result<Result<Name, Complaints>, PageError> {
    let mut complaints = Complaints::default();
    let name = match Name::new(&form.username) {
        Ok(name) => {
            if site.users.named(&name).await?.is_some() {
                complaints.username = Some(TAKEN.to_owned());
            }
            Some(name)
        }
        Err(problem) => {
            complaints.username = Some(problem.to_string());
            None
        }
    };
    let context = [form.username.trim(), SITE_NAME];
    if let Err(violation) = POLICY.check(&form.password, &context) {
        complaints.password = Some(violation.to_string());
    }
    Ok(match name {
        Some(name) if complaints.username.is_none() && complaints.password.is_none() => Ok(name),
        _ => Err(complaints),
    })
}

fn form_again(auth: &Auth<User>, form: &Registration, complaints: &Complaints) -> Response {
    let values = context! {
        next => auth.next(),
        minimum => POLICY.minimum(),
        username => &form.username,
        username_complaint => &complaints.username,
        password_complaint => &complaints.password,
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, "register.html", values)
}

/// Which passwords are taken: nothing else protects an account here.
pub(super) const POLICY: PasswordPolicy = PasswordPolicy::only_factor();

/// What strangers would guess first on this site.
pub(super) const SITE_NAME: &str = "countersign";

const TAKEN: &str = "this name is taken: choose another, or log in if it is yours";
