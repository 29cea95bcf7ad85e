use std::time::Duration;

use axum::response::Response;
use minijinja::{Value, context};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::answer::{FieldRefusal, Refusal, Words};
use super::super::format::Input;
use super::super::openapi::{Administrators, Changes, Forms};
use super::super::register::email_field;
use super::super::{PageError, Templates};
use super::link::{LinkDetails, Made, show};
use super::{Administrator, INVITE};
use crate::accounts::{ADMINISTRATOR, AccountError, Invitation, Invited};

/// Whom to invite, and to what.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewInvitation {
    /// The e-mail address that the link is sent to. It becomes that of the account, and is confirmed by it.
    #[serde(default)]
    email: Option<String>,
    /// The names of the roles that the account will have, with blanks between them. Not `administrator`.
    #[serde(default)]
    roles: Option<String>,
    /// For how many hours the link counts: 1 to 2160. Without it, 168, which are seven days.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2160)]
    hours: Option<u32>,
}

/// The form for an invitation.
pub(super) async fn form(view: Templates) -> Result<Response, PageError> {
    let values = values(&view, context! { hours => WEEK }).await?;
    view.render(TEMPLATE, values).await
}

/// Invite somebody to register: make a link that does so once.
#[utoipa::path(post, path = "/admin/invite", operation_id = "invite", tag = "administration", request_body = NewInvitation, responses(
    (status = 201, description = "The link", body = LinkDetails),
    Changes, Administrators, Forms,
))]
pub(super) async fn invite(
    Administrator { by, .. }: Administrator,
    view: Templates,
    Input(form): Input<NewInvitation>,
) -> Result<Response, PageError> {
    let invitation = match form.invitation() {
        Ok(invitation) => invitation,
        Err(refused) => return refuse(&view, refused, &form).await,
    };
    let lasts = invitation.lasts;
    let refused = match view.accounts().invite(invitation, &by).await {
        Ok(Invited::Token(token)) => {
            let link = view.invitation_link(&token);
            let made = Made {
                title: "link-invitation-title",
                name: None,
                back: INVITE,
            };
            return show(&view, link, lasts, made).await;
        }
        Ok(Invited::Refused(problem)) => email_field(problem),
        Err(AccountError::RoleName) => role_field("role_name", "refused-role-name"),
        Err(error) => return Err(error.into()),
    };
    refuse(&view, vec![refused], &form).await
}

/// Invite somebody to be an administrator: make a link that does so once, within an hour.
#[utoipa::path(post, path = "/admin/invite/administrator", operation_id = "invite_administrator", tag = "administration", responses(
    (status = 201, description = "The link", body = LinkDetails),
    Changes, Administrators,
))]
pub(super) async fn administrator(
    Administrator { by, .. }: Administrator,
    view: Templates,
) -> Result<Response, PageError> {
    let token = view.accounts().invite_administrator(&by).await?;
    let link = view.invitation_link(&token);
    let made = Made {
        title: "link-administrator-title",
        name: None,
        back: INVITE,
    };
    show(&view, link, Invitation::ADMINISTRATOR_LASTS, made).await
}

impl NewInvitation {
    fn invitation(&self) -> Result<Invitation, Vec<FieldRefusal>> {
        let email = self.email.as_deref().map(str::trim);
        let roles = self.roles.as_deref().unwrap_or_default();
        let roles: Vec<String> = roles.split_whitespace().map(str::to_owned).collect();
        let hours = self.hours.unwrap_or(WEEK);
        let mut refused = Vec::new();
        if roles.iter().any(|role| role == ADMINISTRATOR) {
            refused.push(role_field("administrator", "refused-role-administrator"));
        }
        if !(1..=MOST_HOURS).contains(&hours) {
            let words = Words::new("refused-hours").with("most", MOST_HOURS as usize);
            refused.push(FieldRefusal::new("hours", "out_of_range", words));
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        Ok(Invitation {
            email: email.filter(|email| !email.is_empty()).map(str::to_owned),
            roles,
            lasts: Duration::from_secs(u64::from(hours) * 3_600),
        })
    }
}

fn role_field(code: &'static str, words: &'static str) -> FieldRefusal {
    FieldRefusal::new("roles", code, Words::new(words))
}

async fn refuse(
    view: &Templates,
    refused: Vec<FieldRefusal>,
    form: &NewInvitation,
) -> Result<Response, PageError> {
    let typed = context! { email => &form.email, roles => &form.roles, hours => form.hours };
    let values = values(view, typed).await?;
    view.refuse(Refusal::fields(refused), TEMPLATE, values)
        .await
}

async fn values(view: &Templates, values: Value) -> Result<Value, PageError> {
    let known_roles = view.accounts().roles().await?;
    Ok(context! { values, known_roles })
}

const TEMPLATE: &str = "admin-invite.html";

/// In hours.
const WEEK: u32 = 7 * 24;

/// 90 days: what lies about longer than that is not meant any more.
const MOST_HOURS: u32 = 90 * 24;
