use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, Method};

/// How to answer somebody who has to log in first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AnswerStyle {
    /// Somebody opens a page: 303 to the login view.
    Redirect,
    /// htmx fetches a part of a page: 401 with `HX-Redirect`, on which it opens the login view.
    HtmxRedirect,
    /// A script or a program: 401 or 403 with a problem body (RFC 9457).
    Problem,
    /// Whoever it is: 302 to the login view, as Flask-Login answers.
    #[cfg(feature = "flask")]
    FlaskLogin,
}

impl AnswerStyle {
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        // First, because htmx may ask for `text/html`, and because nobody but a script can send this header.
        if headers.get(&HX_REQUEST).is_some_and(|it| it == "true") {
            Self::HtmxRedirect
        } else if matches!(*method, Method::GET | Method::HEAD) && wants_html(headers) {
            Self::Redirect
        } else {
            Self::Problem
        }
    }
}

/// Whether a person looks at the answer: the browser says that it navigates (Fetch Metadata, section 2.2), or, where
/// it doesn't say what it does, the request asks for `text/html` by name. `*/*` asks for nothing by name.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    let mut modes = headers.get_all(&SEC_FETCH_MODE).iter();
    match (modes.next(), modes.next()) {
        (Some(mode), None) => mode == "navigate",
        (None, _) => headers
            .get_all(ACCEPT)
            .into_iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
            .any(is_wanted_html),
        _ => false,
    }
}

/// Whether a media range is `text/html` with a weight that isn't zero (RFC 9110, section 12.5.1).
fn is_wanted_html(range: &[u8]) -> bool {
    let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/html"))
        && !parts.any(is_zero_weight)
}

/// Whether a parameter is `q=0`, with or without decimals.
fn is_zero_weight(parameter: &[u8]) -> bool {
    match parameter {
        [b'q' | b'Q', b'=', b'0'] => true,
        [b'q' | b'Q', b'=', b'0', b'.', decimals @ ..] => {
            decimals.iter().all(|decimal| *decimal == b'0')
        }
        _ => false,
    }
}

/// <https://htmx.org/reference/#headers>
static HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");

/// <https://www.w3.org/TR/fetch-metadata/#sec-fetch-mode-header>
static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: (&str, &str) = (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    );

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn style(method: &Method, pairs: &[(&'static str, &str)]) -> AnswerStyle {
        AnswerStyle::of(method, &headers(pairs))
    }

    #[test]
    fn somebody_who_opens_a_page_is_redirected() {
        for method in [Method::GET, Method::HEAD] {
            for pairs in [
                &[("sec-fetch-mode", "navigate")][..],
                &[("sec-fetch-mode", "navigate"), ("accept", "*/*")],
                &[("sec-fetch-mode", "navigate"), BROWSER],
                &[BROWSER],
                &[("accept", "application/json"), ("accept", "Text/HTML")],
            ] {
                assert_eq!(style(&method, pairs), AnswerStyle::Redirect, "{pairs:?}");
            }
        }
    }

    #[test]
    fn a_script_or_program_gets_a_problem() {
        for pairs in [
            &[][..],
            &[("accept", "*/*")],
            &[("accept", "application/json")],
            &[("sec-fetch-mode", "cors"), BROWSER],
            &[("sec-fetch-mode", "same-origin"), BROWSER],
            &[("sec-fetch-mode", "websocket"), BROWSER],
            &[("sec-fetch-mode", ""), BROWSER],
            &[
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-mode", "cors"),
                BROWSER,
            ],
        ] {
            assert_eq!(
                style(&Method::GET, pairs),
                AnswerStyle::Problem,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn only_pages_that_can_be_opened_again_are_redirected() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            for pairs in [&[("sec-fetch-mode", "navigate")][..], &[BROWSER]] {
                assert_eq!(style(&method, pairs), AnswerStyle::Problem);
                assert!(wants_html(&headers(pairs)));
            }
        }
    }

    #[test]
    fn htmx_is_told_in_its_own_words() {
        for method in [Method::GET, Method::POST] {
            for pairs in [
                &[("hx-request", "true")][..],
                &[("hx-request", "true"), BROWSER],
                &[("hx-request", "true"), ("sec-fetch-mode", "cors")],
            ] {
                assert_eq!(style(&method, pairs), AnswerStyle::HtmxRedirect);
            }
        }
        let other = [("hx-request", "false"), BROWSER];
        assert_eq!(style(&Method::GET, &other), AnswerStyle::Redirect);
    }

    #[test]
    fn html_is_wanted_when_it_is_named_with_a_weight() {
        for (accept, wanted) in [
            ("text/html", true),
            ("text/html;q=0.001", true),
            ("application/json;q=0, text/html", true),
            ("text/html;level=1;q=0.4", true),
            ("text/html;q=1", true),
            ("text/html;q=0", false),
            ("text/html; Q=0.000", false),
            ("text/html ; level=1 ; q=0.", false),
            ("text/htmlx", false),
            ("application/text/html", false),
            ("text/*", false),
            ("*/*", false),
            ("", false),
            (",;,;q=1", false),
            ("\u{ff}", false),
        ] {
            assert_eq!(
                wants_html(&headers(&[("accept", accept)])),
                wanted,
                "{accept}"
            );
        }
    }
}
