//! Secrets: keys with their predecessors, random tokens and what is stored of them.
//!
//! Nothing here shows its value in `Debug`, and a token and its hash are different types, so the one can't be
//! stored in the place of the other.

mod key;
mod random;
mod token;

pub use key::{KeyError, SecretKey};
pub use random::{OperatingSystemRandom, Random, SequenceRandom, security_stamp};
pub use token::{Token, TokenHash};
