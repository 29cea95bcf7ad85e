//! The two areas as their visitors see them: the program is started and asked over HTTP.

use countersign_interop::{Answer, Curl, Server};

#[tokio::test]
async fn each_area_sends_strangers_to_its_own_login_view() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    for (page, view) in [
        ("/staff", "/staff/login?next=%2Fstaff"),
        ("/shop", "/shop/login?next=%2Fshop"),
    ] {
        let sent_away = curl.browse(&server.at(page)).await?;
        assert_eq!(
            (sent_away.status, sent_away.header("location")),
            (303, Some(view))
        );
        assert_eq!(curl.get(&server.at(view)).await?.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_login_in_one_area_opens_nothing_in_the_other() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    let welcome = log_in(&curl, &server, "/staff", ALICE).await?;
    assert_eq!(
        (welcome.status, welcome.header("location")),
        (303, Some("/staff"))
    );
    assert!(session_cookie(&welcome).starts_with("staff="));
    let home = curl.get(&server.at("/staff")).await?;
    assert!(home.body.contains("Hello, alice! This is /staff."));
    assert_eq!(curl.get(&server.at("/shop")).await?.status, 401);

    // Nor do the names and passwords of the one, or its cookie under the other's name.
    assert_eq!(log_in(&curl, &server, "/shop", ALICE).await?.status, 200);
    assert_eq!(curl.get(&server.at("/shop")).await?.status, 401);
    let token = session_cookie(&welcome).trim_start_matches("staff=");
    let header = format!("Cookie: shop={token}");
    let forged = Curl::new()?
        .run(&["--header", &header, &server.at("/shop")])
        .await?;
    assert_eq!(forged.status, 401);
    Ok(())
}

#[tokio::test]
async fn one_browser_is_logged_in_as_both_and_logs_out_one_by_one() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    log_in(&curl, &server, "/staff", ALICE).await?;
    log_in(&curl, &server, "/shop", BOB).await?;
    assert!(curl.get(&server.at("/staff")).await?.body.contains("alice"));
    assert!(curl.get(&server.at("/shop")).await?.body.contains("bob"));

    curl.post(&server.at("/staff/logout"), &[]).await?;
    assert_eq!(curl.get(&server.at("/staff")).await?.status, 401);
    assert_eq!(curl.get(&server.at("/shop")).await?.status, 200);
    Ok(())
}

async fn start() -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_two-user-types"))
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await
}

async fn log_in(
    curl: &Curl,
    server: &Server,
    area: &str,
    (name, password): (&str, &str),
) -> anyhow::Result<Answer> {
    let fields = [("username", name), ("password", password)];
    let url = server.at(&format!("{area}/login"));
    curl.post(&url, &fields).await
}

/// The name and the value of the session's cookie.
fn session_cookie(answer: &Answer) -> &str {
    let cookies = answer.headers_named("set-cookie");
    let mut pairs = cookies.map(|cookie| cookie.split(';').next().unwrap_or_default());
    pairs
        .find(|pair| pair.starts_with("staff=") || pair.starts_with("shop="))
        .expect("a session cookie")
}

const ALICE: (&str, &str) = ("alice", "rabbit");
const BOB: (&str, &str) = ("bob", "hatter");
