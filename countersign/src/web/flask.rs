//! Flask's cookies among the headers of requests and answers.

use std::borrow::Cow;

use http::header::{COOKIE, HeaderName};
use http::{HeaderMap, HeaderValue};

use super::cookie::SameSite;
use super::settings::WebSettings;
use crate::flask::{self, cookie_value};
use crate::login::FlaskCookies;
use crate::session::FlaskSessions;
use crate::session::flask::{FlaskCookie, WhichCookie};

/// What a request says of its login.
pub(super) fn flask_cookies(headers: &HeaderMap, flask: &FlaskSessions) -> FlaskCookies {
    // Over HTTP/2 each cookie may have a line of its own (RFC 9113, section 8.2.3).
    let cookies = joined(headers, &COOKIE, b";");
    let value = |name: &str| {
        let value = cookie_value::find(cookies.as_deref()?, name)?;
        Some(value.into_owned())
    };
    FlaskCookies {
        session: value(&flask.session_cookie.name).filter(|value| !value.is_empty()),
        remember: value(&flask.remember_cookie.name),
        forwarded_for: flask
            .identifier_from_forwarded_for
            .then(|| joined(headers, &X_FORWARDED_FOR, b","))
            .flatten()
            .map(Cow::into_owned),
    }
}

/// The `Set-Cookie` header of a change.
pub(super) fn flask_header(change: FlaskCookie, settings: &WebSettings) -> HeaderValue {
    let flask = settings
        .login
        .flask
        .as_ref()
        .expect("only Flask's sessions change Flask's cookies");
    let same_site = match settings.same_site {
        SameSite::Lax => flask::SameSite::Lax,
        SameSite::Strict => flask::SameSite::Strict,
    };
    let own = match change.which {
        WhichCookie::Session => &flask.session_cookie,
        WhichCookie::Remember => &flask.remember_cookie,
    };
    let cookie = || own.cookie(settings.site.is_secure(), same_site);
    let cookie = match (change.value, change.which) {
        (None, WhichCookie::Session) => cookie().deletion(),
        (None, WhichCookie::Remember) => own.bare_deletion(),
        (Some(value), _) => match change.expires {
            None => cookie().value(value),
            Some(expires) => cookie().value(value).expires(expires),
        },
    };
    let mut header = HeaderValue::try_from(cookie.to_text())
        .expect("the text has no characters but those of ASCII that can be seen");
    header.set_sensitive(true);
    header
}

/// The lines of a header as one; `None` when there is none.
fn joined<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    separator: &[u8],
) -> Option<Cow<'a, [u8]>> {
    let mut lines = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let mut joined = Cow::Borrowed(lines.next()?);
    for line in lines {
        let joined = joined.to_mut();
        joined.extend_from_slice(separator);
        joined.extend_from_slice(line);
    }
    Some(joined)
}

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
