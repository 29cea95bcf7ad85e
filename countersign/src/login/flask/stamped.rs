//! User ids that carry the user's security stamp.

use subtle::ConstantTimeEq as _;

use crate::login::LoginError;
use crate::login::user::ErasedUser;
use crate::session::{FlaskSessions, UserId};

/// What stands for a user in the session and in the remember token: his id, and his stamp if ids have one.
pub(super) fn id_with(
    flask: &FlaskSessions,
    id: &UserId,
    stamp: Option<&str>,
) -> Result<String, LoginError> {
    if !flask.stamped_user_ids {
        return Ok(id.as_str().to_owned());
    }
    let stamp = stamp.unwrap_or_default();
    match stamp.contains(':') {
        // Its beginning would be read as the end of the id.
        true => Err(LoginError::StampWithColon),
        false => Ok(format!("{id}:{stamp}")),
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
