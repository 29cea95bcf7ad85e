//! Somebody with a browser: cookies, a name for the browser, and the habit to send what was set.

use std::time::SystemTime;

use anyhow::Context as _;
use bytes::Bytes;
use countersign_interop::{PATIENCE, Server};
use http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::forgery;
use crate::sequence::{Part, Position, Request, Step};

/// The name of Flask's session cookie.
pub(crate) const SESSION: &str = "session";

/// The name of Flask-Login's cookie.
pub(crate) const REMEMBER: &str = "remember_token";

/// Whoever goes through a sequence. A program of its own for each request would take minutes, and a jar that understands
/// cookies would not send those that no browser sends.
#[derive(Debug)]
pub(crate) struct Visitor {
    cookies: Vec<(String, String)>,
    kept: Vec<(String, String)>,
    user_agent: Option<&'static str>,
    forwarded_for: Option<&'static str>,
}

impl Visitor {
    pub(crate) fn new() -> Self {
        Self {
            cookies: Vec::new(),
            kept: Vec::new(),
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64)"),
            forwarded_for: None,
        }
    }

    /// Takes a step, and has an answer if it was a request.
    pub(crate) async fn take(
        &mut self,
        step: &Step,
        server: &Server,
    ) -> anyhow::Result<Option<Answer>> {
        match step {
            Step::Ask(request) => return self.ask(request, server).await.map(Some),
            Step::Expect(_) => {}
            Step::Drop(name) => self.remove(name),
            Step::Keep => self.kept = self.cookies.clone(),
            Step::PutBack => self.cookies = self.kept.clone(),
            Step::Double(name, position) => self.double(name, *position)?,
            Step::Put(name, text) => self.put(name, text.clone()),
            Step::Tamper(name, part) => self.tamper(name, *part)?,
            Step::Quote(name) => {
                let quoted = format!("\"{}\"", self.cookie(name).unwrap_or_default());
                self.put(name, quoted);
            }
            Step::SignSession(forgery) => {
                let session = self.cookie(SESSION).unwrap_or_default();
                let session = forgery::session(session, forgery)?;
                self.put(SESSION, session);
            }
            Step::SignRemember(user_id, key) => {
                self.put(REMEMBER, forgery::remember(user_id, *key)?);
            }
            Step::UserAgent(user_agent) => self.user_agent = *user_agent,
            Step::ForwardedFor(addresses) => self.forwarded_for = *addresses,
        }
        Ok(None)
    }

    async fn ask(&mut self, request: &Request, server: &Server) -> anyhow::Result<Answer> {
        let answer = timeout(PATIENCE, send(self.fill_in(request)?, server))
            .await
            .context("no answer")??;
        for line in answer.headers().get_all(SET_COOKIE) {
            self.receive(line.to_str().context("a cookie that is no ASCII")?)?;
        }
        Answer::read(answer)
    }

    fn fill_in(&self, request: &Request) -> anyhow::Result<http::Request<Full<Bytes>>> {
        let mut filled = http::Request::builder()
            .method(&request.method)
            .uri(&request.path)
            // The same for all, whatever port they listen at.
            .header(HOST, "localhost");
        if let Some(user_agent) = self.user_agent {
            filled = filled.header(USER_AGENT, user_agent);
        }
        if let Some(addresses) = self.forwarded_for {
            filled = filled.header("x-forwarded-for", addresses);
        }
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter();
            let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
            filled = filled.header(COOKIE, pairs.collect::<Vec<_>>().join("; "));
        }
        for (name, value) in &request.headers {
            filled = filled.header(*name, value);
        }
        let Some(fields) = &request.form else {
            return Ok(filled.body(Full::default())?);
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Ok(filled
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form))?)
    }

    /// Does with a `Set-Cookie` what browsers do. All cookies here are of one host and the path `/`.
    fn receive(&mut self, line: &str) -> anyhow::Result<()> {
        let mut parts = line.split("; ");
        let pair = parts.next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.with_context(|| format!("no cookie: {line}"))?;
        let mut is_over = false;
        for attribute in parts {
            match attribute.split_once('=') {
                Some(("Expires", date)) => {
                    is_over |= httpdate::parse_http_date(date)? <= SystemTime::now();
                }
                Some(("Max-Age", seconds)) => is_over |= seconds.parse::<i64>()? <= 0,
                _ => {}
            }
        }
        match is_over {
            true => self.remove(name),
            false => self.put(name, value.to_owned()),
        }
        Ok(())
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        let mut cookies = self.cookies.iter();
        let found = cookies.find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// In the place of those of that name, else at the end.
    fn put(&mut self, name: &str, value: String) {
        let mut value = Some(value);
        self.cookies.retain_mut(|(found, old)| match found == name {
            true => value.take().map(|new| *old = new).is_some(),
            false => true,
        });
        if let Some(value) = value {
            self.cookies.push((name.to_owned(), value));
        }
    }

    fn remove(&mut self, name: &str) {
        self.cookies.retain(|(found, _)| found != name);
    }

    fn double(&mut self, name: &'static str, position: Position) -> anyhow::Result<()> {
        let mut kept = self.kept.iter();
        let kept = kept.find(|(found, _)| found == name);
        let kept = kept.with_context(|| format!("{name} was not kept"))?;
        match position {
            Position::Before => self.cookies.insert(0, kept.clone()),
            Position::After => self.cookies.push(kept.clone()),
        }
        Ok(())
    }

    fn tamper(&mut self, name: &'static str, part: Part) -> anyhow::Result<()> {
        let cookie = self.cookie(name);
        let cookie = cookie.with_context(|| format!("there is no {name}"))?;
        // Of the last character some bits may count for nothing, so the one before it is changed.
        let place = match part {
            Part::First => 1,
            Part::Last => cookie.len() - 2,
        };
        let other = if &cookie[place..=place] == "a" {
            "b"
        } else {
            "a"
        };
        let tampered = [&cookie[..place], other, &cookie[place + 1..]].concat();
        self.put(name, tampered);
        Ok(())
    }
}

