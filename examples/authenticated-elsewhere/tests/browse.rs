//! The application as its visitors see it: the program is started and asked over HTTP.

use countersign_interop::{Answer, Curl, Server};

#[tokio::test]
async fn whom_the_provider_vouches_for_is_logged_in_and_back_where_they_were() -> anyhow::Result<()>
{
    let server = start().await?;
    let curl = Curl::new()?;

    let sent_away = curl.browse(&server.at("/account")).await?;
    assert_eq!(location(&sent_away), "/login");
    let back = come_back_as(&curl, &server, &[("name", "Ada")]).await?;
    let welcome = curl.get(&server.at(&back)).await?;
    assert_eq!((welcome.status, location(&welcome)), (303, "/account"));
    let account = curl.get(&server.at("/account")).await?;
    assert!(account.body.contains("Ada is number 0 here, and user-ada"));

    curl.post(&server.at("/logout"), &[]).await?;
    assert_eq!(curl.get(&server.at("/account")).await?.status, 401);
    let back = come_back_as(&curl, &server, &[("name", "Ada")]).await?;
    let welcome = curl.get(&server.at(&back)).await?;
    assert_eq!(location(&welcome), "/", "the old next has done its work");
    let account = curl.get(&server.at("/account")).await?;
    assert!(account.body.contains("number 0"), "the same user again");
    Ok(())
}

#[tokio::test]
async fn an_answer_to_somebody_elses_question_logs_nobody_in() -> anyhow::Result<()> {
    let server = start().await?;
    let (attacker, victim) = (Curl::new()?, Curl::new()?);
    let link = come_back_as(&attacker, &server, &[("name", "Bob")]).await?;

    // With no login under way, and with one of the victim's own.
    assert_refused(&victim, &server, &link, "not begun here").await?;
    come_back_as(&victim, &server, &[("name", "Ada")]).await?;
    assert_refused(&victim, &server, &link, "not begun here").await?;
    let home = victim.get(&server.at("/")).await?;
    assert!(home.body.contains("Log in with the provider"));
    Ok(())
}

#[tokio::test]
async fn an_answer_serves_once() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    let back = come_back_as(&curl, &server, &[("name", "Ada")]).await?;
    assert_eq!(curl.get(&server.at(&back)).await?.status, 303);
    assert_refused(&curl, &server, &back, "not begun here").await?;

    // The state of a new login, and a code that was redeemed before.
    let code = back.split('&').next().expect("a code");
    let fresh = come_back_as(&curl, &server, &[("name", "Ada")]).await?;
    let (_, state) = fresh.split_once('&').expect("a state");
    assert_refused(&curl, &server, &format!("{code}&{state}"), "not vouch").await
}

#[tokio::test]
async fn who_thinks_better_of_it_is_told_how_to_try_again() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    let back = come_back_as(&curl, &server, &[]).await?;
    assert_refused(&curl, &server, &back, "Try again").await
}

async fn start() -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_authenticated-elsewhere"))
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await
}

/// Begins a login, chooses at the provider, and answers where the provider sends the browser then.
async fn come_back_as(
    curl: &Curl,
    server: &Server,
    choice: &[(&str, &str)],
) -> anyhow::Result<String> {
    let begun = curl.get(&server.at("/login")).await?;
    let (_, state) = location(&begun).split_once("state=").expect("a state");
    let fields = [&[("state", state)], choice].concat();
    let sent_back = curl.post(&server.at("/provider"), &fields).await?;
    Ok(location(&sent_back).to_owned())
}

async fn assert_refused(
    curl: &Curl,
    server: &Server,
    path: &str,
    sentence: &str,
) -> anyhow::Result<()> {
    let answer = curl.get(&server.at(path)).await?;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains(sentence), "{}", answer.body);
    Ok(())
}

fn location(answer: &Answer) -> &str {
    answer.header("location").expect("a redirect")
}
