use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use serde_json::Value;

use super::check::Check;
use super::commit::Finished;
#[cfg(feature = "flask")]
use super::flask::FlaskLogin;
use super::staged::LoginOptions;
use super::stored::StoredLogin;
use super::user::ErasedUser;
use super::{LoginError, LoginSettings};
use crate::password::PasswordHash;
#[cfg(feature = "flask")]
use crate::session::StoreError;
use crate::session::{Change, SessionError, SessionId, SessionRecord, UserId};

/// The login of one request, wherever its session is kept.
///
/// Nothing is read before somebody asks who is there, and what was asked once is not asked again.
#[derive(Debug)]
pub(crate) enum RequestLogin<C> {
    /// A store keeps the session.
    Stored(StoredLogin<C>),
    /// The client keeps the session, in the cookies of a Flask application.
    #[cfg(feature = "flask")]
    Flask(FlaskLogin<C>),
}

/// Calls the method of that name of whatever login this is.
macro_rules! of_either {
    ($login:expr, $method:ident($($argument:expr),*) $(.$await:ident)?) => {
        match $login {
            RequestLogin::Stored(login) => login.$method($($argument),*)$(.$await)?,
            #[cfg(feature = "flask")]
            RequestLogin::Flask(login) => login.$method($($argument),*)$(.$await)?,
        }
    };
}

impl<C: Client> RequestLogin<C> {
    pub(crate) fn settings(&self) -> &LoginSettings {
        match self {
            Self::Stored(login) => &login.settings,
            #[cfg(feature = "flask")]
            Self::Flask(login) => &login.settings,
        }
    }

    pub(crate) fn client(&self) -> &C {
        match self {
            Self::Stored(login) => &login.client,
            #[cfg(feature = "flask")]
            Self::Flask(login) => &login.client,
        }
    }

