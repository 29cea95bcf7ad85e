//! User ids that carry the user's security stamp.

use subtle::ConstantTimeEq as _;

use crate::login::user::ErasedUser;
use crate::session::FlaskSessions;

/// What stands for a user in the session and in the remember token.
pub(super) fn id_of(flask: &FlaskSessions, user: &dyn ErasedUser) -> String {
    let id = user.user_id();
    match user.security_stamp() {
        _ if !flask.stamped_user_ids => id.as_str().to_owned(),
        Some(stamp) => format!("{id}:{stamp}"),
        None => format!("{id}:"),
    }
}

/// The user's id, and the stamp if ids have one. `None` when it is missing.
pub(super) fn parts<'a>(
    flask: &FlaskSessions,
    user_id: &'a str,
) -> Option<(&'a str, Option<&'a str>)> {
    if !flask.stamped_user_ids {
        return Some((user_id, None));
    }
    let (id, stamp) = user_id.rsplit_once(':')?;
    Some((id, Some(stamp)))
}

/// Whether a user has that stamp; one without any has the empty one.
pub(super) fn has_stamp(user: &dyn ErasedUser, stamp: &str) -> bool {
    let own = user.security_stamp().unwrap_or_default();
    bool::from(own.as_bytes().ct_eq(stamp.as_bytes()))
}
