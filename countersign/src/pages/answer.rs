use std::collections::BTreeMap;
use std::time::Duration;

use axum::response::{IntoResponse, Json, Response};
use fluent_bundle::FluentArgs;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;

use super::PageError;
use super::format::Format;
use super::templates::Templates;

/// Why what somebody sent was not done: for people beside the form, for programs as problem details.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// A word for programs.
    code: &'static str,
    /// The message of the whole.
    message: Words,
    fields: Vec<FieldRefusal>,
    retry_after: Option<Duration>,
}

/// What is wrong with one field.
#[derive(Debug)]
pub(super) struct FieldRefusal {
    field: &'static str,
    code: &'static str,
    message: Words,
}

/// A message that is put into words later, once the language is known.
#[derive(Debug)]
pub(super) struct Words {
    key: &'static str,
    arguments: Vec<(&'static str, usize)>,
}

/// An error as programs get it (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProblemDetails {
    /// `about:blank`: the status says what kind of problem it is.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong and what to do, for people.
    detail: String,
    /// What is wrong, for programs. It does not change, unlike the detail.
    code: &'static str,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// The field, as a JSON Pointer (RFC 6901) into the body, in a fragment.
    #[schema(example = "#/username")]
    pointer: String,
    /// What is wrong, for programs.
    code: &'static str,
    /// What is wrong and what to do, for people.
    detail: String,
}

impl Words {
    pub(super) fn new(key: &'static str) -> Self {
        Self {
            key,
            arguments: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, number: usize) -> Self {
        self.arguments.push((name, number));
        self
    }
}

impl FieldRefusal {
    pub(super) fn new(field: &'static str, code: &'static str, message: Words) -> Self {
        Self {
            field,
            code,
            message,
        }
    }
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, key: &'static str) -> Self {
        Self {
            status,
            code,
            message: Words::new(key),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// Fields that can't be taken as they are.
    pub(super) fn fields(fields: Vec<FieldRefusal>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self {
            fields,
            ..Self::new(status, "invalid_fields", "refused-fields")
        }
    }

    /// One field that can't be taken as it is.
    pub(super) fn field(field: &'static str, code: &'static str, message: Words) -> Self {
        Self::fields(vec![FieldRefusal::new(field, code, message)])
    }

    /// Too many failures.
    pub(super) fn throttled(retry_after: Duration) -> Self {
        let minutes = retry_after.as_secs().div_ceil(60).max(1);
        let minutes = usize::try_from(minutes).unwrap_or(usize::MAX);
        Self {
            message: Words::new("refused-throttled").with("minutes", minutes),
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "")
        }
    }
}

impl Templates {
    /// Shows the form again, with what is wrong beside its fields and with `values` as they were typed; or says to a program
    /// what is wrong.
    pub(super) async fn refuse(
        &self,
        refusal: Refusal,
        template: &str,
        values: Value,
    ) -> Result<Response, PageError> {
        let mut fields = Vec::new();
        for field in &refusal.fields {
            fields.push((field, self.words(&field.message).await?));
        }
        let message = self.words(&refusal.message).await?;
        let mut response = match self.format {
            Format::Json => json(&refusal, message, fields),
            Format::Html => {
                let errors: BTreeMap<_, _> = fields
                    .into_iter()
                    .map(|(refused, text)| (refused.field, text))
                    .collect();
                let alert = refusal.fields.is_empty().then_some(message);
                let values = context! { errors, alert, ..values };
                self.page(refusal.status, template, values).await?
            }
        };
        let headers = response.headers_mut();
        if let Some(duration) = refusal.retry_after {
            let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, seconds.max(1).into());
        }
        if refusal.status == StatusCode::UNAUTHORIZED {
            // The same challenge as with every 401 here; it opens no dialogue in any browser.
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
        }
        Ok(response)
    }

    async fn words(&self, words: &Words) -> Result<String, PageError> {
        let locale = self.locale().await?;
        let mut arguments = FluentArgs::new();
        for (name, number) in &words.arguments {
            arguments.set(*name, *number);
        }
        let messages = &self.pages.engine().messages;
        Ok(messages.text(locale, words.key, &arguments))
    }
}

fn json(refusal: &Refusal, detail: String, fields: Vec<(&FieldRefusal, String)>) -> Response {
    let errors = fields
        .into_iter()
        .map(|(refused, detail)| FieldProblem {
            pointer: format!("#/{}", refused.field),
            code: refused.code,
            detail,
        })
        .collect();
    let details = ProblemDetails {
        r#type: "about:blank",
        title: refusal.status.canonical_reason().unwrap_or("Error"),
        status: refusal.status.as_u16(),
        detail,
        code: refusal.code,
        errors,
    };
    let mut response = (refusal.status, Json(details)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
