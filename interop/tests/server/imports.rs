//! `countersign import`, of databases that the real frameworks made, while the server runs; and then its users log in.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use countersign::AuthUser as _;
use countersign::accounts::Account;
use countersign_interop::{Curl, Postgres, python_environment};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::commands::{command, json, run};
use crate::site::Site;

#[tokio::test]
async fn users_of_flask_security_log_in_with_their_passwords() -> anyhow::Result<()> {
    let file = SqliteFile::new()?;
    flask_security(&file.url()).await?;
    let postgres = Postgres::start().await?;
    let url = postgres.database("shop").await?;
    flask_security(&driver_named(&url)).await
}

async fn flask_security(url: &str) -> anyhow::Result<()> {
    make("flask_security_users.py", &[url, SALT]).await?;
    let (folder, salt) = file_with(SALT)?;
    let salt = ["--passwords-flask-security-salt-file", &salt];
    let site = Site::start_with(&salt).await?;
    let import = [&["import", url][..], &salt].concat();

    let planned = json(&site, &[&import[..], &["--dry-run"]].concat()).await?;
    assert_eq!(planned["added"], 8, "{planned}");
    assert_eq!(planned["schemes"]["flask-security-argon2id"]["usable"], 2);
    assert_eq!(planned["schemes"]["flask-security-bcrypt"]["usable"], 1);
    assert_eq!(everybody(&site).await?, 0, "nothing was written");

    let done = json(&site, &import).await?;
    assert_eq!((&done["added"], &done["skipped"]), (&8.into(), &0.into()));
    assert_eq!(done["without_password"], 1);
    for scheme in [
        "argon2",
        "bcrypt",
        "pbkdf2_sha512",
        "pbkdf2_sha256",
        "sha512_crypt",
        "sha256_crypt",
    ] {
        let name = scheme.replace('_', "");
        logs_in(&site, &name, &format!("{scheme} battery staple")).await?;
    }
    // Every other one is confirmed, and logs in by the address, too.
    let argon2 = account(&site, "argon2@example.com").await?;
    assert_eq!(
        (&*argon2.name, argon2.roles()),
        ("argon2", &["editor".to_owned()][..])
    );
    let confirmed_at = argon2.email_confirmed_at.context("it is confirmed")?;
    assert_eq!(confirmed_at.as_millis(), 1_709_209_800_000);
    let bcrypt = account(&site, "bcrypt").await?;
    assert_eq!(bcrypt.email_confirmed_at, None);

    is_refused(&site, "bcrypt", "some battery staple").await?;
    is_refused(&site, "sleepy", "sleepy battery staple").await?;
    is_refused(&site, "nobody", "").await?;
    assert!(!account(&site, "sleepy").await?.is_active);

    twice_changes_nothing(&site, &import, 8).await?;
    drop(folder);
    Ok(())
}

#[tokio::test]
async fn users_of_django_log_in_with_their_passwords() -> anyhow::Result<()> {
    let file = SqliteFile::new()?;
    django(&file.url()).await?;
    let postgres = Postgres::start().await?;
    django(&postgres.database("shop").await?).await
}

async fn django(url: &str) -> anyhow::Result<()> {
    make("django_users.py", &[url]).await?;
    let site = Site::start().await?;
    let import = ["import", url, "--administrator", "is_superuser"];
    let done = json(&site, &import).await?;
    assert_eq!((&done["added"], &done["skipped"]), (&11.into(), &0.into()));
    for scheme in [
        "pbkdf2_sha256",
        "pbkdf2_sha1",
        "argon2",
        "bcrypt_sha256",
        "bcrypt",
        "scrypt",
        "default",
        "root",
    ] {
        logs_in(&site, scheme, &format!("{scheme} battery staple")).await?;
    }
    assert_eq!(account(&site, "root").await?.roles(), ["administrator"]);
    assert_eq!(account(&site, "argon2").await?.roles(), ["editors"]);
    assert_eq!(account(&site, "scrypt").await?.roles(), [""; 0]);
    // Its name was its address, which nobody confirmed.
    assert_eq!(done["address_only"], 1);
    logs_in(&site, "ada", "ada battery staple").await?;
    is_refused(&site, "scrypt", "some battery staple").await?;
    is_refused(&site, "sleepy", "sleepy battery staple").await?;
    is_refused(&site, "unusable", "!").await?;

    // Who has no password gets one by a link.
    let link = site.password_link("unusable").await?;
    assert!(link.contains("token="), "{link}");
    twice_changes_nothing(&site, &import, 11).await
}

#[tokio::test]
async fn users_of_a_table_of_ones_own_log_in_with_their_passwords() -> anyhow::Result<()> {
    let file = SqliteFile::new()?;
    own_table(&file.url()).await?;
    let postgres = Postgres::start().await?;
    own_table(&driver_named(&postgres.database("shop").await?)).await
}

