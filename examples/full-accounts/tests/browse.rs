//! The application as its visitors see it: the program is started and asked over HTTP.

use countersign_interop::{Curl, Server};

#[tokio::test]
async fn somebody_registers_on_the_way_to_a_protected_page() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder).await?;
    let curl = Curl::new()?;

    let sent_away = curl.browse(&server.at("/reports")).await?;
    assert_eq!(sent_away.header("location"), Some("/login?next=%2Freports"));
    let login = curl.browse(&server.at("/login?next=%2Freports")).await?;
    assert!(login.body.contains("href=\"/register?next=&#x2f;reports\""));
    let fields = [("username", "Ada"), ("password", PASSWORD)];
    let welcome = curl
        .post(&server.at("/register?next=%2Freports"), &fields)
        .await?;
    assert_eq!(
        (welcome.status, welcome.header("location")),
        (303, Some("/reports"))
    );
    let reports = curl.browse(&server.at("/reports")).await?.body;
    assert_eq!(reports, "Nobody but you sees this, Ada!");

    let sessions = curl.browse(&server.at("/account/sessions")).await?.body;
    assert_eq!(sessions.matches("name=\"session\"").count(), 1);
    curl.post(&server.at("/logout"), &[]).await?;
    assert_eq!(curl.browse(&server.at("/reports")).await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn accounts_and_logins_outlive_the_program() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder).await?;
    let curl = Curl::new()?;
    let fields = [("username", "Ada"), ("password", PASSWORD)];
    curl.post(&server.at("/register"), &fields).await?;
    drop(server);

    // It listens elsewhere now; the cookie jar knows hosts, not ports.
    let server = start(&folder).await?;
    let reports = curl.browse(&server.at("/reports")).await?.body;
    assert_eq!(reports, "Nobody but you sees this, Ada!");
    let again = Curl::new()?;
    let taken = again.post(&server.at("/register"), &fields).await?;
    assert_eq!((taken.status, taken.header("set-cookie")), (422, None));
    assert_eq!(again.post(&server.at("/login"), &fields).await?.status, 303);
    Ok(())
}

/// The promise of the documentation: no more than this.
#[test]
fn it_takes_at_most_25_lines() {
    let lines = include_str!("../src/main.rs").lines();
    assert!(lines.filter(|line| !line.trim().is_empty()).count() <= 25);
}

async fn start(folder: &tempfile::TempDir) -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_full-accounts"))
        .variable("LISTEN", "127.0.0.1:0")
        .folder(folder.path())
        .start()
        .await
}

const PASSWORD: &str = "correct horse battery staple";
