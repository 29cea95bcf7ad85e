use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use countersign::accounts::{
    ADMINISTRATOR, Account, Invitation, InvitationToken, Invited, NewAccount, PasswordLinkToken,
    Refusals, Registered, Registration,
};
use countersign::pages::OneTimeLink;
use countersign::secret::{OperatingSystemRandom, Random as _};
use zeroize::Zeroizing;

use crate::cli::opened::Opened;
use crate::cli::outcome::Outcome;
use crate::cli::prompt::PasswordInput;
use crate::cli::{CommandError, Context, link, moment};

/// `countersign user add`
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The login name
    name: String,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The e-mail address is known to be the owner's: it logs in like the name
    #[arg(long, requires = "email")]
    email_confirmed: bool,
    /// A role of the account; may be said several times
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    #[command(flatten)]
    password: PasswordInput,
    /// Set no password: print a one-time link by which the owner sets it, within 24 hours
    #[arg(long, conflicts_with = "password_stdin")]
    link: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `countersign user invite`
#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// The e-mail address to which you send the link; it becomes the account's, and is confirmed
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// A role that the account will have; may be said several times
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// For how long the link can be used
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = lasts)]
    lasts: Duration,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Add {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open_or_make().await?;
        let password = match self.link {
            true => unknown_to_all(),
            false => self.password.new_password()?,
        };
        let account = self.register(&opened, &password).await?;
        let name = &account.name;
        let done = |sentence: String| {
            Outcome::new("added", sentence)
                .account(&account)
                .roles(account.roles())
        };
        let outcome = match self.link {
            false => done(format!("{name} has an account now: {}", account.id)),
            true => {
                let made = moment::now();
                let token = opened.accounts.make_password_link(account.id, &opened.by);
                let link = OneTimeLink::password(&link::site(&opened.configuration), &token.await?);
                let sentence = format!(
                    "{name} has an account now: {}. Within 24 hours, its password can be set here, once:",
                    account.id
                );
                done(sentence).link(&link, made + PasswordLinkToken::LASTS)
            }
        };
        outcome.print(self.json)
    }

    /// Makes the account. Its roles and a confirmed address come by an invitation, so that all of it is done or nothing.
    async fn register(&self, opened: &Opened, password: &str) -> Result<Account, CommandError> {
        let invitation = match (&*self.roles, self.email_confirmed) {
            ([], false) => None,
            _ => {
                let invitation = Invitation {
                    email: self.email.clone().filter(|_| self.email_confirmed),
                    roles: self.roles.clone(),
                    lasts: USED_AT_ONCE,
                };
                Some(invite(opened, invitation).await?.reveal())
            }
        };
        let mut new = NewAccount::new(&self.name, password);
        new.email = self.email.as_deref();
        new.invitation = invitation.as_deref();
        match opened.accounts.register(new, &opened.by).await? {
            Registered::Created(account) => Ok(account),
            Registered::Refused(refusals) => Err(CommandError::Refused(sentence(&refusals))),
            other => Err(CommandError::Refused(format!(
                "the account can't be made: {other:?}"
            ))),
        }
    }
}

impl Invite {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        if self.roles.iter().any(|role| role == ADMINISTRATOR) {
            return Err(CommandError::Misused(
                "`countersign admin invite` invites administrators: its link lasts an hour and no longer",
            ));
        }
        let opened = context.open().await?;
        let who = match opened.configuration.registration {
            Some(Registration::Closed) if self.roles.is_empty() => {
                return Err(CommandError::Refused(NOBODY_REGISTERS.to_owned()));
            }
            Some(Registration::Closed) => "somebody who has an account gets the roles here",
            _ => "one account can be made here",
        };
        let made = moment::now();
        let invitation = Invitation {
            email: self.email.clone(),
            roles: self.roles.clone(),
            lasts: self.lasts,
        };
        let token = invite(&opened, invitation).await?;
        let link = OneTimeLink::invitation(&link::site(&opened.configuration), &token);
        let end = moment::for_people(made + self.lasts);
        let sentence = format!("Until {end} UTC, {who}:");
        Outcome::new("invited", sentence)
            .roles(&self.roles)
            .link(&link, made + self.lasts)
            .print(self.json)
    }
}

async fn invite(opened: &Opened, invitation: Invitation) -> Result<InvitationToken, CommandError> {
    match opened.accounts.invite(invitation, &opened.by).await? {
        Invited::Token(token) => Ok(token),
        Invited::Refused(problem) => Err(CommandError::Refused(problem.to_string())),
        other => Err(CommandError::Refused(format!(
            "nobody was invited: {other:?}"
        ))),
    }
}

/// A password that nobody can type, and that is nowhere kept but as its hash.
fn unknown_to_all() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    OperatingSystemRandom.fill(&mut *bytes);
    Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))
}

/// All that is wrong with a new account.
fn sentence(refusals: &Refusals) -> String {
    let problems = [
        refusals.name.map(|problem| problem.to_string()),
        refusals.email.map(|problem| problem.to_string()),
        refusals.password.as_ref().map(ToString::to_string),
    ];
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    problems.join("; ")
}

fn lasts(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(lasts) if (SHORTEST..=LONGEST).contains(&lasts) => Ok(lasts),
        _ => Err("expected from `1m` to `90d`, such as `12h` or `7d`".to_owned()),
    }
}

const NOBODY_REGISTERS: &str = "nobody can register (`registration` is `closed`), and without a role the invitation gives nothing to \
     those who have an account: set it to `invitation`, or make the account with `countersign user add`";

/// Time enough to hash a password on any machine.
const USED_AT_ONCE: Duration = Duration::from_secs(60);

const SHORTEST: Duration = Duration::from_secs(60);

const LONGEST: Duration = Duration::from_secs(90 * 24 * 3_600);
