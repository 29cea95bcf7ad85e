use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use countersign::clock::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};

/// A page: the template of that name, filled in. What is filled in is escaped.
pub(super) fn page(status: StatusCode, template: &str, values: Value) -> Response {
    let rendered = TEMPLATES
        .get_template(template)
        .and_then(|template| template.render(values));
    match rendered {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(template, %error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A moment as people read it, to the minute, in UTC.
pub(super) fn moment(timestamp: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(timestamp.as_millis()).map_or_else(
        |_| "unknown".to_owned(),
        |timestamp| timestamp.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    )
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    // Lines that hold nothing but a tag of the template's language leave no empty lines.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("these two do not exclude each other"));
    for (name, source) in SOURCES {
        environment
            .add_template(name, source)
            .expect("a test has read every template");
    }
    environment
});

/// The names end with `.html`, by which the engine knows that it has to escape.
const SOURCES: [(&str, &str); 9] = [
    ("account.html", include_str!("../templates/account.html")),
    ("base.html", include_str!("../templates/base.html")),
    ("error.html", include_str!("../templates/error.html")),
    ("fields.html", include_str!("../templates/fields.html")),
    ("home.html", include_str!("../templates/home.html")),
    (
        "logged-out.html",
        include_str!("../templates/logged-out.html"),
    ),
    ("login.html", include_str!("../templates/login.html")),
    ("password.html", include_str!("../templates/password.html")),
    ("register.html", include_str!("../templates/register.html")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(TEMPLATES.templates().count(), SOURCES.len());
    }

    #[test]
    fn a_moment_is_written_in_full() {
        let moment = moment(Timestamp::from_millis(1_700_000_000_000));
        assert_eq!(moment, "14 November 2023, 22:13 UTC");
        assert_eq!(super::moment(Timestamp::from_millis(i64::MAX)), "unknown");
    }
}
