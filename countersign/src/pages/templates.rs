use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use fluent_bundle::FluentArgs;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use minijinja::value::{Enumerator, Object};
use minijinja::{Error, ErrorKind, State, Value, context};

use super::engine::Engine;
use super::format::Format;
use super::messages::Locale;
use super::{OneTimeLink, PageError, Pages, language};
use crate::accounts::{Account, Accounts, By, InvitationToken, PasswordLinkToken, Registration};
use crate::login::AuthUser as _;
use crate::web::{Auth, Problem, PublicUrl, Site, host_of, line_with, value_in};

/// Renders templates for the request at hand, in the language of whoever reads them. An extractor of handlers, also of the
/// application's own: [`Pages::templates_from`] says where its templates are.
///
/// ```
/// use axum::response::Response;
/// use countersign::CurrentUser;
/// use countersign::accounts::Account;
/// use countersign::pages::{PageError, Templates};
/// use minijinja::context;
///
/// async fn reports(templates: Templates, _: CurrentUser<Account>) -> Result<Response, PageError> {
///     templates.render("reports.html", context! { count => 3 }).await
/// }
/// ```
///
/// Besides what a handler gives, every template has: `current_user` (`name`, `id`, `email`, `has_role("…")`,
/// `has_permission("…")`; undefined for a stranger), `t("key", …)` for messages, `moment(…)` and `iso(…)` for moments in
/// milliseconds, `locale`, `locales`, `path`, `application_name`, `asset("…")`, and `flashes`. A template that begins with
/// `{% extends "base.html" %}` looks like the accounts' pages.
pub struct Templates {
    pub(super) pages: Pages,
    pub(super) auth: Auth<Account>,
    pub(super) format: Format,
    pub(super) method: Method,
    /// With its query.
    pub(super) path: String,
    /// The host, and port, of the request.
    host: Option<String>,
    asked: AskedLanguage,
}

/// The language that a browser asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct AskedLanguage {
    cookie: Option<String>,
    accept: Option<String>,
}

impl AskedLanguage {
    pub(super) fn of(headers: &HeaderMap, is_https: bool) -> Self {
        let cookie = language::cookie_name(is_https);
        let line = line_with(headers, cookie);
        Self {
            cookie: line
                .and_then(|line| value_in(line, cookie))
                .map(str::to_owned),
            accept: headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        }
    }

    /// What was chosen before counts more than what the browser is set to.
    pub(super) fn locale(&self, engine: &Engine) -> Locale {
        let messages = &engine.messages;
        let cookie = self.cookie.as_deref();
        let accept = self.accept.as_deref();
        cookie
            .and_then(|tag| messages.tagged(tag))
            .or_else(|| accept.and_then(|accept| messages.accepted(accept)))
            .unwrap_or_default()
    }
}

impl Templates {
    /// The template of that name, filled in, as a page. What is filled in is escaped.
    ///
    /// # Errors
    /// [`PageError::Template`] when it is missing or broken; or the store or the accounts' database failed.
    pub async fn render(&self, template: &str, values: Value) -> Result<Response, PageError> {
        self.page(StatusCode::OK, template, values).await
    }

    /// A message in the reader's language; one that there is no word for answers its key.
    ///
    /// # Errors
    /// When the store or the accounts' database fails: the language is the account's, when somebody is logged in.
    pub async fn text(&self, key: &str) -> Result<String, PageError> {
        let locale = self.locale().await?;
        let none = FluentArgs::new();
        Ok(self.pages.engine().messages.text(locale, key, &none))
    }

