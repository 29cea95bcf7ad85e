//! The service with sessions that Flask wrote: the program is started and asked over HTTP.

use std::path::Path;

use countersign::clock::{Clock as _, SystemClock};
use countersign::flask::{Dict, UrlSafeTimedSerializer, Value};
use countersign::secret::SecretKey;
use countersign_interop::{Answer, Curl, Server};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

#[tokio::test]
async fn who_is_logged_in_at_flask_sees_the_page_and_what_flask_keeps_for_him() -> anyhow::Result<()>
{
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let ada = [("_user_id", "1".into()), ("theme", "dark".into())];
    let page = ask(&server, &session(ada)?).await?;
    assert_eq!(page.body, "ada@example.com, dark, visit 1");

    let cookie = page.header("set-cookie").unwrap_or_default();
    assert!(cookie.starts_with("session=") && cookie.contains("HttpOnly"));
    let written = cookie.trim_start_matches("session=");
    let written = written.split(';').next().unwrap_or_default();
    let page = ask(&server, written).await?;
    assert_eq!(page.body, "ada@example.com, dark, visit 2");
    Ok(())
}

#[tokio::test]
async fn others_are_sent_to_flasks_login_page() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let sleepy = session([("_user_id", "2".into())])?;
    let nobody = session([("_user_id", "3".into())])?;
    for cookie in ["", "forged", &sleepy, &nobody] {
        let page = ask(&server, cookie).await?;
        assert_eq!(page.status, 303);
        assert_eq!(page.header("location"), Some("/login?next=%2Freports"));
    }
    Ok(())
}

async fn start(folder: &Path) -> anyhow::Result<Server> {
    let file = folder.join("app.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    pool.close().await;
    Server::file(env!("CARGO_BIN_EXE_beside-flask"))
        .variable("DATABASE", file)
        .variable("SECRET_KEY", KEY)
        .variable("PUBLIC_URL", "http://localhost")
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await
}

async fn ask(server: &Server, session: &str) -> anyhow::Result<Answer> {
    let cookie = format!("Cookie: session={session}");
    let url = server.at("/reports");
    let accept = "Accept: text/html";
    Curl::new()?.run(&["-H", &cookie, "-H", accept, &url]).await
}

fn session<const N: usize>(values: [(&str, Value); N]) -> anyhow::Result<String> {
    let values: Dict = values.into_iter().collect();
    let serializer = UrlSafeTimedSerializer::flask_session(&SecretKey::new(KEY)?);
    Ok(serializer.dumps(&values.into(), SystemClock::new().now())?)
}

const KEY: &str = "c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1";

const TABLE: &str = "
    CREATE TABLE user (id INTEGER PRIMARY KEY, email VARCHAR, password VARCHAR, active BOOLEAN);
    INSERT INTO user VALUES (1, 'ada@example.com', '', TRUE), (2, 'sleepy@example.com', '', FALSE)";
