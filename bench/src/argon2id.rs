//! The implementation of Argon2id that `countersign::password` uses, alone.

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Params, Version};

/// The cost that OWASP's Password Storage Cheat Sheet gives first among its equals for small memory.
pub const MEMORY_KIB: u32 = 19_456;
/// See [`MEMORY_KIB`].
pub const PASSES: u32 = 2;

/// A salt for all.
pub const SALT: &[u8] = b"0123456789abcdef";

/// A hash.
pub type Tag = [u8; 32];

/// Argon2id at that cost.
pub fn argon2id() -> Argon2 {
    let params = Params::builder()
        .memory(Memory::kib(MEMORY_KIB.into()))
        .passes(PASSES)
        .build()
        .expect("the cost is valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes in a block of memory that is made for this one hash.
pub fn hash_in_fresh_memory(password: &[u8]) -> Tag {
    let mut tag = Tag::default();
    argon2id()
        .hash_into(password, SALT, &mut tag)
        .expect("the cost is valid");
    tag
}
