use clap::{Args, Subcommand};
use countersign::accounts::{ListedSession, PageCursor, SessionQuery};
use countersign::session::SessionId;
use serde::Serialize;

use super::opened::Opened;
use super::outcome::Outcome;
use super::{CommandError, Context, moment, output, prompt};

/// `countersign sessions …`
#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// List who is logged in, the last used first
    List(List),
    /// End sessions: whoever has one is a stranger with the next request
    End(End),
}

/// `countersign sessions list`
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of this account: its login name, its confirmed e-mail address, or its id
    user: Option<String>,
    /// How many to list, 1,000 at most
    #[arg(long, value_name = "NUMBER", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// The page behind that one; its end says which
    #[arg(long, value_name = "CURSOR")]
    after: Option<PageCursor>,
    /// Print JSON: `sessions`, `total`, and `next` for --after
    #[arg(long)]
    json: bool,
}

/// `countersign sessions end`
#[derive(Debug, Args)]
pub(crate) struct End {
    /// The sessions' ids, as `sessions list` shows them
    #[arg(value_name = "ID", required_unless_present_any = ["user", "all"], value_parser = session_id)]
    ids: Vec<SessionId>,
    /// All sessions of this account
    #[arg(long, value_name = "USER", conflicts_with = "ids")]
    user: Option<String>,
    /// All sessions of everybody, visitors' data included
    #[arg(long, conflicts_with_all = ["ids", "user"])]
    all: bool,
    /// Do not ask
    #[arg(long, conflicts_with_all = ["ids", "user"])]
    yes: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct ListReport {
    sessions: Vec<SessionReport>,
    /// How many there are on all pages.
    total: u64,
    next: Option<String>,
}

/// A session, for programs. Moments are in RFC 3339 and UTC.
#[derive(Debug, Serialize)]
struct SessionReport {
    id: String,
    account: String,
    name: String,
    created_at: String,
    last_seen_at: String,
    /// When it ends if nobody uses it any more.
    ends_at: String,
    expires_at: String,
    remembered: bool,
    /// How its user proved who he is: `password`, `external`.
    methods: String,
    address: Option<String>,
    user_agent: Option<String>,
}

impl Sessions {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::End(command) => command.run(context).await,
        }
    }
}

impl List {
    async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = match &self.user {
            Some(user) => Some(opened.account(user).await?.id),
            None => None,
        };
        let query = SessionQuery {
            account,
            page: self.after.clone(),
            limit: self.limit,
        };
        let page = opened.accounts.list_sessions(&query).await?;
        let next = page.next.map(|cursor| cursor.to_string());
        if self.json {
            return output::json(&ListReport {
                sessions: page.sessions.iter().map(SessionReport::new).collect(),
                total: page.total,
                next,
            });
        }
        let head = [
            "name",
            "last used (utc)",
            "began (utc)",
            "address",
            "user agent",
            "id",
        ];
        let shown = page.sessions.len();
        output::table(head, page.sessions.iter().map(row))?;
        output::more(shown, page.total, next.as_deref());
        Ok(())
    }
}

impl End {
    async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        match (&self.user, self.all) {
            (Some(user), _) => self.end_of(user, &opened).await,
            (None, true) => self.end_all(&opened).await,
            (None, false) => {
                for id in &self.ids {
                    self.end(*id, &opened).await?;
                }
                Ok(())
            }
        }
    }

    async fn end(&self, id: SessionId, opened: &Opened) -> Result<(), CommandError> {
        let gone = || CommandError::NoSuchSession(id.to_string());
        let found = opened.accounts.find_session(id).await?.ok_or_else(gone)?;
        let account = opened
            .accounts
            .find(found.account)
            .await?
            .ok_or_else(gone)?;
        let ended = opened.accounts.end_session(account.id, id, &opened.by);
        match ended.await? {
            true => Outcome::new(
                "session_ended",
                format!("The session {id} of {} is ended.", account.name),
            )
            .account(&account)
            .session(id)
            .print(self.json),
            // It ended by itself while it was looked for.
            false => Err(gone()),
        }
    }

    async fn end_of(&self, user: &str, opened: &Opened) -> Result<(), CommandError> {
        let account = opened.account(user).await?;
        opened
            .accounts
            .end_all_sessions(account.id, &opened.by)
            .await?;
        let sentence = format!("All sessions of {} are ended.", account.name);
        Outcome::new("sessions_ended", sentence)
            .account(&account)
            .print(self.json)
    }

    async fn end_all(&self, opened: &Opened) -> Result<(), CommandError> {
        if !self.yes {
            prompt::confirm("Everybody will be logged out.", "all")?;
        }
        opened.accounts.end_everything(&opened.by).await?;
        Outcome::new("everything_ended", "All sessions of everybody are ended.").print(self.json)
    }
}

impl SessionReport {
    fn new(listed: &ListedSession) -> Self {
        let session = &listed.session;
        let login = session.login.as_ref();
        Self {
            id: session.id.to_string(),
            account: listed.account.to_string(),
            name: listed.name.clone(),
            created_at: moment::for_programs(session.created_at),
            last_seen_at: moment::for_programs(session.last_seen_at),
            ends_at: moment::for_programs(session.ends_at()),
            expires_at: moment::for_programs(session.expires_at),
            remembered: login.is_some_and(|login| login.remembered),
            methods: login.map_or_else(String::new, |login| login.methods.to_string()),
            address: session.client.address.map(|address| address.to_string()),
            user_agent: session.client.user_agent.as_deref().map(str::to_owned),
        }
    }
}

fn row(listed: &ListedSession) -> [String; 6] {
    let session = &listed.session;
    let client = &session.client;
    [
        listed.name.clone(),
        moment::for_people(session.last_seen_at),
        moment::for_people(session.created_at),
        client
            .address
            .map_or_else(String::new, |address| address.to_string()),
        client.user_agent.as_deref().unwrap_or_default().to_owned(),
        session.id.to_string(),
    ]
}

fn session_id(text: &str) -> Result<SessionId, String> {
    text.parse()
        .map_err(|_| "expected an id that `countersign sessions list` shows".to_owned())
}
