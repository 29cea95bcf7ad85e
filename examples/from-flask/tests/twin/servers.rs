//! Both programs, running.

use std::path::Path;

use countersign_interop::{Server, ServerBuilder, python_environment};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;

use crate::sequence::Key;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Rust,
}

/// Flask-Login's session protection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protection {
    None,
    Basic,
    Strong,
}

/// How long a session counts, in seconds. Not what either program takes by itself.
pub(crate) const PERMANENT_SECONDS: i64 = 7200;

/// How long a remember cookie lasts, in seconds.
pub(crate) const REMEMBER_SECONDS: i64 = 86_400;

/// Servers that share a database.
#[derive(Debug)]
pub(crate) struct Servers {
    servers: Vec<(Language, Server)>,
    folder: TempDir,
}

impl Servers {
    /// Starts some on a new database.
    pub(crate) async fn start(
        protection: Protection,
        languages: &[Language],
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        with_cheap_hashes(&mut database(folder.path()).await?).await?;
        let mut servers = Vec::new();
        for language in languages {
            let server = language.program(folder.path())?;
            let server = server.variable("TWIN_PROTECTION", protection.name());
            servers.push((*language, server.start().await?));
        }
        Ok(Self { servers, folder })
    }

    /// The servers in the order in which they are asked.
    pub(crate) fn turns(&self, languages: &[Language]) -> Vec<&Server> {
        let server = |language| {
            let mut servers = self.servers.iter();
            let found = servers.find(|(found, _)| found == language);
            &found.expect("a server was started for each language").1
        };
        languages.iter().map(server).collect()
    }

    /// Their database.
    pub(crate) async fn database(&self) -> anyhow::Result<SqliteConnection> {
        database(self.folder.path()).await
    }
}

impl Language {
    /// The program, with the settings that do not depend on the test, and its database in a folder.
    pub(crate) fn program(self, folder: &Path) -> anyhow::Result<ServerBuilder> {
        let program = match self {
            Self::Python => {
                Server::file(python_environment("twin")?.join("bin/python")).argument(APP)
            }
            Self::Rust => Server::file(env!("CARGO_BIN_EXE_from-flask")),
        };
        let fallbacks = format!("{},,the-key-of-this-summer", Key::Older.text());
        Ok(program
            .variable("TWIN_PORT", "0")
            .variable("TWIN_SECRET_KEY", Key::Current.text())
            .variable("TWIN_FALLBACKS", fallbacks)
            .variable("TWIN_PERMANENT_SECONDS", PERMANENT_SECONDS.to_string())
            .variable("TWIN_REMEMBER_SECONDS", REMEMBER_SECONDS.to_string())
            .variable("TWIN_DB", folder.join(DATABASE)))
    }
}

impl Protection {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Strong => "strong",
        }
    }
}

async fn database(folder: &Path) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join(DATABASE))
        .create_if_missing(true);
    Ok(options.connect().await?)
}

/// Hundreds of logins with hashes as they should be take a minute of every core.
async fn with_cheap_hashes(database: &mut SqliteConnection) -> anyhow::Result<()> {
    sqlx::raw_sql(include_str!("../../users.sql"))
        .execute(&mut *database)
        .await?;
    for (id, hash) in CHEAP_HASHES {
        sqlx::query("UPDATE users SET password_hash = ? WHERE id = ?")
            .bind(hash)
            .bind(id)
            .execute(&mut *database)
            .await?;
    }
    Ok(())
}

const APP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/app.py");

const DATABASE: &str = "twin.db";

/// The same passwords, and the same kinds of hashes, as in `users.sql`.
const CHEAP_HASHES: [(i64, &str); 4] = [
    (
        1,
        "scrypt:1024:8:1$GhVXE35NpRy2hDKB$5b0e93664262582453a1ecedfbc3c143905df33b14f0b1756f991c2e8188c8769f13fce566523c8e668ab3002a34bc28c84079ab3704a58cfefc8b6b1edeb520",
    ),
    (
        2,
        "$argon2id$v=19$m=64,t=1,p=1$YgS7TeY4/Zk4ekXYSTCk0A$Ya6i/B/z8him9EOkeHdvoavSYweH5Zljp7GwGh8XgM4",
    ),
    (
        3,
        "pbkdf2:sha256:1000$r79WKzOP4Aqx1cPI$2d0558bee1237cb8c20285d578c30b33e735882a88e900b88e7918478520cbe3",
    ),
    (
        4,
        "scrypt:1024:8:1$zxS8cH5cHRaFy6US$c7da27a21fd57e31ae263ddc5a131065a1727d6875f484f8a4502986a7e239fe373f82933080c4bc7f8ea167d65abb3621a39ac1ab75a1fa8b73a608964b460c",
    ),
];
