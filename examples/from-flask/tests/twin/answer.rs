//! What a server answered, in the form in which two answers can be compared: everything a client sees, with the time taken
//! out of it, and the session cookie read.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use bytes::Bytes;
use countersign::flask::Dict;
use http::header::{ALLOW, SET_COOKIE};
use serde_json::Value as Json;

use crate::forgery;
use crate::sequence::Key;
use crate::visitor::SESSION;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// All but `Set-Cookie`, what any two servers differ in, and what stands in `FOR_SAFETY`; by their names.
    pub(crate) headers: Vec<(String, String)>,
    /// In the order in which they are set.
    pub(crate) cookies: Vec<Cookie>,
    pub(crate) body: String,
}

/// A line `Set-Cookie`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) content: Content,
    /// As they are spelled, in their order. The time of `Expires` stands in `expires`.
    pub(crate) attributes: Vec<String>,
    pub(crate) expires: Option<Moment>,
}

/// What a cookie holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// A session that is signed by the secret key.
    Session {
        values: Dict,
        signed_at: Moment,
        signed_by: Key,
        /// The text before the time, unless it is compressed: how well depends on the build of zlib.
        payload: Option<String>,
    },
    /// Anything else.
    Text(String),
}

/// Seconds since the answer came. Two of them are equal when no clock of a server need be wrong for the difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(i64);

impl Answer {
    pub(crate) fn read(answer: http::Response<Bytes>) -> anyhow::Result<Self> {
        let now = SystemTime::now();
        let (head, body) = answer.into_parts();
        let mut headers = Vec::new();
        let mut cookies = Vec::new();
        for (name, value) in &head.headers {
            let value = value.to_str().context("a header that is no ASCII")?;
            match name {
                &SET_COOKIE => cookies.push(Cookie::read(value, now)?),
                // A set of Python's: it stands in another order each time.
                &ALLOW => headers.push((name.to_string(), sorted(value))),
                name if OF_THE_SERVER.contains(&name.as_str()) => {}
                name if FOR_SAFETY.contains(&(name.as_str(), value)) => {}
                name => headers.push((name.to_string(), value.to_owned())),
            }
        }
        headers.sort();
        Ok(Self {
            status: head.status.as_u16(),
            headers,
            cookies,
            body: String::from_utf8(body.into()).context("a body that is no UTF-8")?,
        })
    }

    /// The answer of `/whoami` in words: `nobody`, `1 fresh`, `2 stale remembered`.
    pub(crate) fn whoami(&self) -> anyhow::Result<String> {
        let json: Json = serde_json::from_str(&self.body).with_context(|| self.body.clone())?;
        let mut words = match (json["user_id"].as_str(), json["fresh"].as_bool()) {
            (None, _) => "nobody".to_owned(),
            (Some(user_id), Some(true)) => format!("{user_id} fresh"),
            (Some(user_id), _) => format!("{user_id} stale"),
        };
        if json["remembered"] == true {
            words.push_str(" remembered");
        }
        Ok(words)
    }

    /// For people who compare two of them.
    pub(crate) fn describe(&self) -> String {
        let mut text = format!("{}\n", self.status);
        for (name, value) in &self.headers {
            writeln!(text, "  {name}: {value}").expect("a string takes everything");
        }
        for cookie in &self.cookies {
            writeln!(text, "  {cookie:?}").expect("a string takes everything");
        }
        text + "  " + &self.body.trim_end().replace('\n', "\n  ")
    }
}

impl Cookie {
    fn read(line: &str, now: SystemTime) -> anyhow::Result<Self> {
        let mut parts = line.split("; ");
        let pair = parts.next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.with_context(|| format!("no cookie: {line}"))?;
        let mut expires = None;
        let mut attributes = Vec::new();
        for attribute in parts {
            match attribute.strip_prefix("Expires=") {
                Some(date) if date != THE_BEGINNING => {
                    let moment = httpdate::parse_http_date(date)?;
                    anyhow::ensure!(httpdate::fmt_http_date(moment) == date, "{date}");
                    expires = Some(Moment::between(now, moment)?);
                    attributes.push("Expires".to_owned());
                }
                _ => attributes.push(attribute.to_owned()),
            }
        }
        Ok(Self {
            name: name.to_owned(),
            content: Content::read(name, value, now)?,
            attributes,
            expires,
        })
    }
}

impl Content {
    fn read(name: &str, value: &str, now: SystemTime) -> anyhow::Result<Self> {
        if name != SESSION || value.is_empty() {
            return Ok(Self::Text(value.to_owned()));
        }
        let (values, signed_at, signed_by) =
            forgery::read_session(value).with_context(|| value.to_owned())?;
        let signed_at = Duration::from_millis(signed_at.as_millis().try_into()?);
        let payload = value.split('.').next().unwrap_or_default();
        Ok(Self::Session {
            values,
            signed_at: Moment::between(now, SystemTime::UNIX_EPOCH + signed_at)?,
            signed_by,
            payload: (!payload.is_empty()).then(|| payload.to_owned()),
        })
    }
}

impl Moment {
    fn between(now: SystemTime, moment: SystemTime) -> anyhow::Result<Self> {
        let seconds = match moment.duration_since(now) {
            Ok(later) => later.as_secs().try_into()?,
            Err(earlier) => -i64::try_from(earlier.duration().as_secs())?,
        };
        Ok(Self(seconds))
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        (self.0 - other.0).abs() <= TOLERANCE
    }
}

