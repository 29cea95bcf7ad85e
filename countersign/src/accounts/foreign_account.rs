use std::fmt;

use super::email::EmailAddress;
use super::name::LoginName;
use super::{ImportDeparture, ImportRefusal};
use crate::clock::Timestamp;

/// Somebody who has an account in another application, as that one knows him.
///
/// ```
/// use countersign::accounts::ForeignAccount;
///
/// let mut ada = ForeignAccount::new("17");
/// ada.name = Some("Ada".to_owned());
/// ada.password_hash = Some("scrypt:32768:8:1$…".to_owned());
/// assert_eq!(format!("{ada:?}"), "ForeignAccount { .. }");
/// ```
#[derive(Clone)]
pub struct ForeignAccount {
    /// What tells it from all others there: most often a number. The same one is never brought in twice.
    pub id: String,
    /// The name. Where there is none, or it is an e-mail address, one is made of the e-mail address. An address that stands here alone
    /// becomes the account's, and is not confirmed: names are what people choose.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// When the e-mail address in [`email`](Self::email) was confirmed to be the owner's. Without it, the address logs nobody in.
    pub email_confirmed_at: Option<Timestamp>,
    /// The password's hash in any format that [`Passwords`](crate::password::Passwords) verifies; it is kept as it is, and replaced when its
    /// owner logs in. `None` for an account without a password: it waits for a
    /// [link](super::Accounts::make_password_link) by which one is set.
    pub password_hash: Option<String>,
    /// When the account was made there; `None` when that is not known.
    pub created_at: Option<Timestamp>,
    /// Whether its owner may log in.
    pub is_active: bool,
    /// The roles.
    pub roles: Vec<String>,
}

impl ForeignAccount {
    /// An active account with an id and nothing else.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            email: None,
            email_confirmed_at: None,
            password_hash: None,
            created_at: None,
            is_active: true,
            roles: Vec::new(),
        }
    }
}

impl fmt::Debug for ForeignAccount {
    /// Shows nothing: there is a hash in it, and what names a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignAccount").finish_non_exhaustive()
    }
}

/// A name and an e-mail address that were read.
pub(super) struct Names {
    pub(super) name: Name,
    pub(super) email: Option<EmailAddress>,
    pub(super) departures: Vec<ImportDeparture>,
}

pub(super) enum Name {
    /// The account's own.
    Own(LoginName),
    /// One is made that begins like this.
    Made(String),
}

impl Names {
    pub(super) fn read(account: &ForeignAccount) -> Result<Self, ImportRefusal> {
        let typed = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (name, email) = (typed(&account.name), typed(&account.email));
        let address_as_name = name
            .as_deref()
            .and_then(|name| EmailAddress::new(name).ok());
        let mut departures = Vec::new();
        let email = match email.as_deref().map(EmailAddress::new) {
            None => address_as_name.clone(),
            Some(Ok(email)) => Some(email),
            Some(Err(problem)) if name.is_none() => return Err(problem.into()),
            Some(Err(problem)) => {
                departures.push(ImportDeparture::EmailLeftOut(problem));
                None
            }
        };
        let name = match (name, address_as_name.or_else(|| email.clone())) {
            (Some(name), address) => match (LoginName::new(&name), address) {
                (Ok(name), _) => Name::Own(name),
                (Err(_), Some(address)) if name.contains('@') => Name::Made(name_in(&address)),
                (Err(problem), _) => return Err(problem.into()),
            },
            (None, Some(address)) => Name::Made(name_in(&address)),
            (None, None) => return Err(ImportRefusal::Nameless),
        };
        if matches!(name, Name::Made(_)) {
            departures.push(ImportDeparture::NameMade);
        }
        Ok(Self {
            name,
            email,
            departures,
        })
    }
}

/// The part of an address before the `@`, with nothing in it that is in no name.
fn name_in(address: &EmailAddress) -> String {
    let local = address.shown.split(['@', '＠']).next().unwrap_or_default();
    let fits = |character: char| LoginName::new(&format!("x{character}")).is_ok();
    let name: String = local
        .chars()
        .map(|character| if fits(character) { character } else { '-' })
        .take(LONGEST_BEGINNING)
        .collect();
    match LoginName::new(&name) {
        Ok(_) => name,
        Err(_) => "user".to_owned(),
    }
}

/// In characters; what is put behind it has room.
const LONGEST_BEGINNING: usize = 40;