    /// Who is logged in by the session; by the one that this request begins, once it did.
    pub(crate) async fn current_user(&self) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        of_either!(self, current_user().await)
    }

    /// Whether the user proved who he is a short time ago, and with this client.
    pub(crate) async fn is_fresh(&self) -> Result<bool, LoginError> {
        of_either!(self, is_fresh().await)
    }

    /// Whether the login is a remembered one.
    pub(crate) async fn is_remembered(&self) -> Result<bool, LoginError> {
        of_either!(self, is_remembered().await)
    }

    /// The record of the session by which somebody is logged in.
    pub(crate) async fn login_record(&self) -> Result<Option<Arc<SessionRecord>>, LoginError> {
        self.stored("be looked at as a record")?
            .login_record()
            .await
    }

    /// Whether a name and a password belong to an active user, who was found by that name or not. Whatever is wrong with
    /// them costs exactly one verification and looks the same.
    pub(crate) async fn check(
        &self,
        name: &str,
        found: Option<&dyn ErasedUser>,
        password: &str,
    ) -> Result<bool, LoginError> {
        let Some(proof) = self.checks().check(name, found, password).await? else {
            return Ok(false);
        };
        of_either!(self, keep_proof(proof).await);
        Ok(true)
    }

    /// Hashes a password that somebody chooses, in the bounds of his client.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<PasswordHash, LoginError> {
        self.checks().hash_password(password).await
    }

    /// Logs a user in.
    pub(crate) async fn login_user(
        &self,
        user: &dyn ErasedUser,
        options: LoginOptions,
    ) -> Result<(), LoginError> {
        of_either!(self, login_user(user, options).await)
    }

    /// Makes the login fresh, after its user proved in this request who he is.
    pub(crate) async fn confirm_login(&self) -> Result<(), LoginError> {
        of_either!(self, confirm_login().await)
    }

    /// Ends the other logins of the user who is logged in, whose password was changed, and lets this one go on.
    pub(crate) async fn password_changed(
        &self,
        user_id: UserId,
        stamp: Option<Box<str>>,
    ) -> Result<(), LoginError> {
        of_either!(self, password_changed(user_id, stamp).await)
    }

    /// Ends the session.
    pub(crate) async fn logout_user(&self) -> Result<(), LoginError> {
        of_either!(self, logout_user().await)
    }

    /// The live sessions of the user who is logged in.
    pub(crate) async fn sessions(&self) -> Result<Vec<SessionRecord>, LoginError> {
        self.stored("be listed")?.sessions().await
    }

    /// Ends one session of the user who is logged in.
    pub(crate) async fn end_session(&self, session: SessionId) -> Result<bool, LoginError> {
        self.stored("be ended by its name")?
            .end_session(session)
            .await
    }

    /// Ends all sessions of the user who is logged in but this one.
    pub(crate) async fn end_other_sessions(&self) -> Result<(), LoginError> {
        self.stored("be ended by another one")?
            .end_other_sessions()
            .await
    }

    /// The value under a key of the session's data, as this request sees it.
    pub(crate) async fn value(&self, key: &str) -> Result<Option<Value>, SessionError> {
        of_either!(self, value(key).await)
    }

    /// Changes a value, and answers the value that it makes.
    pub(crate) async fn change(
        &self,
        key: &str,
        change: Change,
    ) -> Result<Option<Value>, SessionError> {
        of_either!(self, change(key, change).await)
    }

    /// Takes all of the application's values away.
    pub(crate) async fn clear(&self) -> Result<(), SessionError> {
        of_either!(self, clear().await)
    }

    /// Keeps the page that a stranger wanted before he was sent to log in.
    pub(crate) async fn keep_next(&self, page: String) -> Result<(), LoginError> {
        of_either!(self, keep_next(page).await)
    }

    /// Keeps the message for somebody who is sent to another page, where sessions keep such messages.
    pub(crate) async fn keep_message(&self, to: SentTo, message: &str) -> Result<(), LoginError> {
        of_either!(self, keep_message(to, message).await)
    }

    /// Ends a request in which nobody asked who is there, so that there is nothing to finish. Answers whether it was one.
    /// Most requests are, and pay for nothing.
    pub(crate) fn finish_untouched(&self) -> bool {
        of_either!(self, finish_untouched())
    }

    /// Carries out what the request staged, if the handler's answer stands (`keep`), and says what the answer has to carry.
    pub(crate) async fn finish(&self, keep: bool) -> Finished {
        of_either!(self, finish(keep).await)
    }

    fn checks(&self) -> Check<'_, C> {
        Check {
            settings: self.settings(),
            client: self.client(),
        }
    }

    /// The login, if a store keeps its session; else what was wanted of the session can't be done.
    #[cfg_attr(not(feature = "flask"), expect(unused_variables))]
    fn stored(&self, what: &'static str) -> Result<&StoredLogin<C>, LoginError> {
        match self {
            Self::Stored(login) => Ok(login),
            #[cfg(feature = "flask")]
            Self::Flask(_) => Err(LoginError::Store(StoreError::ClientSide { what })),
        }
    }
}

/// Where somebody is sent who may not go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SentTo {
    LoginView,
    RefreshView,
}

/// Who sent a request.
pub(crate) trait Client: fmt::Debug + Send + Sync {
    /// The address, when known.
    fn address(&self) -> Option<IpAddr>;
    /// The network that counts as one client: the address, or the /64 of an IPv6 address.
    fn network(&self) -> Option<IpAddr>;
    /// The `User-Agent` as it came.
    fn user_agent(&self) -> Option<&[u8]>;
    /// The value of the cookie of known devices.
    fn device(&self) -> Option<&str>;
}

/// The part of an address that stands for one client: all of an IPv4 address, the first 64 bits of an IPv6 one, since
/// a single customer is given at least that many addresses (RFC 6177, section 2).
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_ipv4_address_or_64_bits_of_ipv6() {
        for (address, part) in [
            ("1.2.3.4", "1.2.3.4"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(network(address).to_string(), part);
        }
    }
}
