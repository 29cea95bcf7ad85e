use std::fmt;
use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use countersign::secret::Random;

/// The name of one request, in the log, in its answer and in its trace.
///
/// It is random. Only a trusted proxy may bring one, in `X-Request-Id`, and only as hexadecimal digits with or without hyphens:
/// what nginx, Caddy and Envoy make, and nothing in which a password or a token of ours could stand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The one that the request brings, if whoever sent it may name it; else a new one.
    pub(super) fn of(headers: &HeaderMap, is_trusted: bool, random: &dyn Random) -> Self {
        is_trusted
            .then(|| Self::brought(headers))
            .flatten()
            .unwrap_or_else(|| Self::new(random))
    }

    fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    fn brought(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(X_REQUEST_ID).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let text = value.to_str().ok()?;
        let is_well_formed = LENGTHS.contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        is_well_formed.then(|| Self(text.to_owned()))
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::try_from(&self.0).expect("hexadecimal digits and hyphens are visible ASCII")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The usual name of this header. No standard knows it.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long an id from elsewhere may be: from 32 bits to two UUIDs.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=73;

#[cfg(test)]
mod tests {
    use super::*;
    use countersign::secret::OperatingSystemRandom;

    #[test]
    fn an_id_is_new_each_time() {
        let headers = HeaderMap::new();
        let new = || RequestId::of(&headers, true, &OperatingSystemRandom);
        let (one, other) = (new(), new());
        assert_ne!(one, other);
        assert_eq!(one.to_string().len(), 32);
    }

    #[test]
    fn a_trusted_proxy_names_its_requests_and_nobody_else_does() {
        let id = "0123abcd-4567-89ef-0123-456789abcdef";
        assert_eq!(taken(&[id], true).as_deref(), Some(id));
        assert_eq!(taken(&[id], false), None);
    }

    #[test]
    fn an_id_in_which_a_secret_could_stand_is_not_taken() {
        for values in [
            &["correct horse battery staple"][..],
            &["qV7m0yD6rS3_kT9xLw2Zb5NcF8hJ1pGa"],
            &["abc"],
            &["0123456789abcdef\" level=error"],
            &[&"a".repeat(74)],
            &["0123456789abcdef", "fedcba9876543210"],
        ] {
            assert_eq!(taken(values, true), None, "{values:?}");
        }
    }

    fn taken(values: &[&str], is_trusted: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(X_REQUEST_ID, value.parse().unwrap());
        }
        let id = RequestId::of(&headers, is_trusted, &OperatingSystemRandom).to_string();
        values.contains(&id.as_str()).then_some(id)
    }
}
