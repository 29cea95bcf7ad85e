//! Several managers around one handler.

use std::sync::Arc;

use http::StatusCode;

use super::context::WebContext;
use super::problem::Problem;
use super::settings::WebSettings;

/// Whether an outer context is another manager's, and one that can live beside this one.
pub(super) fn is_another_manager(
    settings: &Arc<WebSettings>,
    outer: &Arc<WebContext>,
) -> Result<bool, Problem> {
    let mut context = Some(outer);
    while let Some(outer) = context {
        if Arc::ptr_eq(&outer.settings, settings) {
            return Ok(false);
        }
        if let Some((code, detail)) = conflict(settings, &outer.settings) {
            tracing::error!("{detail}");
            return Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                code,
                detail,
            ));
        }
        context = outer.outer.as_ref();
    }
    Ok(true)
}

/// Why two managers can't live beside each other: a word for programs, and what to do.
fn conflict(one: &WebSettings, other: &WebSettings) -> Option<(&'static str, &'static str)> {
    if has_common_cookie(one, other) {
        return Some((
            "same_cookie_name",
            "two login managers share one cookie name: give one of them another by `.cookie_name(…)`, or by the settings of its \
             `FlaskSessions`",
        ));
    }
    has_common_key(one, other).then_some((
        "same_secret_key",
        "two login managers of different users share one of Flask's secret keys, and a user of one could pass for a user of the \
         other: give each a key of its own",
    ))
}

fn has_common_cookie(one: &WebSettings, other: &WebSettings) -> bool {
    let others = other.login_cookies();
    let mut own = one.login_cookies().into_iter().flatten();
    own.any(|name| others.contains(&Some(name)))
}

/// Whether the users of one manager count as those with the same ids at the other: what Flask signs does not say whose it is.
#[cfg(feature = "flask")]
fn has_common_key(one: &WebSettings, other: &WebSettings) -> bool {
    match (&one.login.flask, &other.login.flask) {
        (Some(flask), Some(others)) => {
            one.user_type != other.user_type && flask.shares_a_key_with(others)
        }
        _ => false,
    }
}

/// A store has realms for that.
#[cfg(not(feature = "flask"))]
fn has_common_key(_: &WebSettings, _: &WebSettings) -> bool {
    false
}
