//! The application as its visitors see it: the program is started and asked over HTTP.

use countersign_interop::{Curl, Server};

#[tokio::test]
async fn a_hash_of_password_auth_logs_in_and_a_logout_ends_the_session() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::file(env!("CARGO_BIN_EXE_from-axum-login"))
        .variable("DATABASE", folder.path().join("users.db"))
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await?;
    let curl = Curl::new()?;

    let sent_away = curl.browse(&server.at("/")).await?;
    assert_eq!(sent_away.status, 303);
    assert_eq!(sent_away.header("location"), Some("/login?next=%2F"));

    let wrong = [("username", "alice"), ("password", "hare")];
    let page = curl.post(&server.at("/login"), &wrong).await?;
    assert_eq!((page.status, page.header("set-cookie")), (200, None));

    let right = [("username", "alice"), ("password", "rabbit")];
    let welcome = curl.post(&server.at("/login?next=%2F"), &right).await?;
    assert_eq!(
        (welcome.status, welcome.header("location")),
        (303, Some("/"))
    );
    let page = curl.get(&server.at("/")).await?;
    assert!(page.body.contains("Hello, alice!"), "{}", page.body);

    let stolen = curl.copy()?;
    let linked = curl.get(&server.at("/logout")).await?;
    assert_eq!(linked.status, 405, "a link logs nobody out");
    curl.post(&server.at("/logout"), &[]).await?;
    for curl in [&curl, &stolen] {
        assert_eq!(curl.get(&server.at("/")).await?.status, 401);
    }
    Ok(())
}
