//! The quickstart as its visitors see it: the program is started and asked over HTTP.

use countersign_interop::{Answer, Curl, Server};

#[tokio::test]
async fn alice_logs_in_sees_the_protected_page_and_logs_out() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;

    let sent_away = curl.get(&server.at("/protected")).await?;
    assert_eq!(sent_away.status, 401, "who does not want HTML gets no page");
    let sent_away = curl.browse(&server.at("/protected")).await?;
    assert_eq!(sent_away.status, 303);
    let login = sent_away.header("location").expect("the login view");
    assert_eq!(login, "/login?next=%2Fprotected");
    let form = curl.get(&server.at(login)).await?;
    assert!(form.body.contains(r#"<p role="alert" hidden>"#));

    let welcome = log_in(&curl, &server.at(login), "rabbit").await?;
    assert_eq!(welcome.status, 303);
    assert_eq!(welcome.header("location"), Some("/protected"));
    let cookie = welcome.header("set-cookie").expect("a session cookie");
    assert!(cookie.contains("HttpOnly") && !cookie.contains("Max-Age"));

    let stolen = curl.copy()?;
    let protected = curl.get(&server.at("/protected")).await?;
    assert_eq!(protected.status, 200);
    assert!(protected.body.contains("Hello, alice!"));

    let bye = curl.post(&server.at("/logout"), &[]).await?;
    assert_eq!((bye.status, bye.header("location")), (303, Some("/login")));
    assert_eq!(curl.get(&server.at("/protected")).await?.status, 401);
    assert_eq!(stolen.get(&server.at("/protected")).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_told_and_logs_nobody_in() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    for (name, password) in [("alice", "hare"), ("nobody", "rabbit")] {
        let fields = [("username", name), ("password", password)];
        let page = curl.post(&server.at("/login"), &fields).await?;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(r#"<p role="alert" >Wrong name"#));
        assert_eq!(page.header("set-cookie"), None);
    }
    Ok(())
}

#[tokio::test]
async fn a_login_can_be_remembered_and_leads_nowhere_else() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    let fields = [
        ("username", "alice"),
        ("password", "rabbit"),
        ("remember", "on"),
    ];
    let login = server.at("/login?next=https://evil.example/");
    let welcome = curl.post(&login, &fields).await?;
    assert_eq!(welcome.header("location"), Some("/protected"));
    let cookie = welcome.header("set-cookie").expect("a session cookie");
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_site_cannot_log_in_or_out() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    log_in(&curl, &server.at("/login"), "rabbit").await?;
    let logout = server.at("/logout");
    let forged = [
        "--request",
        "POST",
        "--header",
        "Sec-Fetch-Site: cross-site",
    ];
    let refused = curl.run(&[&forged[..], &[&logout]].concat()).await?;
    assert_eq!(refused.status, 403);
    assert_eq!(curl.get(&server.at("/protected")).await?.status, 200);
    Ok(())
}

#[test]
fn it_is_as_short_as_the_readme_says() {
    let lines = include_str!("../src/main.rs").lines();
    let count = lines.filter(|line| !line.trim().is_empty()).count();
    assert!(count <= 40, "{count} lines");
}

async fn start() -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_quickstart"))
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await
}

async fn log_in(curl: &Curl, url: &str, password: &str) -> anyhow::Result<Answer> {
    let fields = [("username", "alice"), ("password", password)];
    curl.post(url, &fields).await
}