async fn send(
    request: http::Request<Full<Bytes>>,
    server: &Server,
) -> anyhow::Result<http::Response<Bytes>> {
    let stream = TcpStream::connect(server.authority()).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let (head, body) = answer.into_parts();
    let body = timeout(PATIENCE, body.collect()).await??.to_bytes();
    drop(sender);
    connection.abort();
    Ok(http::Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_as_browsers_keep_them() {
        let mut visitor = Visitor::new();
        let mut receive = |line| visitor.receive(line).unwrap();
        receive("session=a; HttpOnly; Path=/");
        receive("remember_token=\"\\344|b\"; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Path=/");
        receive("session=b=c; HttpOnly; Path=/");
        let expected = [("session", "b=c"), ("remember_token", "\"\\344|b\"")];
        assert_eq!(
            visitor.cookies,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let mut receive = |line| visitor.receive(line).unwrap();
        receive("session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/");
        receive("remember_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(visitor.cookies, []);
        assert!(visitor.receive("nothing").is_err());
    }

    #[test]
    fn two_cookies_of_one_name_become_one_when_it_is_set() {
        let mut visitor = Visitor::new();
        visitor.put(SESSION, "old".to_owned());
        visitor.kept = visitor.cookies.clone();
        visitor.put(SESSION, "new".to_owned());
        visitor.double(SESSION, Position::Before).unwrap();
        let values = |visitor: &Visitor| -> Vec<String> {
            let cookies = visitor.cookies.iter();
            cookies.map(|(_, value)| value.clone()).collect()
        };
        assert_eq!(values(&visitor), ["old", "new"]);
        visitor.put(SESSION, "newest".to_owned());
        assert_eq!(values(&visitor), ["newest"]);
    }

    #[test]
    fn a_tampered_cookie_is_another() {
        let mut visitor = Visitor::new();
        for (cookie, first, last) in [("aaaa", "abaa", "aaba"), ("bbbb", "babb", "bbab")] {
            for (part, tampered) in [(Part::First, first), (Part::Last, last)] {
                visitor.put(SESSION, cookie.to_owned());
                visitor.tamper(SESSION, part).unwrap();
                assert_eq!(visitor.cookie(SESSION), Some(tampered));
            }
        }
    }
}
