use std::net::IpAddr;

use ipnet::IpNet;
use minijinja::{Value, context};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::answer::{FieldRefusal, Refusal, Words};
use super::query::{Edge, address, bad_cursor, given, one_of};
use crate::accounts::{AccountError, AccountId, Accounts, Actor, AuditFilter, AuditKind};

/// Which events are asked for: those that fit all that is said here.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditAsked {
    /// Only what was done to this account: its name or its id.
    #[serde(default)]
    account: Option<String>,
    /// Only events of this kind.
    #[serde(default)]
    kind: Option<String>,
    /// Only what was done by somebody as `anonymous`, `account` (to himself), `administrator` or `system`.
    #[serde(default)]
    actor_kind: Option<String>,
    /// Who that is: the name or the id of an account, or the part of the system.
    #[serde(default)]
    actor: Option<String>,
    /// Only what came from this address or network, such as `192.0.2.0/24`.
    #[serde(default)]
    from: Option<String>,
    /// Only what happened on this day or later, or from this moment on (RFC 3339).
    #[serde(default)]
    since: Option<String>,
    /// Only what happened on this day or before, or before this moment (RFC 3339).
    #[serde(default)]
    until: Option<String>,
    /// Which page: `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

#[derive(Clone, Copy)]
enum ActorKind {
    Anonymous,
    Account,
    Administrator,
    System,
}

impl AuditAsked {
    /// What to ask the accounts for; or what is wrong with the parameters.
    pub(super) async fn filter(
        &self,
        accounts: &Accounts,
    ) -> Result<Result<AuditFilter, Refusal>, AccountError> {
        let Ok(before) = given(&self.before).map(str::parse).transpose() else {
            return Ok(Err(bad_cursor()));
        };
        let mut refused = Vec::new();
        let account = taken(self.account(accounts).await?, &mut refused);
        let kind = taken(
            one_of("kind", given(&self.kind), AuditKind::named),
            &mut refused,
        );
        let actor = taken(self.actor(accounts).await?, &mut refused);
        let network = taken(network(given(&self.from)), &mut refused);
        let since = taken(
            Edge::Beginning.of("since", given(&self.since)),
            &mut refused,
        );
        let until = taken(Edge::End.of("until", given(&self.until)), &mut refused);
        if !refused.is_empty() {
            return Ok(Err(Refusal::fields(refused)));
        }
        Ok(Ok(AuditFilter {
            account,
            kinds: kind.into_iter().collect(),
            actor,
            network,
            since,
            until,
            before,
            ..AuditFilter::default()
        }))
    }

    /// The address of a page of the same events, or of the file that has all of them.
    pub(super) fn address(&self, path: &str, before: Option<&str>) -> String {
        let parameters = [
            ("account", given(&self.account)),
            ("kind", given(&self.kind)),
            ("actor_kind", given(&self.actor_kind)),
            ("actor", given(&self.actor)),
            ("from", given(&self.from)),
            ("since", given(&self.since)),
            ("until", given(&self.until)),
            ("before", before),
        ];
        address(path, &parameters)
    }

    /// What was typed, for the form.
    pub(super) fn values(&self) -> Value {
        context! {
            account => &self.account,
            kind => &self.kind,
            actor_kind => &self.actor_kind,
            actor => &self.actor,
            from => &self.from,
            since => &self.since,
            until => &self.until,
        }
    }

    pub(super) fn is_later_page(&self) -> bool {
        given(&self.before).is_some()
    }

    async fn account(
        &self,
        accounts: &Accounts,
    ) -> Result<Result<Option<AccountId>, FieldRefusal>, AccountError> {
        let Some(text) = given(&self.account) else {
            return Ok(Ok(None));
        };
        let found = id_of(accounts, text).await?;
        Ok(found.map(Some).ok_or_else(|| nobody("account")))
    }

    async fn actor(
        &self,
        accounts: &Accounts,
    ) -> Result<Result<Option<Actor>, FieldRefusal>, AccountError> {
        let kind = one_of("actor_kind", given(&self.actor_kind), ActorKind::named);
        let kind = match kind {
            Ok(kind) => kind,
            Err(refused) => return Ok(Err(refused)),
        };
        let (kind, name) = match (kind, given(&self.actor)) {
            (None, None) => return Ok(Ok(None)),
            (Some(ActorKind::Anonymous), _) => return Ok(Ok(Some(Actor::Anonymous))),
            (Some(kind), Some(name)) => (kind, name),
            (Some(_), None) => return Ok(Err(missing("actor", "refused-actor-missing"))),
            (None, Some(_)) => return Ok(Err(missing("actor_kind", "refused-actor-kind"))),
        };
        let id = match kind {
            ActorKind::System => None,
            _ => id_of(accounts, name).await?,
        };
        Ok(match (kind, id) {
            (ActorKind::Administrator, Some(id)) => {
                Ok(Some(Actor::Administrator(id.to_string().into())))
            }
            (ActorKind::System, _) => Ok(Some(Actor::System(name.into()))),
            (_, Some(id)) => Ok(Some(Actor::Account(id))),
            (_, None) => Err(nobody("actor")),
        })
    }
}

impl ActorKind {
    fn named(name: &str) -> Option<Self> {
        match name {
            "anonymous" => Some(Self::Anonymous),
            "account" => Some(Self::Account),
            "administrator" => Some(Self::Administrator),
            "system" => Some(Self::System),
            _ => None,
        }
    }
}

/// The account with a name; or any id, because the audit remembers accounts that are gone.
async fn id_of(accounts: &Accounts, text: &str) -> Result<Option<AccountId>, AccountError> {
    match text.parse() {
        Ok(id) => Ok(Some(id)),
        Err(_) => {
            let account = accounts.find_by_name(text).await?;
            Ok(account.map(|account| account.id))
        }
    }
}

fn network(text: Option<&str>) -> Result<Option<IpNet>, FieldRefusal> {
    let Some(text) = text else {
        return Ok(None);
    };
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let words = |_| FieldRefusal::new("from", "no_network", Words::new("refused-network"));
    network.map(Some).map_err(words)
}

fn nobody(field: &'static str) -> FieldRefusal {
    FieldRefusal::new(field, "nobody", Words::new("refused-nobody"))
}

fn missing(field: &'static str, words: &'static str) -> FieldRefusal {
    FieldRefusal::new(field, "missing", Words::new(words))
}

fn taken<T>(read: Result<Option<T>, FieldRefusal>, refused: &mut Vec<FieldRefusal>) -> Option<T> {
    read.unwrap_or_else(|problem| {
        refused.push(problem);
        None
    })
}
