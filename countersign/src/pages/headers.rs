use axum::response::Response;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};

/// Tells browsers what these pages never do, so that nobody can make them (ASVS 5.0, 3.4).
pub(super) fn secure(mut response: Response, is_https: bool) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // An answer may say less about where its reader comes from, but not more.
    if headers
        .get(REFERRER_POLICY)
        .is_none_or(|policy| policy != "no-referrer")
    {
        let policy = HeaderValue::from_static(REFERRER);
        headers.insert(REFERRER_POLICY, policy);
    }
    if is_https {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, a_year);
    }
    for name in [ACCEPT, ACCEPT_LANGUAGE] {
        headers.append(VARY, HeaderValue::from(name));
    }
    response
}

const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// What the check of cross-origin requests reads in old browsers; other sites learn nothing.
const REFERRER: &str = "same-origin";

/// Nothing inline, and nothing from elsewhere (Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
