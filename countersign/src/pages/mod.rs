//! Pages for [`accounts`](crate::accounts): people register, log in, see where they are logged in, change what is their own,
//! and leave. Programs get the same as JSON.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use countersign::{CurrentUser, accounts::{Account, Accounts}};
//!
//! async fn reports(CurrentUser(user): CurrentUser<Account>) -> String {
//!     format!("Hello, {}!", user.name)
//! }
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let accounts = Accounts::open("accounts.db").await?;
//! let app: Router = Router::new()
//!     .route("/reports", get(reports))
//!     .merge(accounts.routes())
//!     .layer(accounts.layer());
//! # Ok(())
//! # }
//! ```
//!
//! That serves this machine alone. For others, say where the site is and who may register, and use a [`Pages`]:
//!
//! ```no_run
//! # use countersign::accounts::{Accounts, Registration};
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let accounts = Accounts::open("accounts.db").await?.registration(Registration::Open);
//! let manager = accounts.login_manager().public_url("https://example.com")?;
//! let pages = accounts.pages().manager(manager)?;
//! let app: axum::Router = axum::Router::new().merge(pages.routes()).layer(pages.layer());
//! # Ok(())
//! # }
//! ```
//!
//! # Paths
//!
//! | path | what is there |
//! | --- | --- |
//! | `/register` | a new account, for who may make one; `?invitation=…` leads to `/invitation` |
//! | `/invitation` | `?token=…`: what an [invitation](crate::accounts::Invitation) is for; it is taken with a new account or one's own |
//! | `/set-password` | `?token=…`: a password for [who was given a link](Accounts::make_password_link) |
//! | `/login`, `/logout`, `/logged-out` | in and out; `/logout` takes `POST` alone |
//! | `/confirm` | the password once more, before what hurts in the wrong hands |
//! | `/account` | what there is |
//! | `/account/profile`, `/account/password` | name and language; the password |
//! | `/account/sessions` | where one is logged in; `POST` to `/end` and `/end-others` below it |
//! | `/account/history` | who came in and who failed to, for 90 days |
//! | `/account/delete` | the end |
//! | `/language` | takes `POST`: the language of this browser, and of the account |
//! | `/countersign.css`, `/countersign.js`, `/countersign.svg`, `/logged-out.svg` | what pages are dressed with |
//! | `/admin`, and what is below it | everybody's accounts and sessions, the audit, invitations: for those with the role [`ADMINISTRATOR`](crate::accounts::ADMINISTRATOR), after a fresh login |
//! | `/openapi.json` | the same for programs |
//!
//! # JSON
//!
//! A body is JSON when its `Content-Type` says so. An answer is a page for who asks for HTML, as browsers do, and for who sends
//! a form and does not ask for JSON; all others get JSON. Errors are problem details (RFC 9457); what is wrong with single fields stands in their member `errors`.
//!
//! # Templates, messages and styles of one's own
//!
//! [`Pages::templates_from`] takes a folder. A template there replaces the one of the same name, or is new; the names are
//! those in `src/pages/templates`. [`Templates`] renders them in handlers of the application.

mod account;
mod admin;
mod answer;
mod asset;
mod delete;
mod engine;
mod error;
mod folder;
mod format;
mod headers;
mod history;
mod home;
mod invitation;
mod language;
mod layer;
mod login;
mod messages;
mod moment;
mod one_time_link;
mod openapi;
mod opened_link;
mod password;
mod profile;
mod register;
mod sessions;
mod set_password;
mod site;
mod spreadsheet;
mod templates;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use axum::Router;

use self::engine::Engine;
use self::folder::Folder;
use crate::accounts::{Account, AccountSettingError, Accounts, By};
use crate::login::LoginError;
use crate::web::{Auth, LoginManager, Site};

pub use error::{PageError, TemplateError};
pub use layer::{PagesFuture, PagesLayer, PagesService};
pub use one_time_link::OneTimeLink;
pub use spreadsheet::no_formula;
pub use templates::Templates;

/// The pages of some accounts, with their settings. Cheap to clone. See the [module](self).
#[derive(Clone)]
pub struct Pages {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    accounts: Accounts,
    /// The same, for a site that only this machine can reach.
    local_accounts: Accounts,
    manager: LoginManager<Account>,
    engine: Engine,
}

