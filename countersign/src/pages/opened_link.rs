//! How the token of a link that somebody opened gets to its page and its form.
//!
//! The address of the link holds the token, and addresses are kept in many places: in the logs of proxies, in `Referer`, in the
//! `next` of a login, in the way back from a change of the language. So the first answer puts the token into a cookie and
//! sends the browser to the same address without it. No page has a token in its address, and no page's links lead to one.
//! The form posts the token in its body.
//!
//! The cookie is not the session's: opening a link neither writes to the database nor uses anything up, because programs
//! that look at links before people do open them too. And it is `Lax` whatever the session's is, because links are opened
//! from elsewhere.

use std::ops::ControlFlow;
use std::time::Duration;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use minijinja::context;
use serde::Deserialize;

use super::format::Format;
use super::{PageError, Templates, site};
use crate::accounts::Invitation;
use crate::secret::Token;
use crate::web::{Problem, SameSite, SetCookie, line_with, value_in};

/// What a one-time link is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum OpenedLink {
    Invitation,
    Password,
}

/// The query of a link.
#[derive(Deserialize)]
pub(super) struct LinkQuery {
    token: Option<String>,
}

impl LinkQuery {
    pub(super) fn token(query: Result<Query<Self>, QueryRejection>) -> Option<String> {
        query.ok().and_then(|query| query.0.token)
    }
}

impl OpenedLink {
    /// Where its page is.
    fn path(self) -> &'static str {
        match self {
            Self::Invitation => site::INVITATION,
            Self::Password => site::SET_PASSWORD,
        }
    }

    fn cookie_name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Invitation, true) => "__Host-countersign-invitation",
            (Self::Invitation, false) => "countersign-invitation",
            (Self::Password, true) => "__Host-countersign-password-link",
            (Self::Password, false) => "countersign-password-link",
        }
    }

    /// The token for which the page is asked; or, for a browser that has just opened a link, the way to the page.
    pub(super) fn token_or_way(
        self,
        view: &Templates,
        headers: &HeaderMap,
        query: Result<Query<LinkQuery>, QueryRejection>,
    ) -> ControlFlow<Response, String> {
        match (view.format, LinkQuery::token(query)) {
            (Format::Html, Some(token)) => ControlFlow::Break(self.to_page(view, &token)),
            (_, in_address) => {
                let token = in_address.or_else(|| self.carried(view, headers));
                ControlFlow::Continue(token.unwrap_or_default())
            }
        }
    }

    /// Sends a browser that opened a link to the page, whatever the link is worth: the page finds out.
    pub(super) fn to_page(self, view: &Templates, token: &str) -> Response {
        let mut response = Redirect::to(self.path()).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        match Token::parse(token.as_bytes()) {
            Some(_) => self.carry(response, view, token),
            None => self.drop_token(response, view),
        }
    }

    /// Lets the browser bring the token along to the page, also on the way over other pages.
    pub(super) fn carry(self, mut response: Response, view: &Templates, token: &str) -> Response {
        let is_https = view.auth.site().is_secure();
        let cookie = SetCookie {
            name: self.cookie_name(is_https),
            value: token,
            max_age: Some(CARRIED),
            secure: is_https,
            same_site: SameSite::Lax,
        };
        response.headers_mut().append(SET_COOKIE, cookie.header());
        response
    }

    /// The token that the browser brings along.
    pub(super) fn carried(self, view: &Templates, headers: &HeaderMap) -> Option<String> {
        let name = self.cookie_name(view.auth.site().is_secure());
        let line = line_with(headers, name)?;
        value_in(line, name).map(str::to_owned)
    }

    /// Lets the browser forget the token.
    pub(super) fn drop_token(self, mut response: Response, view: &Templates) -> Response {
        let is_https = view.auth.site().is_secure();
        let name = self.cookie_name(is_https);
        let cookie = SetCookie::removal(name, is_https, SameSite::Lax);
        response.headers_mut().append(SET_COOKIE, cookie);
        response
    }

    /// What a program is told of a link. Its address has the token, and what the link is good for changes at any time.
    pub(super) fn told(answer: impl IntoResponse) -> Response {
        ([(CACHE_CONTROL, "no-store")], answer).into_response()
    }

    /// The answer when a link does not count: the same whether it was used, came too late, or never was one.
    pub(super) async fn gone(
        self,
        view: &Templates,
        status: StatusCode,
    ) -> Result<Response, PageError> {
        if view.format == Format::Json {
            let detail = "this link does not count (any more): ask whoever sent it for another";
            let problem = Problem::new(status, "no_such_link", detail);
            return Ok(Self::told(problem));
        }
        let page = view.page(status, "link-gone.html", context! {}).await?;
        Ok(self.drop_token(page, view))
    }
}

/// For how long a browser brings a token along: as long as the link lives that lives shortest. Whoever takes longer opens the link again.
const CARRIED: Duration = Invitation::ADMINISTRATOR_LASTS;