async fn own_table(url: &str) -> anyhow::Result<()> {
    make("sqlalchemy_users.py", &[url]).await?;
    let site = Site::start().await?;
    let done = json(&site, &["import", url]).await?;
    assert_eq!((&done["added"], &done["inactive"]), (&7.into(), &1.into()));
    for name in [
        "scrypt",
        "pbkdf2",
        "pbkdf2sha512",
        "bcrypt",
        "argon2",
        "用户",
    ] {
        logs_in(&site, name, &format!("{name} battery staple")).await?;
    }
    twice_changes_nothing(&site, &["import", url], 7).await
}

#[tokio::test]
async fn a_database_far_away_is_read_over_tls() -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.database("shop").await?;
    make("sqlalchemy_users.py", &[&driver_named(&url)]).await?;
    let site = Site::start().await?;
    let root = postgres.root();
    let verified = |url: &str| format!("{url}?sslmode=verify-full&sslrootcert={}", root.display());
    let done = json(&site, &["import", &verified(&url)]).await?;
    assert_eq!(done["added"], 7);

    // Nobody else's certificate counts.
    let stranger = format!("{url}?sslmode=verify-full");
    let ended = command(&site, &["import", &stranger]).run_to_end().await?;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
    assert!(
        ended.output.contains("the source can't be read"),
        "{}",
        ended.output
    );
    Ok(())
}

/// Logs somebody in at the server, by a hash of elsewhere; and then he has one of this place, by which he logs in too.
async fn logs_in(site: &Site, name: &str, password: &str) -> anyhow::Result<()> {
    let before = account(site, name).await?;
    let old = before.password_hash().context("a hash")?.to_owned();
    for _ in 0..2 {
        let curl = Curl::new()?;
        let answer = site.try_to_log_in(&curl, name, password).await?;
        ensure!(
            answer.status == 303,
            "{name}: {}: {}",
            answer.status,
            answer.body
        );
        ensure!(site.is_logged_in(&curl).await?, "{name}");
        let account = account(site, name).await?;
        let hash = account.password_hash().context("a hash")?;
        ensure!(
            hash != old && hash.starts_with("$argon2id$v=19$m=19456,"),
            "{name}: {hash}"
        );
    }
    Ok(())
}

async fn is_refused(site: &Site, name: &str, password: &str) -> anyhow::Result<()> {
    let answer = site.try_to_log_in(&Curl::new()?, name, password).await?;
    ensure!(
        answer.status == 401 || answer.status == 422,
        "{name}: {}",
        answer.status
    );
    Ok(())
}

/// Runs an import again: nothing changes, also not what changed here since.
async fn twice_changes_nothing(site: &Site, import: &[&str], users: u64) -> anyhow::Result<()> {
    let before = run(site, &["user", "list", "--limit", "1000"]).await?;
    let again = json(site, import).await?;
    assert_eq!(
        (&again["added"], &again["added_before"]),
        (&0.into(), &users.into())
    );
    assert_eq!(
        run(site, &["user", "list", "--limit", "1000"]).await?,
        before
    );
    let events = run(site, &["audit", "--kind", "imported"]).await?;
    assert_eq!(events.matches("imported").count(), 1, "{events}");
    Ok(())
}

async fn everybody(site: &Site) -> anyhow::Result<u64> {
    let list: Value = json(site, &["user", "list"]).await?;
    list["total"].as_u64().context("a number")
}

async fn account(site: &Site, name: &str) -> anyhow::Result<Account> {
    let found = site.accounts().await?.find_by_name(name).await?;
    found.with_context(|| name.to_owned())
}

/// Has a framework make a database with users.
async fn make(script: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("python")
        .join(script);
    let mut python = Command::new(python_environment("import")?.join("bin/python"));
    let output = python.arg(&script).args(arguments).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", script.display());
    Ok(())
}

/// As SQLAlchemy's users write it.
fn driver_named(url: &str) -> String {
    url.replacen("postgresql:", "postgresql+psycopg2:", 1)
}

fn file_with(text: &str) -> anyhow::Result<(TempDir, String)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("secret");
    std::fs::write(&file, text)?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, mode)?;
    }
    Ok((folder, file.to_string_lossy().into_owned()))
}

/// Where a database of SQLite can be made.
struct SqliteFile {
    _folder: TempDir,
    path: PathBuf,
}

impl SqliteFile {
    fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("app.db");
        Ok(Self {
            _folder: folder,
            path,
        })
    }

    fn url(&self) -> String {
        format!("sqlite:///{}", self.path.display())
    }
}

const SALT: &str = "a salt of a test";
