//! What happens while a team moves: one program is there before the other, a key is replaced, users come and go.

use countersign_interop::Server;

use crate::answer::Content;
use crate::comparison::{answers, answers_to};
use crate::sequence::{ALICE, BOB, Key, UNICODE, sequence};
use crate::servers::Language::{self, Python, Rust};
use crate::servers::{Protection, Servers};
use crate::visitor::Visitor;

#[tokio::test]
async fn whichever_program_starts_first_makes_the_users_of_both() -> anyhow::Result<()> {
    for languages in [[Python, Rust], [Rust, Python]] {
        let folder = tempfile::tempdir()?;
        let first = languages[0].program(folder.path())?.start().await?;
        let second = languages[1].program(folder.path())?.start().await?;
        for (account, who) in [(ALICE, "1 fresh"), (BOB, "2 fresh"), (UNICODE, "4 fresh")] {
            let login = sequence("a login at each").log_in(account).whoami();
            // The second time at one of them, the hash is the one that the Rust program made.
            for turns in [[&first, &second], [&second, &first]] {
                let answers = answers(&login, &turns).await?;
                assert_eq!(answers[1].whoami()?, who, "{languages:?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_login_at_rust_leaves_a_hash_that_flask_reads() -> anyhow::Result<()> {
    let servers = Servers::start(Protection::Basic, &[Python, Rust]).await?;
    let mut database = servers.database().await?;
    let mut hash = async || -> anyhow::Result<String> {
        let hash = sqlx::query_scalar("SELECT password_hash FROM users WHERE id = 1");
        Ok(hash.fetch_one(&mut database).await?)
    };
    let before = hash().await?;
    assert!(before.starts_with("scrypt:"), "{before}");
    let login = sequence("a login").log_in(ALICE).whoami();
    for (language, beginning) in [
        (Python, "scrypt:"),
        (Rust, "$argon2id$"),
        (Python, "$argon2id$"),
    ] {
        let answers = answers(&login, &servers.turns(&[language])).await?;
        assert_eq!(answers[1].whoami()?, "1 fresh");
        let after = hash().await?;
        assert!(after.starts_with(beginning), "{after} after {language:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_new_key_can_come_to_one_program_before_the_other() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let start = async |language: Language, key: Key, fallbacks: &str| -> anyhow::Result<Server> {
        let program = language.program(folder.path())?;
        let program = program.variable("TWIN_SECRET_KEY", key.text());
        program.variable("TWIN_FALLBACKS", fallbacks).start().await
    };
    for (old, new) in [(Python, Rust), (Rust, Python)] {
        // First, the new key is one that the program which moves last only verifies with.
        let old = start(old, Key::Older, Key::Current.text()).await?;
        let new = start(new, Key::Current, Key::Older.text()).await?;
        let there_and_back = sequence("there and back")
            .log_in(ALICE)
            .set("colour", "red")
            .get("/get?key=colour")
            .set("colour", "blue")
            .whoami();
        for (turns, keys) in [
            ([&old, &new], [Key::Older, Key::Current]),
            ([&new, &old], [Key::Current, Key::Older]),
        ] {
            let answers = answers(&there_and_back, &turns).await?;
            let signed_by: Vec<Key> = answers
                .iter()
                .flat_map(|answer| &answer.cookies)
                .filter_map(|cookie| match cookie.content {
                    Content::Session { signed_by, .. } => Some(signed_by),
                    Content::Text(_) => None,
                })
                .collect();
            assert_eq!(signed_by, [keys[0], keys[1], keys[1]]);
            assert_eq!(answers[2].body, "{\"value\":\"red\"}\n");
            assert_eq!(answers[4].whoami()?, "1 fresh");
        }
        // Remember tokens know no older keys, at either program.
        let remembered = sequence("remembered")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .whoami();
        assert_eq!(
            answers(&remembered, &[&old, &new]).await?[1].whoami()?,
            "nobody"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_user_who_is_gone_is_nobody_at_both_from_the_next_request() -> anyhow::Result<()> {
    for change in [
        "UPDATE users SET is_active = FALSE WHERE id = 1",
        "DELETE FROM users WHERE id = 1",
    ] {
        let servers = Servers::start(Protection::Basic, &[Python, Rust]).await?;
        let turns = servers.turns(&[Python, Rust]);
        let mut visitors = [Visitor::new(), Visitor::new()];
        let login = sequence("a login").log_in_remembered(ALICE).whoami();
        for visitor in &mut visitors {
            let answers = answers_to(visitor, &login, &turns).await?;
            assert_eq!(answers[1].whoami()?, "1 fresh remembered");
        }
        let mut database = servers.database().await?;
        sqlx::query(change).execute(&mut database).await?;
        let after = sequence("after it")
            .get("/protected")
            .whoami()
            .close_the_browser()
            .get("/protected")
            .whoami();
        for (visitor, language) in visitors.iter_mut().zip([Python, Rust]) {
            let answers = answers_to(visitor, &after, &servers.turns(&[language])).await?;
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            assert_eq!(statuses, [302, 200, 302, 200], "{change}, {language:?}");
            for answer in [&answers[1], &answers[3]] {
                assert!(
                    answer.whoami()?.starts_with("nobody"),
                    "{change}, {language:?}"
                );
            }
        }
    }
    Ok(())
}
