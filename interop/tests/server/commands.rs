//! Commands beside a server that runs on the same database: it knows of what they do with its next request.

use anyhow::Context as _;
use countersign_interop::{Curl, Ended, Server};
use serde_json::Value;
use tokio::process::Command;

use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn whose_session_is_ended_is_a_stranger_with_the_next_request() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let here = site.register("Ada").await?;
    let there = site.log_in("Ada").await?;
    let other = site.register("Bob").await?;

    let sessions = json(&site, &["sessions", "list", "Ada"]).await?;
    let sessions = sessions["sessions"].as_array().context("a list")?.clone();
    assert_eq!(sessions.len(), 2);
    // The last used first.
    let id = sessions[0]["id"].as_str().context("an id")?;
    run(&site, &["sessions", "end", id]).await?;
    assert!(!site.is_logged_in(&there).await?);
    assert!(site.is_logged_in(&here).await?);

    run(&site, &["sessions", "end", "--user", "ADA"]).await?;
    assert!(!site.is_logged_in(&here).await?);
    assert!(site.is_logged_in(&other).await?);

    run(&site, &["sessions", "end", "--all", "--yes"]).await?;
    assert!(!site.is_logged_in(&other).await?);
    Ok(())
}

#[tokio::test]
async fn who_is_disabled_is_out_and_stays_out_until_he_is_enabled() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    run(&site, &["user", "disable", "Ada"]).await?;
    assert!(!site.is_logged_in(&ada).await?);
    let refused = site.try_to_log_in(&ada, "Ada", PASSWORD).await?;
    assert_eq!(refused.status, 401);

    run(&site, &["user", "enable", "Ada"]).await?;
    let ada = site.log_in("Ada").await?;
    assert!(site.is_logged_in(&ada).await?);

    run(&site, &["user", "delete", "Ada", "--yes"]).await?;
    assert!(!site.is_logged_in(&ada).await?);
    // And somebody else can have the name.
    site.register("Ada").await?;
    Ok(())
}

#[tokio::test]
async fn a_password_that_was_set_counts_at_once_and_the_old_one_no_more() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let new = "another battery staple horse";
    let passwd = command(&site, &["user", "passwd", "Ada", "--password-stdin"]);
    succeeded(passwd.input(format!("{new}\n")).run_to_end().await?)?;
    assert!(!site.is_logged_in(&ada).await?);
    let refused = site.try_to_log_in(&ada, "Ada", PASSWORD).await?;
    assert_eq!(refused.status, 401);
    let welcome = site.try_to_log_in(&ada, "Ada", new).await?;
    assert_eq!(welcome.status, 303);
    Ok(())
}

#[tokio::test]
async fn who_is_unlocked_may_try_again_at_once() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let curl = Curl::new()?;
    let mut tries = 0;
    while site.try_to_log_in(&curl, "Ada", "a guess").await?.status != 429 {
        tries += 1;
        assert!(tries < 100, "nobody is throttled");
    }
    let refused = site.try_to_log_in(&curl, "Ada", PASSWORD).await?;
    assert_eq!(refused.status, 429);
    run(&site, &["user", "unlock", "Ada"]).await?;
    site.log_in("Ada").await?;
    Ok(())
}

#[tokio::test]
async fn whoever_has_the_administrators_link_becomes_one_although_registration_is_closed()
-> anyhow::Result<()> {
    let site = Site::start_with(&["--registration", "closed"]).await?;
    let invited = json(&site, &["admin", "invite"]).await?;
    let link = invited["link"].as_str().context("a link")?;
    let (_, token) = link.split_once("token=").context("a token")?;
    let curl = Curl::new()?;
    let fields = [
        ("username", "Ada"),
        ("password", PASSWORD),
        ("invitation", token),
    ];
    let answer = curl.post(&site.at("/register"), &fields).await?;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let shown = json(&site, &["user", "show", "Ada"]).await?;
    assert_eq!(shown["roles"], serde_json::json!(["administrator"]));
    assert_eq!(shown["sessions"], 1);

    run(&site, &["user", "role", "revoke", "Ada", "administrator"]).await?;
    assert!(site.is_logged_in(&curl).await?);
    let again = curl.post(&site.at("/register"), &fields).await?;
    assert_eq!(again.status, 403, "an invitation counts once");
    Ok(())
}

#[tokio::test]
async fn a_server_without_a_terminal_prints_no_link() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let output = site.server.output();
    assert!(output.contains("countersign admin invite"), "{output}");
    assert!(!output.contains("token="), "{output}");
    Ok(())
}

#[tokio::test]
async fn a_copy_is_made_while_the_server_writes() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let folder = tempfile::tempdir()?;
    let writing = async {
        for _ in 0..5 {
            site.log_in("Ada").await?;
        }
        anyhow::Ok(())
    };
    let copy = folder.path().join("countersign.db");
    let copy = copy.to_str().context("a path")?;
    let backup = ["backup", copy];
    tokio::try_join!(writing, run(&site, &backup))?;
    assert!(site.is_logged_in(&ada).await?);

    let restored = Site::start_again(folder).await?;
    assert!(restored.is_logged_in(&ada).await?, "the session was in it");
    Ok(())
}

#[tokio::test]
async fn completions_and_manual_pages_can_be_read() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let pages = tempfile::tempdir()?;
    let folder = pages.path().to_str().context("a path")?;
    succeeded(program(&["man", folder]).run_to_end().await?)?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(pages.path())? {
        let page = entry?.path();
        names.push(
            page.file_name()
                .context("a name")?
                .to_string_lossy()
                .into_owned(),
        );
        let lint = Command::new("mandoc")
            .args(["-T", "lint", "-W", "error"])
            .arg(&page)
            .output()
            .await
            .context("mandoc did not start; `cargo xtask test` installs it")?;
        let complaint = String::from_utf8_lossy(&lint.stdout);
        assert!(lint.status.success(), "{complaint}");
    }
    for name in [
        "countersign.1",
        "countersign-user-add.1",
        "countersign-backup.1",
    ] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }

    let script = succeeded(program(&["completions", "bash"]).run_to_end().await?)?;
    let file = site.data.path().join("completions");
    std::fs::write(&file, &script)?;
    let check = Command::new("bash").arg("-n").arg(&file).output().await;
    let check = check.context("bash did not start; `cargo xtask test` installs it")?;
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stderr)
    );
    assert!(script.contains("--password-stdin"), "{script}");
    Ok(())
}

fn program(arguments: &[&str]) -> countersign_interop::ServerBuilder {
    let program = Server::program("countersign");
    arguments
        .iter()
        .fold(program, |program, argument| program.argument(argument))
}

/// A command that works on the data of a site.
pub(crate) fn command(site: &Site, arguments: &[&str]) -> countersign_interop::ServerBuilder {
    program(arguments)
        .argument("--data")
        .argument(site.data.path())
}

pub(crate) async fn run(site: &Site, arguments: &[&str]) -> anyhow::Result<String> {
    succeeded(command(site, arguments).run_to_end().await?)
}

pub(crate) async fn json(site: &Site, arguments: &[&str]) -> anyhow::Result<Value> {
    let printed = command(site, arguments).argument("--json").run_to_end();
    let printed = succeeded(printed.await?)?;
    // What it says beside its output stands behind or before that.
    let start = printed.find('{').context(printed.clone())?;
    let mut values = serde_json::Deserializer::from_str(&printed[start..]).into_iter();
    Ok(values.next().context("an object")??)
}

fn succeeded(ended: Ended) -> anyhow::Result<String> {
    anyhow::ensure!(ended.status.success(), "{}: {}", ended.status, ended.output);
    Ok(ended.output)
}
