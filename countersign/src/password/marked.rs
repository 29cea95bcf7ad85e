//! Hashes that look like those of other systems, with the mark of their own before them.

use std::borrow::Cow;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::imported::ImportedHashes;
use super::prepared::{Preparation, Prepared};
use super::scheme::{Known, Reading, recognise_unmarked};
use super::{PasswordError, bcrypt};

/// Reads a hash with a mark of [`HashOrigin`](super::HashOrigin).
pub(super) fn read(stored: &str, imported: &ImportedHashes) -> Option<Known> {
    if let Some(rest) = stored.strip_prefix(FLASK_SECURITY) {
        return Some(of_flask_security(rest, imported));
    }
    let rest = stored.strip_prefix(DEVISE)?;
    Some(Known::new("devise-bcrypt", of_devise(rest, imported)))
}

fn of_flask_security(rest: &str, imported: &ImportedHashes) -> Known {
    let Some(Known { scheme, hash }) = recognise_unmarked(rest) else {
        return Known::new("flask-security", Err(PasswordError::UnknownScheme));
    };
    let length = match &*scheme {
        "bcrypt" => bcrypt::LONGEST_PASSWORD,
        _ => usize::MAX,
    };
    Known {
        scheme: Cow::Owned(format!("flask-security-{scheme}")),
        hash: hash.and_then(|hash| {
            let salt = required(
                &imported.flask_security_salt,
                "SECURITY_PASSWORD_SALT of Flask-Security",
            )?;
            let preparation = Preparation::FlaskSecurity {
                salt,
                normalization: imported.flask_security_normalization,
                length,
            };
            Ok(Arc::new(Prepared::new(preparation, hash)) as _)
        }),
    }
}

fn of_devise(rest: &str, imported: &ImportedHashes) -> Reading {
    let known = bcrypt::read(rest).ok_or(PasswordError::MalformedHash(
        "Devise makes hashes of bcrypt",
    ))?;
    let hash = known.hash?;
    let preparation = Preparation::Pepper {
        pepper: required(&imported.devise_pepper, "the pepper of Devise")?,
        length: bcrypt::LONGEST_PASSWORD,
    };
    Ok(Arc::new(Prepared::new(preparation, hash)))
}

fn required(
    secret: &Option<Zeroizing<Vec<u8>>>,
    what: &'static str,
) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    secret.clone().ok_or(PasswordError::MissingSecret { what })
}

pub(super) const FLASK_SECURITY: &str = "flask-security$";
pub(super) const DEVISE: &str = "devise$";