    /// The language of the page: `en`, `zh-Hans`, or one of those that were added.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub async fn language(&self) -> Result<&str, PageError> {
        let locale = self.locale().await?;
        Ok(self.pages.engine().messages.tag(locale))
    }

    /// The link by which somebody takes an invitation.
    pub fn invitation_link(&self, token: &InvitationToken) -> OneTimeLink {
        OneTimeLink::invitation(&self.site_url(), token)
    }

    /// The link by which the owner of an account sets its password.
    pub fn password_link(&self, token: &PasswordLinkToken) -> OneTimeLink {
        OneTimeLink::password(&self.site_url(), token)
    }

    /// Where the site is: at its public URL, or, for one that only this machine can reach, where this request reached it.
    fn site_url(&self) -> PublicUrl {
        let local = |host| PublicUrl::parse(&format!("http://{host}")).ok();
        match self.auth.site() {
            Site::Public(url) => url.clone(),
            Site::Local => self.host.as_deref().and_then(local).unwrap_or_else(|| {
                local("localhost").expect("this machine's name makes an address")
            }),
        }
    }

    /// The login of the request.
    pub fn auth(&self) -> &Auth<Account> {
        &self.auth
    }

    /// A page with a status.
    pub(super) async fn page(
        &self,
        status: StatusCode,
        template: &str,
        values: Value,
    ) -> Result<Response, PageError> {
        let locale = self.locale().await?;
        let user = self.auth.current_user().await?;
        let flashes = match (&user, &self.method) {
            (Some(_), &Method::GET) => self.auth.session().flashes().await?,
            _ => Vec::new(),
        };
        let flashes: Vec<Value> = flashes
            .into_iter()
            .map(|flash| context! { is_key => flash.category == FLASH, text => flash.message })
            .collect();
        let user = user.map(|account| Value::from_object(CurrentAccount(account)));
        let values = context! { current_user => user, flashes, ..values };
        self.answer(status, locale, template, values)
    }

    /// A problem as a page. Where it can't even be found out who is there, it is a page for anybody.
    pub(super) async fn problem_page(&self, problem: &Problem) -> Result<Response, PageError> {
        let locale = self.locale().await;
        let user = self.auth.current_user().await.ok().flatten();
        let user = user.map(|account| Value::from_object(CurrentAccount(account)));
        let engine = self.pages.engine();
        let locale = locale.unwrap_or_else(|_| self.asked.locale(engine));
        let values = context! { current_user => user, ..problem_values(problem) };
        self.answer(problem.status(), locale, "problem.html", values)
    }

    fn answer(
        &self,
        status: StatusCode,
        locale: Locale,
        template: &str,
        values: Value,
    ) -> Result<Response, PageError> {
        let values = context! {
            path => &self.path,
            can_register => self.accounts().registration_setting() == Some(Registration::Open),
            application_name => self.accounts().application_name_setting(),
            ..values
        };
        let text = self.pages.engine().render(locale, template, values)?;
        Ok((status, Html(text)).into_response())
    }

    pub(super) fn accounts(&self) -> &Accounts {
        self.pages.accounts_at(self.auth.site())
    }

    pub(super) async fn by(&self) -> Result<By, PageError> {
        Ok(By::request(&self.auth).await?)
    }

    /// The answer to what was done: a page to go to, with a message there, or what a program gets.
    pub(super) async fn done(
        &self,
        path: &str,
        flash: Option<&str>,
        json: impl IntoResponse,
    ) -> Result<Response, PageError> {
        if self.format == Format::Json {
            return Ok(json.into_response());
        }
        if let Some(flash) = flash {
            self.auth.session().flash(FLASH, flash).await?;
        }
        Ok(Redirect::to(path).into_response())
    }

    /// The account's language, or else what the browser asks for.
    pub(super) async fn locale(&self) -> Result<Locale, PageError> {
        let engine = self.pages.engine();
        let user = self.auth.current_user().await?;
        let own = user
            .as_ref()
            .and_then(|account| account.locale.as_deref())
            .and_then(|tag| engine.messages.fitting(tag));
        Ok(own.unwrap_or_else(|| self.asked.locale(engine)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Templates {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let pages = parts.extensions.get::<Pages>();
        let pages = pages.ok_or(PageError::NoLayer)?.clone();
        let auth = Auth::from_request_parts(parts, state).await?;
        let uri = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |original| &original.0);
        Ok(Self {
            format: Format::of(&parts.headers),
            method: parts.method.clone(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            host: host_of(&parts.uri, &parts.headers)
                .and_then(|host| std::str::from_utf8(host).ok())
                .map(str::to_owned),
            asked: AskedLanguage::of(&parts.headers, auth.site().is_secure()),
            pages,
            auth,
        })
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates")
            .field("auth", &self.auth)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// What a page says of a problem.
pub(super) fn problem_values(problem: &Problem) -> Value {
    context! {
        status => problem.status().as_u16(),
        code => problem.code(),
        detail => problem.detail(),
    }
}

/// The account that is logged in, as templates see it.
#[derive(Debug)]
struct CurrentAccount(Arc<Account>);

impl Object for CurrentAccount {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let account = &self.0;
        match key.as_str()? {
            "id" => Some(account.id.to_string().into()),
            "name" => Some(account.name.as_str().into()),
            "email" => account.email.as_deref().map(Value::from),
            "locale" => account.locale.as_deref().map(Value::from),
            "created_at" => Some(account.created_at.as_millis().into()),
            "roles" => Some(account.roles().iter().map(String::as_str).collect()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["id", "name", "email", "locale", "created_at", "roles"])
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let (name,): (&str,) = minijinja::value::from_args(arguments)?;
        match method {
            "has_role" => Ok(self.0.has_role(name).into()),
            "has_permission" => Ok(self.0.has_permission(name).into()),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// The category of flashes that are keys of messages.
const FLASH: &str = "countersign";