impl Accounts {
    /// The routes of the accounts' pages, for an application that only this machine can reach; else see [`Pages`].
    /// Beside them the application needs [`layer`](Self::layer).
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.pages().routes()
    }

    /// What lies around an application with the accounts' pages, for one that only this machine can reach; else see
    /// [`Pages`]. It knows who is logged in, so no login manager is needed besides.
    pub fn layer(&self) -> PagesLayer {
        self.pages().layer()
    }

    /// A login manager of these accounts that sends strangers to `/login`, and those who must prove again who they are to
    /// `/confirm`: for further settings, before it goes to [`Pages::manager`].
    pub fn login_manager(&self) -> LoginManager<Account> {
        LoginManager::of(self)
            .login_view(site::LOGIN)
            .refresh_view(site::CONFIRM)
    }

    /// The pages of these accounts.
    pub fn pages(&self) -> Pages {
        let local_accounts = match self.clone().decide_registration(true) {
            Ok(accounts) => accounts,
            Err(_) => self.clone(),
        };
        Pages {
            shared: Arc::new(Shared {
                accounts: self.clone(),
                local_accounts,
                manager: self.login_manager(),
                engine: Engine::new(Folder::default())
                    .expect("a test has read the templates that come along"),
            }),
        }
    }
}

impl Pages {
    /// The login manager, with its settings: see [`Accounts::login_manager`].
    ///
    /// # Errors
    /// [`AccountSettingError::Registration`] when the manager has a public URL and nobody said who may register.
    pub fn manager(mut self, manager: LoginManager<Account>) -> Result<Self, AccountSettingError> {
        let is_local = matches!(manager.site(), Site::Local);
        let accounts = self.shared.accounts.clone().decide_registration(is_local)?;
        let shared = Arc::make_mut(&mut self.shared);
        shared.accounts = accounts;
        shared.manager = manager;
        Ok(self)
    }

    /// Takes templates, messages and styles from a folder, once, now:
    ///
    /// - `*.html`, in folders below it too: templates in minijinja's language (that of Jinja 2), which replace those of the
    ///   same name or are the application's own;
    /// - `en.ftl`, `zh-Hans.ftl`: messages in Fluent's syntax, which replace those of the same name; a file of another
    ///   language adds that language;
    /// - `countersign.css` in place of the style sheet; `theme.css` behind it;
    /// - `countersign.svg` in place of the icon.
    ///
    /// # Errors
    /// When the folder can't be read, or something in it can't be understood. The error names the file.
    pub fn templates_from(mut self, folder: impl AsRef<Path>) -> Result<Self, TemplateError> {
        let folder = Folder::read(folder.as_ref())?;
        Arc::make_mut(&mut self.shared).engine = Engine::new(folder)?;
        Ok(self)
    }

    /// Reads a folder as [`templates_from`](Self::templates_from) does, and keeps nothing of it: for programs that check
    /// their configuration before there are accounts.
    ///
    /// # Errors
    /// As there.
    pub fn check_templates(folder: impl AsRef<Path>) -> Result<(), TemplateError> {
        Engine::new(Folder::read(folder.as_ref())?).map(drop)
    }

    /// The routes, for an application to merge: see the table of the [module](self). They need [`layer`](Self::layer)
    /// around them.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        site::routes(self)
    }

    /// What lies around the application: the login manager, and around it what gives its refusals the looks of the pages.
    pub fn layer(&self) -> PagesLayer {
        PagesLayer::new(self.clone(), self.shared.manager.clone())
    }

    /// A whole site of the pages alone, layers included, with a start page at `/` and a page for addresses that lead nowhere.
    pub fn site(&self) -> Router {
        site::whole(self)
    }

    /// The accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.shared.accounts
    }

    /// The accounts, as they are served at such a site.
    fn accounts_at(&self, site: &Site) -> &Accounts {
        match site {
            Site::Local => &self.shared.local_accounts,
            Site::Public(_) => &self.shared.accounts,
        }
    }

    /// Whether the site is reached by https.
    fn is_https(&self) -> bool {
        self.shared.manager.site().is_secure()
    }

    fn engine(&self) -> &Engine {
        &self.shared.engine
    }
}

impl By {
    /// Whoever sent the request at hand: the account that is logged in, or else a stranger.
    ///
    /// # Errors
    /// When the store or the accounts' database fails.
    pub async fn request(auth: &Auth<Account>) -> Result<Self, LoginError> {
        let client = auth.client();
        let by = match auth.current_user().await? {
            Some(account) => Self::account(account.id, client),
            None => Self::anonymous(client),
        };
        Ok(by.device(auth.device_cookie()))
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("accounts", &self.shared.accounts)
            .field("manager", &self.shared.manager)
            .finish_non_exhaustive()
    }
}
