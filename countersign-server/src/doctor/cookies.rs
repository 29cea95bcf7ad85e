//! Whether cookies come and go as they are.

use axum::http::header::{COOKIE, SET_COOKIE};

use super::arrival;
use super::probe::{Probe, random_digits};
use super::{DoctorError, Finding};

/// Sends the server a cookie, which it sends back.
pub(super) async fn examine(probe: &Probe<'_>) -> Result<Finding, DoctorError> {
    let value = random_digits();
    let is_https = probe.is_https();
    let cookie = format!("{}={value}", arrival::cookie_name(is_https));
    let answer = probe.ask_with(&[(COOKIE, &cookie)]).await?;
    let told = match answer.told(CHECK) {
        Ok(told) => told,
        Err(finding) => return Ok(finding),
    };
    if told.arrival.cookie.as_deref() != Some(&value) {
        return Ok(Finding::mistake(
            CHECK,
            "Cookies that browsers send do not reach the server, so nobody stays logged in.",
            "Pass the header Cookie on: no `proxy_set_header Cookie` in nginx, no `header_up Cookie` in Caddy.",
        ));
    }
    let expected = arrival::set_cookie(&value, is_https);
    let came = told.reply.values(&SET_COOKIE);
    Ok(match came.as_slice() {
        [one] if same(one, &expected) => Finding::ok(CHECK, "Cookies come and go as they are."),
        [] => Finding::mistake(
            CHECK,
            "Cookies that the server sets do not arrive, so nobody can log in.",
            "Pass the header Set-Cookie on: no `proxy_hide_header Set-Cookie` in nginx, no `header_down -Set-Cookie` in Caddy.",
        ),
        came => Finding::mistake(
            CHECK,
            format!(
                "Cookies are changed on their way: `{}` arrives as `{}`.",
                without_value(&expected),
                came.iter()
                    .map(|one| without_value(one))
                    .collect::<Vec<_>>()
                    .join("` and `")
            ),
            "Leave them as they are: no `proxy_cookie_flags`, `proxy_cookie_path` or `proxy_cookie_domain` in nginx (`off` takes \
             them back), no `header_down Set-Cookie` in Caddy.",
        ),
    })
}

/// Whether two cookies say the same: attributes may stand in any order and case (RFC 6265, section 5.2).
fn same(one: &str, other: &str) -> bool {
    let parts = |cookie: &str| {
        let mut parts = cookie.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default().to_owned();
        let mut attributes: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
        attributes.sort();
        (pair, attributes)
    };
    parts(one) == parts(other)
}

fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    let name = pair.split('=').next().unwrap_or_default();
    format!("{name}=…;{attributes}").escape_debug().to_string()
}

const CHECK: &str = "pages.cookies";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_the_same_in_any_order_and_not_with_other_attributes() {
        let cookie = "a=B; Path=/; HttpOnly; Secure";
        assert!(same(cookie, "a=B; secure; path=/;HttpOnly"));
        for other in [
            "a=b; Path=/; HttpOnly; Secure",
            "a=B; Path=/; HttpOnly",
            "a=B; Path=/; HttpOnly; Secure; Domain=example.com",
            "a=B; Path=/app; HttpOnly; Secure",
        ] {
            assert!(!same(cookie, other), "{other}");
        }
    }
}
