use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::secret::SequenceRandom;

#[path = "known_answers.rs"]
mod known_answers;
#[path = "refused_hashes.rs"]
mod refused_hashes;

const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";
const FLASK_ARGON2: &str = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4";

fn cheap() -> Passwords {
    cheap_with(ImportedHashes::new())
}

fn cheap_with(imported: ImportedHashes) -> Passwords {
    Passwords::builder()
        .imported(imported)
        .argon2id(Argon2Cost::danger_weak(64, 1, 1).unwrap())
        .clock(Arc::new(ManualClock::at(Timestamp::from_millis(0))))
        .workers(2)
        .build()
        .unwrap()
}

async fn matches(passwords: &Passwords, password: &str, stored: &str) -> bool {
    let verdict = passwords.verify(password, Some(stored), Requester::anonymous());
    verdict.await.unwrap().matches
}

#[tokio::test]
async fn a_new_hash_is_a_phc_string_of_the_current_cost_with_a_salt_of_its_own() {
    let passwords = Passwords::shared();
    let stored = passwords.hash("password").await.unwrap();
    let fields: Vec<_> = stored.as_ref().split('$').collect();
    assert_eq!(&fields[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    // 16 and 32 bytes in base64 without padding.
    assert_eq!((fields[4].len(), fields[5].len()), (22, 43));
    assert_eq!(format!("{stored:?}"), "PasswordHash([redacted])");
    let other = passwords.hash("password").await.unwrap();
    assert_ne!(
        stored.as_ref().split('$').nth(4),
        other.as_ref().split('$').nth(4)
    );
    assert!(!passwords.needs_rehash(stored.as_ref()));
    assert!(matches(&passwords, "password", stored.as_ref()).await);
}

#[tokio::test]
async fn every_answer_costs_exactly_one_verification() {
    let passwords = cheap();
    let stored = String::from(passwords.hash("right").await.unwrap());
    let long = "x".repeat(1_000_000);
    let wide = "x".repeat(73);
    let cases = [
        ("right", Some(stored.as_str()), true),
        ("wrong", Some(&stored), false),
        ("right", None, false),
        (&long, Some(&stored), false),
        (&long, None, false),
        ("right", Some(""), false),
        ("right", Some("!"), false),
        ("right", Some("$argon2id$v=19$m=64"), false),
        (
            "right",
            Some(
                "$argon2id$v=19$m=4294967295,t=4294967295,p=1$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqwz",
            ),
            false,
        ),
        (
            "right",
            Some("$2b$31$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm"),
            false,
        ),
        ("password", Some(BCRYPT), true),
        ("wrong", Some(BCRYPT), false),
        (&wide, Some(BCRYPT), false),
        ("pass\0word", Some(BCRYPT), false),
        (&long, Some(BCRYPT), false),
    ];
    for (count, (password, stored, expected)) in cases.into_iter().enumerate() {
        assert_eq!(passwords.statistics().verifications, count as u64);
        let verdict = passwords.verify(password, stored, Requester::client(1));
        assert_eq!(verdict.await.unwrap().matches, expected, "case {count}");
    }
    let statistics = passwords.statistics();
    assert_eq!(statistics.verifications, cases.len() as u64);
    assert_eq!((statistics.hashes, statistics.refused), (1, 0));
}

#[tokio::test]
async fn a_bad_stored_hash_is_told_to_the_caller_and_not_to_the_user() {
    let passwords = cheap();
    let problem = async |stored| {
        let verdict = passwords.verify("password", stored, Requester::anonymous());
        let verdict = verdict.await.unwrap();
        assert!(!verdict.matches && !verdict.needs_rehash);
        verdict.problem
    };
    assert_eq!(problem(None).await, None);
    assert_eq!(
        problem(Some("plain")).await,
        Some(PasswordError::UnknownScheme)
    );
    assert!(matches!(
        problem(Some("$argon2id$v=19$m=1$x$y")).await,
        Some(PasswordError::MalformedHash(_))
    ));
    assert!(matches!(
        problem(Some(&BCRYPT.replace("$04$", "$31$"))).await,
        Some(PasswordError::TooCostly { .. })
    ));
}

#[tokio::test]
async fn a_password_is_taken_exactly_as_typed() {
    let passwords = cheap();
    let eighty = "0123456789".repeat(8);
    let longest = "é".repeat(MAXIMUM_PASSWORD_LENGTH / 2);
    let cases = [
        ("", " "),
        ("Case", "case"),
        ("trailing space ", "trailing space"),
        (" leading", "leading"),
        ("nul\0after", "nul\0before"),
        ("nul\0", "nul"),
        // The same letter, composed and decomposed.
        ("caf\u{e9}", "cafe\u{301}"),
        ("🔑🚪🏠", "🔑🚪🏡"),
        (&eighty, &eighty[..72]),
        (&longest, &longest[2..]),
    ];
    for (password, other) in cases {
        let stored = String::from(passwords.hash(password).await.unwrap());
        assert!(matches(&passwords, password, &stored).await, "{password:?}");
        assert!(!matches(&passwords, other, &stored).await, "{other:?}");
    }
}

#[tokio::test]
async fn a_password_that_is_too_long_is_not_hashed() {
    let passwords = cheap();
    for length in [MAXIMUM_PASSWORD_LENGTH + 1, 1_000_000] {
        let refused = passwords.hash(&"x".repeat(length)).await;
        assert_eq!(
            refused,
            Err(PasswordError::TooLong {
                found: length,
                limit: MAXIMUM_PASSWORD_LENGTH
            })
        );
    }
    assert_eq!(passwords.statistics(), PoolStatistics::default());
    // A password that is too long is no shorter one: neither its beginning nor none.
    let stored = String::from(passwords.hash("").await.unwrap());
    assert!(
        !matches(
            &passwords,
            &"x".repeat(MAXIMUM_PASSWORD_LENGTH + 1),
            &stored
        )
        .await
    );
}

#[tokio::test]
async fn hashes_of_other_kinds_and_costs_are_to_be_made_anew() {
    let passwords = cheap();
    for stored in [BCRYPT, FLASK_ARGON2] {
        let verify = async |password| {
            let verdict = passwords.verify(password, Some(stored), Requester::anonymous());
            verdict.await.unwrap()
        };
        let right = verify("password").await;
        assert!(right.matches && right.needs_rehash && right.problem.is_none());
        let wrong = verify("wrong").await;
        assert!(!wrong.matches && !wrong.needs_rehash);
        assert!(passwords.needs_rehash(stored));
    }
    let own = String::from(passwords.hash("password").await.unwrap());
    assert!(!passwords.needs_rehash(&own));
    assert!(passwords.needs_rehash("garbage"));
    assert!(Passwords::shared().needs_rehash(&own));
    for weaker in [
        own.replace("argon2id", "argon2i"),
        own.replace("v=19", "v=16"),
        own.replace("t=1", "t=2"),
        own.replace("m=64", "m=63"),
    ] {
        assert!(passwords.needs_rehash(&weaker), "{weaker}");
    }
}

#[tokio::test]
async fn there_is_a_floor_for_failures_once_two_costs_were_seen() {
    let passwords = cheap();
    let own = String::from(passwords.hash("password").await.unwrap());
    assert!(matches(&passwords, "password", &own).await);
    let unknown = passwords.verify("password", None, Requester::anonymous());
    assert!(!unknown.await.unwrap().matches);
    assert_eq!(passwords.failure_floor(), None);
    assert!(matches(&passwords, "password", BCRYPT).await);
    // The clock of this test stands still.
    assert_eq!(passwords.failure_floor(), Some(Duration::ZERO));
}

#[tokio::test]
async fn a_long_password_does_not_tell_that_a_hash_is_one_of_sha_crypt() {
    let passwords = cheap();
    let stored = format!("$5$rounds=1000$salt${}", ".".repeat(43));
    assert!(!matches(&passwords, "password", &stored).await);
    assert_eq!(passwords.failure_floor(), None);
    assert!(!matches(&passwords, &"x".repeat(1_024), &stored).await);
    assert_eq!(passwords.failure_floor(), Some(Duration::ZERO));
}

#[tokio::test]
async fn known_and_unknown_users_are_turned_away_alike() {
    let passwords = Passwords::builder()
        .workers(1)
        .queue_limit(1)
        .build()
        .unwrap();
    let stored = String::from(passwords.hash("password").await.unwrap());
    let ask = |stored: Option<String>| {
        let passwords = passwords.clone();
        tokio::spawn(async move {
            passwords
                .verify("password", stored.as_deref(), Requester::anonymous())
                .await
                .map(|verdict| verdict.matches)
        })
    };
    let asked: Vec<_> = (0..200)
        .map(|turn| ask((turn % 2 == 0).then(|| stored.clone())))
        .collect();
    let mut refusals = [Vec::new(), Vec::new()];
    for (turn, answer) in asked.into_iter().enumerate() {
        match answer.await.unwrap() {
            Ok(matches) => assert_eq!(matches, turn % 2 == 0),
            Err(refusal) => refusals[turn % 2].push(refusal.to_string()),
        }
    }
    for refusals in &mut refusals {
        assert!(!refusals.is_empty());
        refusals.dedup();
    }
    assert_eq!(refusals[0], refusals[1]);
    let statistics = passwords.statistics();
    assert_eq!(statistics.verifications + statistics.refused, 200);
}

#[tokio::test]
async fn a_pool_is_shared_by_its_handles_and_by_nobody_else() {
    let passwords = cheap();
    let stored = String::from(passwords.clone().hash("password").await.unwrap());
    assert_eq!(passwords.statistics().hashes, 1);
    let other = cheap();
    assert!(matches(&other, "password", &stored).await);
    assert_eq!(passwords.statistics().verifications, 0);
}

#[tokio::test]
async fn salts_come_from_the_given_generator() {
    let build = || {
        Passwords::builder()
            .argon2id(Argon2Cost::danger_weak(64, 1, 1).unwrap())
            .random(Arc::new(SequenceRandom::default()))
            .build()
            .unwrap()
    };
    let one = build().hash("password").await.unwrap();
    assert_eq!(one, build().hash("password").await.unwrap());
}

#[test]
fn settings_out_of_bounds_are_named() {
    for builder in [
        Passwords::builder().workers(0),
        Passwords::builder().workers(1_001),
        Passwords::builder().queue_limit(0),
        Passwords::builder().queue_limit(65_537),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(
            matches!(refused, PasswordError::Configuration { .. }),
            "{refused}"
        );
    }
    let message = Passwords::builder()
        .workers(0)
        .build()
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "the number of hashing threads is 0: it must be from 1 to 1000"
    );
}

#[test]
fn nothing_printed_shows_a_password_or_a_hash() {
    let passwords = cheap();
    let printed = format!("{passwords:?}");
    assert!(
        !printed.contains("tag") && !printed.contains("salt"),
        "{printed}"
    );
}
