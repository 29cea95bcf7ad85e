use countersign_bench::argon2id::{MEMORY_KIB, PASSES, SALT, Tag, argon2id, hash_in_fresh_memory};

/// One way to compute Argon2id.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    /// Makes what a worker keeps from hash to hash: with reused memory, the memory.
    pub(crate) hasher: fn() -> Hasher,
}

/// The candidate that `countersign` uses, and its rate alone is what the pool is measured against.
pub(crate) const CHOSEN: &Candidate = &CANDIDATES[0];

/// Hashes a password with the fixed salt and cost.
pub(crate) type Hasher = Box<dyn FnMut(&[u8]) -> Tag>;

/// The first one is what the others are compared with.
pub(crate) const CANDIDATES: &[Candidate] = &[
    Candidate {
        name: "argon2-rust 1.1, reused memory",
        hasher: argon2_rust_reused,
    },
    Candidate {
        name: "argon2-rust 1.1",
        hasher: argon2_rust_fresh,
    },
    Candidate {
        name: "dryoc 2.0",
        hasher: dryoc,
    },
    Candidate {
        name: "RustCrypto argon2 0.6, reused memory",
        hasher: rustcrypto_reused,
    },
    Candidate {
        name: "RustCrypto argon2 0.6",
        hasher: rustcrypto_fresh,
    },
    Candidate {
        name: "rust-argon2 3.0",
        hasher: rust_argon2,
    },
];

/// # Panics
/// When the candidates do not all compute the same tag: then they are not all Argon2id.
pub(crate) fn must_agree() {
    let expected = (CANDIDATES[0].hasher)()(b"password");
    for candidate in CANDIDATES {
        let mut hash = (candidate.hasher)();
        // Twice: reused memory must not show.
        hash(b"another password");
        assert_eq!(hash(b"password"), expected, "{}", candidate.name);
    }
}

fn argon2_rust_reused() -> Hasher {
    let mut hasher = argon2id().hasher();
    Box::new(move |password| {
        let mut tag = Tag::default();
        hasher
            .hash_into(password, SALT, &mut tag)
            .expect("the cost is valid");
        tag
    })
}

fn argon2_rust_fresh() -> Hasher {
    Box::new(hash_in_fresh_memory)
}

fn dryoc() -> Hasher {
    Box::new(|password| {
        let mut tag = Tag::default();
        dryoc::classic::crypto_pwhash::crypto_pwhash(
            &mut tag,
            password,
            SALT,
            PASSES.into(),
            MEMORY_KIB as usize * 1024,
            dryoc::classic::crypto_pwhash::PasswordHashAlgorithm::Argon2id13,
        )
        .expect("the cost is valid");
        tag
    })
}

fn rustcrypto_reused() -> Hasher {
    let argon2 = rustcrypto();
    let mut memory = vec![argon2::Block::new(); argon2.params().block_count()];
    Box::new(move |password| {
        let mut tag = Tag::default();
        argon2
            .hash_password_into_with_memory(password, SALT, &mut tag, &mut memory)
            .expect("the cost is valid");
        tag
    })
}

fn rustcrypto_fresh() -> Hasher {
    let argon2 = rustcrypto();
    Box::new(move |password| {
        let mut tag = Tag::default();
        argon2
            .hash_password_into(password, SALT, &mut tag)
            .expect("the cost is valid");
        tag
    })
}

fn rustcrypto() -> argon2::Argon2<'static> {
    let params = argon2::Params::new(MEMORY_KIB, PASSES, 1, None).expect("the cost is valid");
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
}

fn rust_argon2() -> Hasher {
    let config = sru_argon2::Config {
        mem_cost: MEMORY_KIB,
        time_cost: PASSES,
        lanes: 1,
        variant: sru_argon2::Variant::Argon2id,
        ..sru_argon2::Config::default()
    };
    Box::new(move |password| {
        sru_argon2::hash_raw(password, SALT, &config)
            .expect("the cost is valid")
            .try_into()
            .expect("the default tag has 32 bytes")
    })
}
