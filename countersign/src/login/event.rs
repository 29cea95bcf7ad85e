use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::measure::counter;
use crate::session::{Methods, SessionId, UserId};

/// Something that happened to a login. Applications subscribe with `LoginManager::on_event`.
///
/// Events carry no token, no password and no hash.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Somebody logged in, and the session is in the store.
    LoggedIn {
        /// Who.
        user: UserId,
        /// The new session; `None` for one in a Flask cookie, which has no name.
        session: Option<SessionId>,
        /// How he proved it.
        methods: Methods,
        /// Whether the login is remembered.
        remembered: bool,
        /// From where.
        address: Option<IpAddr>,
    },
    /// Somebody logged out, and the session is gone from the store.
    LoggedOut {
        /// Who; `None` when the session was none of anybody's.
        user: Option<UserId>,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A name and a password did not fit together, or the user is disabled.
    LoginFailed {
        /// The name as it was typed. People type passwords into this field too: treat it as a secret.
        name: String,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A login was refused before anything was verified: there were too many failures.
    LoginThrottled {
        /// The name as it was typed.
        name: String,
        /// From where.
        address: Option<IpAddr>,
    },
    /// Somebody who was logged in proved again who he is.
    LoginConfirmed {
        /// Who.
        user: UserId,
        /// The session that goes on in the place of the old one; `None` for one in a Flask cookie.
        session: Option<SessionId>,
    },
    /// Somebody who is not logged in was refused, or lacked a role.
    Unauthorized {
        /// Who, if he is logged in and lacked a role.
        user: Option<UserId>,
        /// The path that was asked for, without its query.
        path: String,
        /// From where.
        address: Option<IpAddr>,
    },
    /// Somebody was asked to prove again who he is.
    NeedsRefresh {
        /// Who.
        user: UserId,
        /// The path that was asked for, without its query.
        path: String,
    },
    /// A session came from another client than the one that began it.
    SessionProtected {
        /// Whose.
        user: UserId,
        /// Which session; `None` for one in a Flask cookie.
        session: Option<SessionId>,
        /// Whether it was ended for that.
        ended: bool,
        /// From where.
        address: Option<IpAddr>,
    },
    /// A session was ended by something else than its own logout.
    SessionEnded {
        /// Whose.
        user: UserId,
        /// Which one; `None` when all of the user's were ended.
        session: Option<SessionId>,
    },
    /// Somebody was logged in by Flask-Login's remember token.
    LoadedFromCookie {
        /// Who.
        user: UserId,
    },
    /// The request loader recognised somebody.
    LoadedFromRequest {
        /// Whom.
        user: UserId,
    },
    /// Everybody's sessions were ended, those of visitors included.
    AllSessionsEnded,
    /// A request asked who is there. Only reported after `LoginManager::report_access`.
    Accessed {
        /// Who is.
        user: Option<UserId>,
    },
}

/// Those who want to hear of events.
#[derive(Clone, Default)]
pub(crate) struct Subscribers {
    functions: Vec<Subscriber>,
    pub(crate) report_access: bool,
}

type Subscriber = Arc<dyn Fn(&Event) + Send + Sync>;

impl Subscribers {
    pub(crate) fn add(&mut self, function: impl Fn(&Event) + Send + Sync + 'static) {
        self.functions.push(Arc::new(function));
    }

    pub(crate) fn tell(&self, event: &Event) {
        count(event);
        for function in &self.functions {
            function(event);
        }
    }
}

fn count(event: &Event) {
    match event {
        Event::LoggedIn { .. } => counter!("countersign_events_total", "event" => "logged_in"),
        Event::LoggedOut { .. } => counter!("countersign_events_total", "event" => "logged_out"),
        Event::LoginFailed { .. } => {
            counter!("countersign_events_total", "event" => "login_failed")
        }
        Event::LoginThrottled { .. } => {
            counter!("countersign_events_total", "event" => "login_throttled")
        }
        Event::LoginConfirmed { .. } => {
            counter!("countersign_events_total", "event" => "login_confirmed")
        }
        Event::Unauthorized { .. } => {
            counter!("countersign_events_total", "event" => "unauthorized")
        }
        Event::NeedsRefresh { .. } => {
            counter!("countersign_events_total", "event" => "needs_refresh")
        }
        Event::SessionProtected { .. } => {
            counter!("countersign_events_total", "event" => "session_protected")
        }
        Event::SessionEnded { .. } => {
            counter!("countersign_events_total", "event" => "session_ended")
        }
        Event::LoadedFromCookie { .. } => {
            counter!("countersign_events_total", "event" => "loaded_from_cookie")
        }
        // As for access: a program that calls ten times a second is no ten logins.
        Event::LoadedFromRequest { .. } => return,
        Event::AllSessionsEnded => {
            counter!("countersign_events_total", "event" => "all_sessions_ended")
        }
        // It is reported to who asks for it alone, and would count something else there than elsewhere.
        Event::Accessed { .. } => return,
    }
    .increment(1);
}

impl fmt::Debug for Subscribers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} subscribers", self.functions.len())
    }
}
