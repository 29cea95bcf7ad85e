use axum::response::{IntoResponse, Json, Response};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::Refusal;
use super::super::format::Format;
use super::super::openapi::{Administrators, Queries, Reading};
use super::super::{PageError, Templates, moment};
use super::USERS;
use super::query::{Asked, address, cursor, given, one_of};
use crate::accounts::{Account, AccountPage, AccountQuery, AccountSort, ListedAccount, PageCursor};

/// Which users are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UsersAsked {
    /// Only those whose name or e-mail address has this in it.
    #[serde(default)]
    search: Option<String>,
    /// `active` or `disabled`: only those.
    #[serde(default)]
    state: Option<String>,
    /// Only those with this role.
    #[serde(default)]
    role: Option<String>,
    /// By what they are sorted: `name` (without this parameter), `created`, `last-login`; with a `-` before it the other way round.
    #[serde(default)]
    sort: Option<String>,
    /// Which page: `next` or `previous` of the page before.
    #[serde(default)]
    page: Option<String>,
}

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserList {
    users: Vec<UserLine>,
    /// How many there are on all pages.
    total: u64,
    /// The parameter `page` of the page before.
    previous: Option<String>,
    /// The parameter `page` of the page behind.
    next: Option<String>,
}

/// A user, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserLine {
    /// The id: a UUID.
    #[schema(example = "0190163d-8694-739b-aea5-966c26f8ad91")]
    id: String,
    /// The name, as its owner writes it.
    #[schema(example = "Ada")]
    name: String,
    /// The e-mail address, where there is one.
    email: Option<String>,
    /// The roles.
    roles: Vec<String>,
    /// Whether the account can be used. One that can't is disabled.
    is_active: bool,
    /// When the account was made (RFC 3339).
    #[schema(format = DateTime)]
    created_at: String,
    /// When its owner came in for the last time (RFC 3339).
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
    /// At how many places he is logged in.
    sessions: u64,
}

impl UserLine {
    pub(super) fn of(account: &Account, sessions: u64) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            email: account.email.clone(),
            roles: account.roles().to_vec(),
            is_active: account.is_active,
            created_at: moment::iso(account.created_at),
            last_login_at: account.last_login_at.map(moment::iso),
            sessions,
        }
    }
}

impl UsersAsked {
    fn query(&self) -> Result<AccountQuery, Refusal> {
        let active = one_of("state", given(&self.state), |state| match state {
            "active" => Some(true),
            "disabled" => Some(false),
            _ => None,
        });
        let sort = given(&self.sort);
        let name = sort.map(|sort| sort.strip_prefix('-').unwrap_or(sort));
        let by = one_of("sort", name, AccountSort::named);
        let (active, by) = match (active, by) {
            (Ok(active), Ok(by)) => (active, by),
            (active, by) => {
                let refused = [active.err(), by.err()].into_iter().flatten();
                return Err(Refusal::fields(refused.collect()));
            }
        };
        Ok(AccountQuery {
            search: given(&self.search).map(str::to_owned),
            active,
            role: given(&self.role).map(str::to_owned),
            sort: by.unwrap_or_default(),
            descending: sort.is_some_and(|sort| sort.starts_with('-')),
            page: cursor(&self.page)?,
            ..AccountQuery::default()
        })
    }

    /// What was typed, for the form.
    fn values(&self) -> Value {
        context! {
            search => &self.search,
            state => &self.state,
            role => &self.role,
            sort => &self.sort,
        }
    }

    fn way(&self, page: Option<&PageCursor>) -> Option<String> {
        let page = page?.to_string();
        let parameters = [
            ("search", given(&self.search)),
            ("state", given(&self.state)),
            ("role", given(&self.role)),
            ("sort", given(&self.sort)),
            ("page", Some(page.as_str())),
        ];
        Some(address(USERS, &parameters))
    }
}

/// All users, or those that are looked for.
#[utoipa::path(get, path = "/admin/users", operation_id = "list_users", tag = "administration", params(UsersAsked), responses(
    (status = 200, description = "A page of users", body = UserList),
    Queries, Administrators, Reading,
))]
pub(super) async fn page(
    view: Templates,
    Asked(asked): Asked<UsersAsked>,
) -> Result<Response, PageError> {
    let filters = context! {
        values => asked.values(),
        known_roles => view.accounts().roles().await?,
    };
    let query = match asked.query() {
        Ok(query) => query,
        Err(refusal) => return view.refuse(refusal, TEMPLATE, filters).await,
    };
    let page = view.accounts().list(&query).await?;
    match view.format {
        Format::Json => Ok(Json(list(&page)).into_response()),
        Format::Html => {
            let ways = context! {
                previous => asked.way(page.previous.as_ref()),
                next => asked.way(page.next.as_ref()),
            };
            let users: Vec<Value> = page.accounts.iter().map(shown).collect();
            let values = context! { users, total => page.total, ways, ..filters };
            view.render(TEMPLATE, values).await
        }
    }
}

fn list(page: &AccountPage) -> UserList {
    let lines = page.accounts.iter();
    UserList {
        users: lines
            .map(|line| UserLine::of(&line.account, line.sessions))
            .collect(),
        total: page.total,
        previous: page.previous.as_ref().map(PageCursor::to_string),
        next: page.next.as_ref().map(PageCursor::to_string),
    }
}

fn shown(line: &ListedAccount) -> Value {
    let account = &line.account;
    context! {
        id => account.id.to_string(),
        name => &account.name,
        email => &account.email,
        roles => account.roles().to_vec(),
        is_active => account.is_active,
        last_login_at => account.last_login_at.map(|at| at.as_millis()),
        sessions => line.sessions,
    }
}

const TEMPLATE: &str = "admin-users.html";
