use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use http::header::CACHE_CONTROL;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as Answer, ResponseBuilder};
use utoipa::{IntoResponses, OpenApi};

use super::answer::{FieldProblem, ProblemDetails};
use super::{
    Pages, account, admin, delete, history, invitation, language, login, password, profile,
    register, sessions, set_password,
};

/// What the routes do for programs (OpenAPI 3.1), made from the handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Accounts",
        description = "Register, log in, see and change your own account. The same paths serve pages to browsers: ask for \
                       JSON by `Accept: application/json`, and send it as `Content-Type: application/json`.",
        license(name = "", identifier = ""),
    ),
    paths(
        register::register,
        login::log_in,
        login::log_out,
        login::confirm,
        invitation::page,
        invitation::accept,
        set_password::form,
        set_password::set,
        account::page,
        profile::change,
        password::change,
        sessions::page,
        sessions::end,
        sessions::end_others,
        history::page,
        delete::delete,
        language::switch,
    ),
    components(schemas(ProblemDetails, FieldProblem)),
    tags(
        (name = "login", description = "In and out"),
        (name = "links", description = "Links that count once: invitations, and those that set a password"),
        (name = "account", description = "Your account"),
        (name = "sessions", description = "Where you are logged in, and who came in"),
        (name = "administration", description = "Everybody's accounts and sessions, the audit, invitations; for administrators with a fresh login"),
        (name = "language", description = "The language of pages and messages"),
    ),
)]
struct Document;

/// The description of the routes for programs.
pub(super) async fn document(State(pages): State<Pages>) -> Response {
    let headers = [(CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(describe(&pages))).into_response()
}

fn describe(pages: &Pages) -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(admin::Document::openapi());
    if let Some(name) = pages.accounts().application_name_setting() {
        document.info.title = name.to_owned();
    }
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document.info.license = None;
    let cookie = ApiKeyValue::new(pages.shared.manager.session_cookie_name());
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let needed = SecurityRequirement::new("session", Vec::<String>::new());
    document.security = Some(vec![needed]);
    document
}

/// Declares sets of answers: what any of a kind of requests can come to.
macro_rules! answers {
    ($($(#[$meaning:meta])* $set:ident { $($status:literal $description:literal,)* })*) => {
        $(
            $(#[$meaning])*
            pub(super) struct $set;

            impl IntoResponses for $set {
                fn responses() -> BTreeMap<String, RefOr<Answer>> {
                    BTreeMap::from([$(($status.to_owned(), problem($description)),)*])
                }
            }
        )*
    };
}

answers! {
    /// Of whatever only reads.
    Reading {
        "421" "The site is not meant to be reached by this address",
        "500" "The site is broken: its log says how",
        "503" "The site does not answer at the moment: try again after `Retry-After` seconds",
    }
    /// Of whatever changes something.
    Anybody {
        "403" "It is not allowed, or the request comes from a page of another site",
        "421" "The site is not meant to be reached by this address",
        "500" "The site is broken: its log says how",
        "503" "The site does not answer at the moment: try again after `Retry-After` seconds",
    }
    /// Of whatever needs a login.
    Members {
        "401" "Nobody is logged in, or the login is not fresh (`code` says which)",
    }
    /// Of whatever changes an account.
    Owners {
        "401" "Nobody is logged in, or the login is not fresh (`code` says which)",
        "404" "The account is gone",
        "409" "The account was changed by somebody else at the same time",
    }
    /// Of whatever is for administrators. It says also what `Anybody` says.
    Administrators {
        "401" "Nobody is logged in, or the login is not fresh (`code` says which)",
        "403" "You are no administrator, or the request comes from a page of another site",
        "421" "The site is not meant to be reached by this address",
        "500" "The site is broken: its log says how",
        "503" "The site does not answer at the moment: try again after `Retry-After` seconds",
    }
    /// Of whatever administrators change, or look at by name.
    Changes {
        "404" "There is no such account, or no such session (any more)",
        "409" "It can't be done as things are: `code` says why",
    }
    /// Of whatever takes parameters in its address.
    Queries {
        "400" "The parameters can't be read",
        "422" "A parameter can't be taken as it is: `errors` says which, and why",
    }
    /// Of whatever takes a body.
    Bodies {
        "400" "The body can't be read, or lacks a field",
        "413" "The body is longer than 64 kB",
        "415" "The body is of a type that is not taken",
    }
    /// Of whatever takes fields that can be wrong.
    Forms {
        "400" "The body can't be read, or lacks a field",
        "413" "The body is longer than 64 kB",
        "415" "The body is of a type that is not taken",
        "422" "Fields can't be taken as they are: `errors` says which, and why",
    }
    /// Of whatever verifies a password.
    Throttled {
        "429" "There were too many failures: try again after `Retry-After` seconds",
    }
    /// Of whatever names a thing that may be gone.
    Missing {
        "404" "There is no such thing (any more)",
    }
}

fn problem(description: &str) -> RefOr<Answer> {
    let schema = Ref::from_schema_name("ProblemDetails");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let answer = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content);
    RefOr::T(answer.build())
}
