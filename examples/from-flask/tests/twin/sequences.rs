//! What visitors do, by what it is about.

mod confirm;
mod data;
mod keys;
mod login;
mod methods;
mod next;
mod protection;
mod remember;

use crate::sequence::Sequence;

/// All of them.
pub(crate) fn all() -> Vec<Sequence> {
    [
        login::sequences(),
        remember::sequences(),
        protection::sequences(),
        confirm::sequences(),
        data::sequences(),
        keys::sequences(),
        next::sequences(),
        methods::sequences(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
