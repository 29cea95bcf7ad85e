//! The application in Rust alone: what needs no Flask to be shown.

use countersign_interop::{Answer, Curl, Server};

#[tokio::test]
async fn a_login_that_flask_made_is_one_here() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder)
        .variable("TWIN_PERMANENT_SECONDS", "3000000000")
        .start()
        .await?;
    let cookie = format!("Cookie: session={SESSION_OF_FLASK}");
    let url = server.at("/whoami");
    let answer = Curl::new()?.run(&["--header", &cookie, &url]).await?;
    assert_eq!(
        answer.body,
        "{\"authenticated\":true,\"fresh\":true,\"remembered\":false,\"user_id\":\"1\"}\n"
    );
    Ok(())
}

#[tokio::test]
async fn a_login_from_its_beginning_to_its_end() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder).start().await?;
    let curl = Curl::new()?;

    let denied = curl.get(&server.at("/protected")).await?;
    let login = denied.header("location").expect("the login view");
    assert_eq!((denied.status, login), (302, "/login?next=%2Fprotected"));
    let page = curl.get(&server.at(login)).await?.body;
    assert!(
        page.contains("Please log in to access this page."),
        "{page}"
    );

    assert_eq!(
        log_in(&curl, &server, login, "alice", "wrong")
            .await?
            .status,
        401
    );
    assert_eq!(
        log_in(&curl, &server, login, "inactive", "sleepy")
            .await?
            .status,
        403
    );
    let back = log_in(&curl, &server, login, "alice", "wonderland").await?;
    assert_eq!(
        (back.status, back.header("location")),
        (302, Some("/protected"))
    );
    assert_eq!(
        curl.get(&server.at("/protected")).await?.body,
        "You are logged in."
    );

    curl.post(&server.at("/logout"), &[]).await?;
    assert_eq!(curl.get(&server.at("/protected")).await?.status, 302);
    Ok(())
}

fn start(folder: &tempfile::TempDir) -> countersign_interop::ServerBuilder {
    Server::file(env!("CARGO_BIN_EXE_from-flask"))
        .variable("TWIN_PORT", "0")
        .variable("TWIN_SECRET_KEY", "9f2c4e6a8b0d1f3e5c7a9b8d6f4e2c1a")
        .variable("TWIN_PROTECTION", "none")
        .variable("TWIN_DB", folder.path().join("twin.db"))
}

async fn log_in(
    curl: &Curl,
    server: &Server,
    path: &str,
    username: &str,
    password: &str,
) -> anyhow::Result<Answer> {
    let fields = [("username", username), ("password", password)];
    curl.post(&server.at(path), &fields).await
}

/// Made by Flask 3.1.3 in November 2026: `session["_user_id"] = "1"; session["_fresh"] = True`.
const SESSION_OF_FLASK: &str =
    "eyJfdXNlcl9pZCI6IjEiLCJfZnJlc2giOnRydWV9.awSdSA.4H4R1LLbuqzMbGN8A9DGiL4MAnw";
