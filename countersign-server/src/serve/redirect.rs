use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::refusal::refuse;

/// Sends those who come by plain http to the public address, whatever host they ask for: `Host` is anybody's to choose.
///
/// Only those who read are sent there. What somebody sends, such as a password, has come unencrypted, and a browser that
/// sends it again by https would hide that; so it is refused, and whoever wrote the form's address learns of the mistake.
pub(super) fn redirect_to(public_url: &str) -> Router {
    let origin = public_url.trim_end_matches('/').to_owned();
    Router::new().fallback(move |request: Request| {
        let response = answer(&origin, &request);
        async move { response }
    })
}

fn answer(origin: &str, request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let sentence = "this site is served by https only, and what was sent here was not encrypted: use an address \
                        that begins with https, and change the password if one was sent";
        return refuse(
            request.headers(),
            StatusCode::FORBIDDEN,
            "https_only",
            sentence,
        );
    }
    let target = request.uri().path_and_query();
    // Without a path, or with the `*` of OPTIONS (RFC 9112, section 3.2.4), it would go on with the host's name.
    let target = target
        .map(|target| target.as_str())
        .filter(|target| target.starts_with('/'))
        .unwrap_or("/");
    let location = HeaderValue::try_from(format!("{origin}{target}"))
        .or_else(|_| HeaderValue::try_from(format!("{origin}/")));
    match location {
        Ok(location) => {
            let headers = [
                (LOCATION, location),
                (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (StatusCode::PERMANENT_REDIRECT, headers).into_response()
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn ask(method: &str, target: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("Host", "evil.example")
            .body(Body::empty())
            .unwrap();
        answer("https://app.example", &request)
    }

    #[test]
    fn readers_are_sent_to_the_public_address_with_path_and_query() {
        for (target, location) in [
            ("/", "https://app.example/"),
            ("/a/b?c=d&e", "https://app.example/a/b?c=d&e"),
            ("//evil.example/", "https://app.example//evil.example/"),
            ("*", "https://app.example/"),
            ("http://evil.example?b", "https://app.example/"),
            ("http://evil.example/a?b", "https://app.example/a?b"),
            (
                "/a%0d%0aSet-Cookie:b",
                "https://app.example/a%0d%0aSet-Cookie:b",
            ),
        ] {
            for method in ["GET", "HEAD"] {
                let response = ask(method, target);
                assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
                assert_eq!(response.headers()[LOCATION], location, "{target}");
            }
        }
    }

    #[test]
    fn what_is_sent_unencrypted_is_refused() {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            let response = ask(method, "/login");
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method}");
            assert!(!response.headers().contains_key(LOCATION));
        }
    }
}
