//! The accounts as their owners see them: the program is started and asked over HTTP.

use std::path::Path;

use countersign_interop::{Answer, Curl, Server};

#[tokio::test]
async fn an_account_from_its_registration_to_its_logout() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let curl = Curl::new()?;

    let welcome = register(&curl, &server, " Ada ", PASSWORD).await?;
    assert_eq!(
        (welcome.status, welcome.header("location")),
        (303, Some("/"))
    );
    let home = curl.get(&server.at("/")).await?.body;
    assert!(home.contains("Hello, ada!") && home.contains("Welcome!"));
    let again = curl.get(&server.at("/")).await?.body;
    assert!(!again.contains("Welcome!"), "a message is shown once");

    let stolen = curl.copy()?;
    curl.post(&server.at("/logout"), &[]).await?;
    for curl in [&curl, &stolen] {
        let home = curl.get(&server.at("/")).await?.body;
        assert!(home.contains("Hello, stranger!"));
    }
    let login = log_in(&curl, &server, "ADA", PASSWORD).await?;
    assert_eq!(login.status, 303);
    assert!(
        curl.get(&server.at("/"))
            .await?
            .body
            .contains("Hello, ada!")
    );
    Ok(())
}

#[tokio::test]
async fn a_remembered_login_outlives_the_program() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let curl = Curl::new()?;
    let server = start(folder.path()).await?;
    register(&curl, &server, "ada", PASSWORD).await?;
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let login = curl.post(&server.at("/login"), &fields).await?;
    let cookies: Vec<_> = login.headers_named("set-cookie").collect();
    assert!(
        cookies
            .iter()
            .any(|cookie| cookie.starts_with("countersign=") && cookie.contains("Max-Age=2592000")),
        "{cookies:?}"
    );
    drop(server);

    // It listens elsewhere now; the cookie jar knows hosts, not ports.
    let server = start(folder.path()).await?;
    assert!(
        curl.get(&server.at("/"))
            .await?
            .body
            .contains("Hello, ada!")
    );
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_taken_logs_nobody_in() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    register(&Curl::new()?, &server, "ada", PASSWORD).await?;

    let curl = Curl::new()?;
    let refused = register(&curl, &server, "Ada", PASSWORD).await?;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("This name is taken."));
    assert_eq!(refused.header("set-cookie"), None);
    assert!(curl.get(&server.at("/")).await?.body.contains("stranger"));
    Ok(())
}

#[tokio::test]
async fn weak_passwords_and_strange_names_are_refused_with_a_sentence() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let curl = Curl::new()?;
    let cases = [
        ("ada", "short", "at least 15"),
        ("ada", "passwordpassword", "attackers try first"),
        (
            "ada.lovelace.1815",
            "ada.lovelace.1815",
            "made of your name",
        ),
        ("<b>ada</b>", PASSWORD, "plain letters"),
        ("", PASSWORD, "plain letters"),
    ];
    for (name, password, sentence) in cases {
        let refused = register(&curl, &server, name, password).await?;
        assert_eq!(refused.status, 422, "{name} {password}");
        assert!(refused.body.contains(sentence), "{}", refused.body);
        assert!(!refused.body.contains("<b>"), "{}", refused.body);
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_looks_like_an_unknown_name() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    register(&Curl::new()?, &server, "ada", PASSWORD).await?;
    let curl = Curl::new()?;
    let wrong = log_in(&curl, &server, "ada", "wrong").await?;
    let unknown = log_in(&curl, &server, "eve", "wrong").await?;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(wrong.body.replace("ada", "eve"), unknown.body);
    Ok(())
}

#[tokio::test]
async fn a_new_password_ends_all_other_logins() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let (here, elsewhere) = (Curl::new()?, Curl::new()?);
    register(&here, &server, "ada", PASSWORD).await?;
    log_in(&elsewhere, &server, "ada", PASSWORD).await?;
    let before = here.copy()?;

    let wrong = change(&here, &server, "not it", NEW_PASSWORD).await?;
    assert!(wrong.body.contains("This is not your password."));
    let weak = change(&here, &server, PASSWORD, "short").await?;
    assert!(weak.body.contains("at least 15"));
    let changed = change(&here, &server, PASSWORD, NEW_PASSWORD).await?;
    assert_eq!(changed.status, 303, "{}", changed.body);

    let home = here.get(&server.at("/")).await?.body;
    assert!(home.contains("Hello, ada!") && home.contains("Your password is changed."));
    for other in [&elsewhere, &before] {
        assert!(other.get(&server.at("/")).await?.body.contains("stranger"));
    }
    assert_eq!(
        log_in(&elsewhere, &server, "ada", PASSWORD).await?.status,
        422
    );
    assert_eq!(
        log_in(&elsewhere, &server, "ada", NEW_PASSWORD)
            .await?
            .status,
        303
    );
    Ok(())
}

#[tokio::test]
async fn strangers_are_sent_to_log_in_and_back() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let curl = Curl::new()?;
    register(&Curl::new()?, &server, "ada", PASSWORD).await?;

    let sent_away = curl.browse(&server.at("/password")).await?;
    let login = sent_away.header("location").expect("the login view");
    assert_eq!(login, "/login?next=%2Fpassword");
    let form = curl.get(&server.at(login)).await?;
    assert!(form.body.contains("Please log in to access this page."));
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let back = curl.post(&server.at(login), &fields).await?;
    assert_eq!(back.header("location"), Some("/password"));
    Ok(())
}

async fn start(folder: &Path) -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_own-user-table"))
        .variable("LISTEN", "127.0.0.1:0")
        .variable("DATABASE", folder.join("data/users.db"))
        .start()
        .await
}

async fn register(
    curl: &Curl,
    server: &Server,
    name: &str,
    password: &str,
) -> anyhow::Result<Answer> {
    let fields = [("username", name), ("password", password)];
    curl.post(&server.at("/register"), &fields).await
}

async fn log_in(
    curl: &Curl,
    server: &Server,
    name: &str,
    password: &str,
) -> anyhow::Result<Answer> {
    let fields = [("username", name), ("password", password)];
    curl.post(&server.at("/login"), &fields).await
}

async fn change(curl: &Curl, server: &Server, now: &str, new: &str) -> anyhow::Result<Answer> {
    let fields = [("current_password", now), ("new_password", new)];
    curl.post(&server.at("/password"), &fields).await
}

const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "wrong cow power supply pin";
