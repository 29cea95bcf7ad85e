use super::{AccountId, Actor, AuditPosition};
use crate::clock::Timestamp;
use crate::session::{ClientRecord, SessionId};

/// Something that was done, as it was written down in the transaction that did it.
///
/// It holds no password, hash or token, and no name that somebody typed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// Its number: what is written later has a greater one.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AuditKind,
    /// To which account; `None` for what concerns none.
    pub account: Option<AccountId>,
    /// Who did it.
    pub actor: Actor,
    /// From where; nothing, where the account was deleted since.
    pub client: ClientRecord,
    /// Which session, where it is one.
    pub session: Option<SessionId>,
    /// More, as it is said at each [`AuditKind`].
    pub detail: Option<String>,
}

/// Declares the kinds of events with their names in the database, which never change.
macro_rules! kinds {
    ($($(#[$meaning:meta])* $kind:ident = $name:literal,)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum AuditKind {
            $($(#[$meaning])* $kind,)*
        }

        impl AuditKind {
            /// All kinds.
            pub const ALL: &'static [AuditKind] = &[$(AuditKind::$kind),*];

            /// The kind's name, in the database and in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(AuditKind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// An account was made.
    Registered = "registered",
    /// A name and a password were right, and no session began: [`Accounts::authenticate`](super::Accounts::authenticate).
    Authenticated = "authenticated",
    /// A login began. The detail is how it was proved: `password`, `external`.
    LoggedIn = "logged_in",
    /// Somebody who was logged in proved again who he is. The detail is as for a login.
    LoginConfirmed = "login_confirmed",
    /// A login was ended from its own browser: by logging out, or because the session protection saw another client.
    LoggedOut = "logged_out",
    /// One login was ended by name, from elsewhere.
    SessionEnded = "session_ended",
    /// All logins were ended, or all but the one that is named.
    SessionsEnded = "sessions_ended",
    /// The owner changed the password.
    PasswordChanged = "password_changed",
    /// Somebody else set the password.
    PasswordSet = "password_set",
    /// A link was made by which the owner sets the password: [`Accounts::make_password_link`](super::Accounts::make_password_link).
    PasswordLinkMade = "password_link_made",
    /// The password was set by such a link.
    PasswordSetByLink = "password_set_by_link",
    /// The name was changed.
    Renamed = "renamed",
    /// The language was changed. The detail is the new one.
    LocaleChanged = "locale_changed",
    /// The e-mail address was changed or taken away.
    EmailChanged = "email_changed",
    /// The e-mail address was confirmed.
    EmailConfirmed = "email_confirmed",
    /// The account was disabled.
    Disabled = "disabled",
    /// The account was enabled.
    Enabled = "enabled",
    /// The account was deleted.
    Deleted = "deleted",
    /// A role was given. The detail is its name.
    RoleGranted = "role_granted",
    /// A role was taken away. The detail is its name.
    RoleRevoked = "role_revoked",
    /// What a role permits was changed. The detail is its name.
    RoleDefined = "role_defined",
    /// Somebody was invited. The detail is the roles that he gets, if any.
    Invited = "invited",
    /// Invitations that nobody had used were taken back. The detail is the role to which they invited.
    InvitationsWithdrawn = "invitations_withdrawn",
    /// An account that was there already took what an invitation promised: [`Accounts::accept_invitation`](super::Accounts::accept_invitation).
    InvitationAccepted = "invitation_accepted",
    /// Everybody's sessions were ended: [`Accounts::end_everything`](super::Accounts::end_everything).
    EverythingEnded = "everything_ended",
    /// The failures that were counted against the account were forgotten.
    FailuresForgotten = "failures_forgotten",
    /// Accounts were brought in from elsewhere: [`Accounts::import`](super::Accounts::import). The detail is from where, and how many; it
    /// grows as long as the import goes on.
    Imported = "imported",
}

impl AuditEvent {
    /// Where the event stands in the audit.
    pub fn position(&self) -> AuditPosition {
        AuditPosition {
            at: self.at,
            id: self.id,
        }
    }
}

impl AuditKind {
    /// The kind with that [name](Self::name).
    ///
    /// ```
    /// use countersign::accounts::AuditKind;
    ///
    /// assert_eq!(AuditKind::named("logged_in"), Some(AuditKind::LoggedIn));
    /// assert_eq!(AuditKind::named("logged_inn"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it tells of logins that come and go, and is forgotten after [`SignInRecord::KEPT`](super::SignInRecord::KEPT).
    pub(super) const fn is_of_logins(self) -> bool {
        matches!(
            self,
            Self::Authenticated
                | Self::LoggedIn
                | Self::LoginConfirmed
                | Self::LoggedOut
                | Self::SessionEnded
                | Self::SessionsEnded
        )
    }
}
