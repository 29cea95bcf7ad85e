//! What a visitor does, one step after the other, as a value: it can be done at any servers, in any order of them.

use std::fmt;

use countersign::flask::Value;
use http::Method;

use crate::visitor::{REMEMBER, SESSION};

/// A behaviour, which its name says, and the steps that show it.
pub(crate) struct Sequence {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
}

/// One step: something is asked for, or the visitor, his browser or an attacker changes something.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Ask(Request),
    /// What `/whoami` must have answered at Flask to the request before, so that a sequence shows what its name says.
    Expect(&'static str),
    /// Removes a cookie.
    Drop(&'static str),
    /// Keeps all cookies as they are now.
    Keep,
    /// Puts back the cookies that were kept.
    PutBack,
    /// Puts the cookie that was kept before or after the one that is there: two of one name.
    Double(&'static str, Position),
    /// Sets a cookie to a text.
    Put(&'static str, String),
    /// Changes one character of a cookie.
    Tamper(&'static str, Part),
    /// Puts a cookie in quotes, as some programs send all of them.
    Quote(&'static str),
    /// Signs the session anew, by the secret key that the visitor should not have.
    SignSession(Forgery),
    /// Makes a remember cookie for a user, by such a key.
    SignRemember(String, Key),
    /// Sends another `User-Agent` from now on, or none.
    UserAgent(Option<&'static str>),
    /// Sends an `X-Forwarded-For` from now on, or none.
    ForwardedFor(Option<&'static str>),
}

/// A request.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) form: Option<Vec<(String, String)>>,
}

/// Where the second of two cookies of one name stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    Before,
    After,
}

/// What of a cookie is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    First,
    Last,
}

/// How a session is signed anew.
#[derive(Clone, Debug)]
pub(crate) struct Forgery {
    pub(crate) key: Key,
    /// How long ago; negative for a time that is yet to come.
    pub(crate) seconds_ago: i64,
    /// From nothing, not from what is in the cookie.
    pub(crate) is_new: bool,
    /// What is set in it, or taken out of it.
    pub(crate) changes: Vec<(&'static str, Option<Value>)>,
}

/// By which key something is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Key {
    /// The one of both servers.
    Current,
    /// One that both servers still verify with.
    Older,
    /// One that they do not know.
    Unknown,
}

/// Somebody who has an account.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
}

pub(crate) const ALICE: Account = Account {
    username: "alice",
    password: "wonderland",
};
pub(crate) const BOB: Account = Account {
    username: "bob",
    password: "builder",
};
pub(crate) const INACTIVE: Account = Account {
    username: "inactive",
    password: "sleepy",
};
pub(crate) const UNICODE: Account = Account {
    username: "用户",
    password: "密码",
};

/// Begins a sequence.
pub(crate) fn sequence(name: &'static str) -> Sequence {
    Sequence {
        name,
        steps: Vec::new(),
    }
}

impl Sequence {
    pub(crate) fn get(self, path: &str) -> Self {
        self.ask(Method::GET, path, &[])
    }

    pub(crate) fn head(self, path: &str) -> Self {
        self.ask(Method::HEAD, path, &[])
    }

    pub(crate) fn options(self, path: &str) -> Self {
        self.ask(Method::OPTIONS, path, &[])
    }

    /// Asks without a body.
    pub(crate) fn ask(self, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        self.step(Step::Ask(Request {
            method,
            path: path.to_owned(),
            headers: headers.collect(),
            form: None,
        }))
    }

    /// Posts a form.
    pub(crate) fn post(self, path: &str, fields: &[(&str, &str)]) -> Self {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.step(Step::Ask(Request {
            method: Method::POST,
            path: path.to_owned(),
            headers: Vec::new(),
            form: Some(fields.collect()),
        }))
    }

    pub(crate) fn log_in(self, account: Account) -> Self {
        self.log_in_with(account, &[])
    }

    /// Logs in with more fields in the form: `remember`, `fresh`, `duration`.
    pub(crate) fn log_in_with(self, account: Account, fields: &[(&str, &str)]) -> Self {
        self.log_in_at("/login", account, fields)
    }

    pub(crate) fn log_in_at(self, path: &str, account: Account, fields: &[(&str, &str)]) -> Self {
        let Account { username, password } = account;
        let credentials = [("username", username), ("password", password)];
        self.post(path, &[&credentials[..], fields].concat())
    }

    pub(crate) fn log_in_remembered(self, account: Account) -> Self {
        self.log_in_with(account, &[("remember", "1")])
    }

    pub(crate) fn log_out(self) -> Self {
        self.post("/logout", &[])
    }

    pub(crate) fn confirm(self, password: &str) -> Self {
        self.post("/confirm", &[("password", password)])
    }

    pub(crate) fn set(self, key: &str, value: &str) -> Self {
        self.post("/set", &[("key", key), ("value", value)])
    }

    pub(crate) fn whoami(self) -> Self {
        self.get("/whoami")
    }

    /// Asks `/whoami`, where Flask must answer with this: `nobody`, or the user's id with `fresh` or `stale`; then
    /// `remembered`, if there is a remember cookie.
    pub(crate) fn is(self, who: &'static str) -> Self {
        self.whoami().step(Step::Expect(who))
    }

    /// The browser is closed and opened: what is remembered remains.
    pub(crate) fn close_the_browser(self) -> Self {
        self.drop_cookie(SESSION)
    }

    pub(crate) fn drop_cookie(self, name: &'static str) -> Self {
        self.step(Step::Drop(name))
    }

    pub(crate) fn forget(self) -> Self {
        self.drop_cookie(REMEMBER)
    }

    pub(crate) fn keep_cookies(self) -> Self {
        self.step(Step::Keep)
    }

    pub(crate) fn put_back_cookies(self) -> Self {
        self.step(Step::PutBack)
    }

    pub(crate) fn put(self, name: &'static str, text: impl Into<String>) -> Self {
        self.step(Step::Put(name, text.into()))
    }

    pub(crate) fn tamper(self, name: &'static str, part: Part) -> Self {
        self.step(Step::Tamper(name, part))
    }

    pub(crate) fn double(self, name: &'static str, position: Position) -> Self {
        self.step(Step::Double(name, position))
    }

    pub(crate) fn quote(self, name: &'static str) -> Self {
        self.step(Step::Quote(name))
    }

    /// Signs the session anew as if that was done some time ago.
    pub(crate) fn age_session(self, seconds_ago: i64) -> Self {
        self.sign_session(Key::Current, seconds_ago, &[])
    }

    /// Sets values in the session, or takes them out, as nobody can who has no key.
    pub(crate) fn change_session(self, changes: &[(&'static str, Option<Value>)]) -> Self {
        self.sign_session(Key::Current, 0, changes)
    }

    /// A session of these values, from nothing.
    pub(crate) fn forge_session(self, values: &[(&'static str, Value)]) -> Self {
        let values = values
            .iter()
            .map(|(name, value)| (*name, Some(value.clone())));
        self.step(Step::SignSession(Forgery {
            key: Key::Current,
            seconds_ago: 0,
            is_new: true,
            changes: values.collect(),
        }))
    }

    pub(crate) fn sign_session(
        self,
        key: Key,
        seconds_ago: i64,
        changes: &[(&'static str, Option<Value>)],
    ) -> Self {
        self.step(Step::SignSession(Forgery {
            key,
            seconds_ago,
            is_new: false,
            changes: changes.to_vec(),
        }))
    }

    pub(crate) fn forge_remember(self, user_id: &str) -> Self {
        self.sign_remember(user_id, Key::Current)
    }

    pub(crate) fn sign_remember(self, user_id: &str, key: Key) -> Self {
        self.step(Step::SignRemember(user_id.to_owned(), key))
    }

    pub(crate) fn user_agent(self, user_agent: Option<&'static str>) -> Self {
        self.step(Step::UserAgent(user_agent))
    }

    pub(crate) fn forwarded_for(self, addresses: Option<&'static str>) -> Self {
        self.step(Step::ForwardedFor(addresses))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.headers {
            write!(f, " {name}: {value}")?;
        }
        match &self.form {
            Some(form) => write!(f, " {form:?}"),
            None => Ok(()),
        }
    }
}