fn sorted(list: &str) -> String {
    let mut words: Vec<_> = list.split(',').map(str::trim).collect();
    words.sort_unstable();
    words.join(", ")
}

/// What the program that serves adds by itself, whichever application it serves.
const OF_THE_SERVER: [&str; 4] = ["connection", "date", "server", "transfer-encoding"];

/// By what Countersign keeps answers that depend on who is asking out of caches, and addresses from other sites. Flask-Login
/// says nothing of either, and no login depends on it.
const FOR_SAFETY: [(&str, &str); 2] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "same-origin"),
];

/// With which a cookie is deleted.
const THE_BEGINNING: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// How many seconds an answer may take, and clocks that cut off what is below a second.
const TOLERANCE: i64 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Forgery;

    #[test]
    fn an_answer_is_equal_to_itself_whenever_it_was_given() {
        assert_eq!(answer(&[]), answer(&[]));
        assert_eq!(answer(&[session("1", 2)]), answer(&[session("1", 0)]));
        assert_eq!(answer(&[lasting(3600)]), answer(&[lasting(3602)]));
    }

    #[test]
    fn every_difference_that_a_client_sees_is_one() {
        let plain = || Answer::read(response(&[])).unwrap();
        let doctored = |doctor: fn(&mut http::Response<Bytes>)| {
            let mut response = response(&[]);
            doctor(&mut response);
            Answer::read(response).unwrap()
        };
        assert_eq!(plain(), doctored(|_| {}));
        let differences: [fn(&mut http::Response<Bytes>); 6] = [
            |answer| *answer.status_mut() = http::StatusCode::SEE_OTHER,
            |answer| *answer.body_mut() = Bytes::from("{}"),
            |answer| drop(answer.headers_mut().remove("vary")),
            |answer| {
                answer
                    .headers_mut()
                    .insert("location", "/whoami?".parse().unwrap());
            },
            |answer| {
                answer
                    .headers_mut()
                    .append("vary", "Accept".parse().unwrap());
            },
            |answer| {
                answer
                    .headers_mut()
                    .insert("cache-control", "max-age=60".parse().unwrap());
            },
        ];
        for difference in differences {
            assert_ne!(plain(), doctored(difference));
        }
    }

    #[test]
    fn every_difference_of_a_cookie_is_one() {
        let cookies = [
            "session=a; HttpOnly; Path=/",
            "session=; HttpOnly; Path=/",
            "other=a; HttpOnly; Path=/",
            "other=a; Path=/; HttpOnly",
            "other=a; httponly; Path=/",
            "other=a; HttpOnly; Path=/; Max-Age=0",
            "other=a; HttpOnly; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "other=b; HttpOnly; Path=/",
        ];
        let signed = [
            session("1", 0),
            session("1", 60),
            session("2", 0),
            session_by(Key::Older, "1", 0),
            lasting(3600),
            lasting(3660),
        ];
        let readable = cookies.iter().skip(1).map(|line| (*line).to_owned());
        let lines: Vec<String> = readable.chain(signed).collect();
        for (number, line) in lines.iter().enumerate() {
            let given = answer(std::slice::from_ref(line));
            assert_ne!(given, answer(&[]));
            assert_ne!(given, answer(&[line.clone(), line.clone()]));
            for (other_number, other) in lines.iter().enumerate() {
                let is_same = given == answer(std::slice::from_ref(other));
                assert_eq!(is_same, number == other_number, "{line}\n{other}");
            }
        }
        let unsigned = Answer::read(response(&[cookies[0].to_owned()]));
        assert!(unsigned.is_err(), "a session that the key did not sign");
        let (first, second) = (lines[0].clone(), lines[1].clone());
        assert_ne!(
            answer(&[first.clone(), second.clone()]),
            answer(&[second, first])
        );
    }

    #[test]
    fn who_somebody_is_is_read_from_json() {
        let mut answer = answer(&[]);
        for (body, words) in [
            (
                r#"{"user_id":null,"fresh":false,"remembered":false}"#,
                "nobody",
            ),
            (
                r#"{"user_id":"1","fresh":true,"remembered":false}"#,
                "1 fresh",
            ),
            (
                r#"{"user_id":"2","fresh":false,"remembered":true}"#,
                "2 stale remembered",
            ),
        ] {
            answer.body = body.to_owned();
            assert_eq!(answer.whoami().unwrap(), words);
        }
        answer.body = "nobody".to_owned();
        assert!(answer.whoami().is_err());
    }

    fn answer(cookies: &[String]) -> Answer {
        Answer::read(response(cookies)).unwrap()
    }

    fn response(cookies: &[String]) -> http::Response<Bytes> {
        let mut response = http::Response::builder()
            .status(302)
            .header("location", "/whoami")
            .header("vary", "Cookie")
            .header("date", "Mon, 23 Nov 2026 12:00:00 GMT");
        for cookie in cookies {
            response = response.header("set-cookie", cookie);
        }
        response.body(Bytes::from("{\"a\":1}")).unwrap()
    }

    fn session(user_id: &str, seconds_ago: i64) -> String {
        session_by(Key::Current, user_id, seconds_ago)
    }

    fn session_by(key: Key, user_id: &str, seconds_ago: i64) -> String {
        let forgery = Forgery {
            key,
            seconds_ago,
            is_new: true,
            changes: vec![("_user_id", Some(user_id.into()))],
        };
        let session = forgery::session("", &forgery).unwrap();
        format!("session={session}; HttpOnly; Path=/")
    }

    fn lasting(seconds: u64) -> String {
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
        format!("other=a; Expires={date}; HttpOnly; Path=/")
    }
}
