use std::fmt;

use super::site;
use crate::accounts::{InvitationToken, PasswordLinkToken};
use crate::web::PublicUrl;

/// A link that somebody is given to use once. Whoever has its text can use it, so it is shown on purpose only.
///
/// It is made from the site's address, with or without a request at hand. Handlers get the same from
/// [`Templates`](super::Templates), which know the address.
///
/// ```
/// # use countersign::accounts::{Accounts, By};
/// use countersign::PublicUrl;
/// use countersign::pages::OneTimeLink;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
/// let site = PublicUrl::parse("https://example.com")?;
/// let token = accounts.invite_administrator(&By::system("a command")).await?;
/// let link = OneTimeLink::invitation(&site, &token);
/// assert!(link.reveal().starts_with("https://example.com/invitation?token="));
/// assert_eq!(format!("{link:?}"), "OneTimeLink([redacted])");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OneTimeLink(String);

impl OneTimeLink {
    /// The link by which somebody takes an invitation, with a new account or with his own. A site without a public URL has the
    /// address at which it listens, such as `http://127.0.0.1:3000`.
    pub fn invitation(site: &PublicUrl, token: &InvitationToken) -> Self {
        Self::to(site, site::INVITATION, &token.reveal())
    }

    /// The link by which the owner of an account sets its password.
    pub fn password(site: &PublicUrl, token: &PasswordLinkToken) -> Self {
        Self::to(site, site::SET_PASSWORD, &token.reveal())
    }

    /// The link's text, for whoever is to use it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The token stands in the query, not in the fragment, because pages work without scripts, and only a script could read a
    /// fragment. The page's address then has no token any more.
    fn to(site: &PublicUrl, path: &str, token: &str) -> Self {
        let origin = site.origin();
        Self(format!("{origin}{path}?token={token}"))
    }
}

impl fmt::Debug for OneTimeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeLink([redacted])")
    }
}
