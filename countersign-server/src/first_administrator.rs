//! The first administrator: while there is none, whoever can see the server's terminal may become it.

use std::io::{self, IsTerminal as _};

use countersign::PublicUrl;
use countersign::accounts::{AccountError, Accounts, By};
use countersign::pages::OneTimeLink;

/// What the server says at its start about the first administrator; nothing, where there is an administrator.
///
/// The link is for eyes: it goes to a terminal alone, and never into a log, which the journal of a service is too. There, it is
/// said which command makes one. Links of earlier starts that nobody used stop counting, so that they don't pile up.
pub(crate) async fn greeting(
    accounts: &Accounts,
    site: &PublicUrl,
) -> Result<Option<String>, AccountError> {
    greeting_for(accounts, site, io::stdout().is_terminal()).await
}

async fn greeting_for(
    accounts: &Accounts,
    site: &PublicUrl,
    is_seen: bool,
) -> Result<Option<String>, AccountError> {
    if accounts.has_administrator().await? {
        return Ok(None);
    }
    if !is_seen {
        return Ok(Some(WITHOUT_TERMINAL.to_owned()));
    }
    let by = By::system("first administrator");
    accounts.withdraw_administrator_invitations(&by).await?;
    let token = accounts.invite_administrator(&by).await?;
    let link = OneTimeLink::invitation(site, &token);
    Ok(Some(format!(
        "There is no administrator yet. Within an hour, whoever opens this becomes one, once:\n\n  {}\n\n\
         Later, `countersign admin invite` makes another link.",
        link.reveal()
    )))
}

const WITHOUT_TERMINAL: &str =
    "There is no administrator yet: run `countersign admin invite` for a link that makes one.";

#[cfg(test)]
mod tests {
    use countersign::accounts::{NewAccount, Registered, Registration};

    use super::*;

    #[tokio::test]
    async fn the_first_administrator_gets_one_link_and_each_start_makes_a_new_one() {
        let (_folder, accounts) = accounts().await;
        let first = token(&accounts).await;
        let second = token(&accounts).await;
        assert!(accounts.invitation(&first).await.unwrap().is_none());
        assert!(accounts.invitation(&second).await.unwrap().is_some());

        let mut new = NewAccount::new("Ada", "correct horse battery staple");
        new.invitation = Some(&second);
        let visitor = By::anonymous(Default::default());
        let registered = accounts.register(new, &visitor).await.unwrap();
        assert!(
            matches!(registered, Registered::Created(_)),
            "{registered:?}"
        );
        assert_eq!(greeting_for(&accounts, &site(), true).await.unwrap(), None);
        assert_eq!(greeting_for(&accounts, &site(), false).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_no_terminal_gets_no_link() {
        let (_folder, accounts) = accounts().await;
        let greeting = greeting_for(&accounts, &site(), false).await;
        assert_eq!(greeting.unwrap().as_deref(), Some(WITHOUT_TERMINAL));
        assert!(!WITHOUT_TERMINAL.contains("http"));
    }

    async fn accounts() -> (tempfile::TempDir, Accounts) {
        let folder = tempfile::tempdir().unwrap();
        let accounts = Accounts::open(folder.path().join("accounts.db"))
            .await
            .unwrap();
        (folder, accounts.registration(Registration::Closed))
    }

    async fn token(accounts: &Accounts) -> String {
        let greeting = greeting_for(accounts, &site(), true).await;
        let greeting = greeting.unwrap().unwrap();
        let (_, rest) = greeting.split_once("token=").unwrap();
        rest.lines().next().unwrap().to_owned()
    }

    fn site() -> PublicUrl {
        PublicUrl::parse("http://127.0.0.1:3000").unwrap()
    }
}
