use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::flask::{SameSite, SetCookie, SetCookieError};

/// How one of the two cookies is set.
#[derive(Clone, Debug)]
pub(crate) struct CookieSettings {
    pub(crate) name: Arc<str>,
    pub(crate) domain: Option<Arc<str>>,
    pub(crate) path: Arc<str>,
    /// `None`: if the site is.
    pub(crate) secure: Option<bool>,
    pub(crate) http_only: bool,
    /// `None`: as the site wants it.
    pub(crate) same_site: Option<Option<SameSite>>,
    pub(crate) partitioned: bool,
}

impl CookieSettings {
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            domain: None,
            path: "/".into(),
            secure: None,
            http_only: true,
            same_site: None,
            partitioned: false,
        }
    }

    pub(super) fn set_name(&mut self, name: &str) -> Result<(), SetCookieError> {
        SetCookie::new(name)?;
        self.name = name.into();
        Ok(())
    }

    pub(super) fn set_domain(&mut self, domain: &str) -> Result<(), SetCookieError> {
        SetCookie::new("name")?.domain(domain)?;
        self.domain = Some(domain.into());
        Ok(())
    }

    /// The cookie with these settings, on a site that is reached by https or not, and wants its cookies to have that `SameSite`.
    pub(crate) fn cookie(&self, is_secure: bool, same_site: SameSite) -> SetCookie {
        self.bare()
            .secure(self.secure.unwrap_or(is_secure))
            .http_only(self.http_only)
            .same_site(self.same_site.unwrap_or(Some(same_site)))
            .partitioned(self.partitioned)
    }

    /// What makes a browser forget a remember token: without the attributes, as Flask-Login does it. With them where the name begins as
    /// browsers want `Secure` for (RFC 6265bis, section 4.1.3): they would pass over it, and the token would stay.
    pub(crate) fn bare_deletion(&self) -> SetCookie {
        if self.name.starts_with("__") {
            return self.cookie(true, SameSite::Lax).deletion();
        }
        self.bare().deletion()
    }

    /// What tells the cookie from others, and nothing else.
    fn bare(&self) -> SetCookie {
        SetCookie::new(&*self.name)
            .and_then(|cookie| match &self.domain {
                Some(domain) => cookie.domain(domain),
                None => Ok(cookie),
            })
            .expect("the name and the domain were checked when they were set")
            .path(Some(&self.path))
    }
}

/// A change of one of the two cookies.
pub(crate) struct FlaskCookie {
    pub(crate) which: WhichCookie,
    /// The new value; `None` when the browser is to forget the cookie.
    pub(crate) value: Option<String>,
    /// When the browser forgets it; `None` when it is closed.
    pub(crate) expires: Option<Timestamp>,
}

impl fmt::Debug for FlaskCookie {
    /// Does not show the value, by which anybody is logged in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_ref().map(|_| format_args!("[redacted]"));
        f.debug_struct("FlaskCookie")
            .field("which", &self.which)
            .field("value", &value)
            .field("expires", &self.expires)
            .finish()
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WhichCookie {
    Session,
    Remember,
}
