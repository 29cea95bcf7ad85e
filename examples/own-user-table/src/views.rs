use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use countersign::password::PasswordPolicy;
use countersign::{Auth, CurrentUser, SignIn};
use minijinja::context;
use serde::Deserialize;

use crate::error::Error;
use crate::pages::page;
use crate::users::{User, Users, is_good_name};

pub(crate) async fn home(auth: Auth<User>) -> Result<Html<String>, Error> {
    page(&auth, "home.html", context! {}).await
}

pub(crate) async fn login_form(auth: Auth<User>) -> Result<Html<String>, Error> {
    let message = auth.login_message();
    page(&auth, "login.html", context! { message }).await
}

pub(crate) async fn login(
    State(users): State<Users>,
    auth: Auth<User>,
    Form(form): Form<SignIn>,
) -> Result<Response, Error> {
    let found = users.named(&form.username).await?;
    let Some(user) = auth.check(&form.username, found, &form.password).await? else {
        let message = "Wrong name or password.";
        let again = context! { message, username => form.username };
        return refused(page(&auth, "login.html", again).await?);
    };
    auth.login_user(&user).remember(form.remember).await?;
    Ok(auth.redirect_next("/").into_response())
}

pub(crate) async fn logout(auth: Auth<User>) -> Result<Redirect, Error> {
    auth.logout_user().await?;
    Ok(Redirect::to("/"))
}

#[derive(Deserialize)]
pub(crate) struct Registration {
    username: String,
    password: String,
}

pub(crate) async fn register_form(auth: Auth<User>) -> Result<Html<String>, Error> {
    page(&auth, "register.html", context! {}).await
}

pub(crate) async fn register(
    State(users): State<Users>,
    auth: Auth<User>,
    Form(form): Form<Registration>,
) -> Result<Response, Error> {
    let message = match complaint(&form) {
        Some(complaint) => complaint,
        None => {
            let hash = auth.hash_password(&form.password).await?;
            match users.add(&form.username, hash.as_ref()).await? {
                Some(user) => {
                    auth.login_user(&user)
                        .with_new_password(&form.username)
                        .await?;
                    auth.session().flash("message", "Welcome!").await?;
                    return Ok(Redirect::to("/").into_response());
                }
                // Whoever has that name is not logged in here, even if the password is right: this is no login form.
                None => "This name is taken. Choose another.".to_owned(),
            }
        }
    };
    let again = context! { message, username => form.username };
    refused(page(&auth, "register.html", again).await?)
}

#[derive(Deserialize)]
pub(crate) struct PasswordChange {
    current_password: String,
    new_password: String,
}

pub(crate) async fn password_form(
    auth: Auth<User>,
    _user: CurrentUser<User>,
) -> Result<Html<String>, Error> {
    page(&auth, "password.html", context! {}).await
}

pub(crate) async fn change_password(
    State(users): State<Users>,
    auth: Auth<User>,
    CurrentUser(user): CurrentUser<User>,
    Form(form): Form<PasswordChange>,
) -> Result<Response, Error> {
    let again =
        async |message: String| refused(page(&auth, "password.html", context! { message }).await?);
    if let Err(violation) = POLICY.check(&form.new_password, &[&user.name]) {
        return again(sentence(&violation)).await;
    }
    let checked = auth.check(&user.name, Some(user.clone()), &form.current_password);
    if checked.await?.is_none() {
        return again("This is not your password.".to_owned()).await;
    }
    let hash = auth.hash_password(&form.new_password).await?;
    let Some(changed) = users.change_password(&user, hash.as_ref()).await? else {
        return again("Your password was changed elsewhere. Try again.".to_owned()).await;
    };
    auth.password_changed(&changed).await?;
    let message = "Your password is changed. All other logins of yours are over.";
    auth.session().flash("message", message).await?;
    Ok(Redirect::to("/").into_response())
}

/// What is wrong with a registration, if anything is.
fn complaint(form: &Registration) -> Option<String> {
    if !is_good_name(&form.username) {
        return Some("A name has 1 to 40 plain letters, digits, dots, dashes.".to_owned());
    }
    let violation = POLICY.check(&form.password, &[&form.username]).err()?;
    Some(sentence(&violation))
}

/// The form again, which the visitor has to mend.
fn refused(page: Html<String>) -> Result<Response, Error> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// An error's text as a sentence.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// The password is all that protects an account here.
const POLICY: PasswordPolicy = PasswordPolicy::only_factor();
