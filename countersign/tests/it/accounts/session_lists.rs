//! Everybody's sessions, in one list.

use std::time::Duration;

use countersign::accounts::{Actor, AuditFilter, AuditKind, SessionQuery};

use super::logins::log_in;
use super::{Fixture, administrator};

#[tokio::test]
async fn live_sessions_of_everybody_are_listed_those_used_last_first() {
    let fixture = Fixture::new().await;
    let mut ids = Vec::new();
    for name in ["ada", "bob", "eve"] {
        ids.push(fixture.register(name).await.id);
    }
    let visitor = fixture.browser();
    visitor.get("/visit").await;
    let mut browsers = Vec::new();
    for name in ["ada", "bob", "ada", "eve", "ada"] {
        fixture.clock.advance(Duration::from_secs(1));
        let browser = fixture.browser();
        log_in(&browser, name).await;
        browsers.push(browser);
    }
    browsers[3].post("/logout", &[]).await;
    let accounts = &fixture.accounts;
    let all = accounts
        .list_sessions(&SessionQuery::default())
        .await
        .unwrap();
    let names: Vec<_> = all.sessions.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["ada", "ada", "bob", "ada"]);
    assert_eq!(all.total, 4);
    assert_eq!(all.sessions[2].account, ids[1]);
    assert!(all.previous.is_none() && all.next.is_none());
    let own = accounts.sessions(ids[1]).await.unwrap();
    assert_eq!(all.sessions[2].session, own[0]);

    // Who comes back moves to the front.
    fixture.clock.advance(Duration::from_secs(3_600));
    assert_eq!(browsers[1].get("/me").await.text, "bob");
    let now = accounts
        .list_sessions(&SessionQuery::default())
        .await
        .unwrap();
    assert_eq!(now.sessions[0].name, "bob");

    let of_ada = SessionQuery {
        account: Some(ids[0]),
        ..SessionQuery::default()
    };
    let page = accounts.list_sessions(&of_ada).await.unwrap();
    assert_eq!((page.sessions.len(), page.total), (3, 3));
    assert!(page.sessions.iter().all(|line| line.account == ids[0]));
    let of_eve = SessionQuery {
        account: Some(ids[2]),
        ..SessionQuery::default()
    };
    let page = accounts.list_sessions(&of_eve).await.unwrap();
    assert_eq!((page.sessions.len(), page.total), (0, 0));
    // All deadlines pass.
    fixture.clock.advance(Duration::from_secs(8 * 24 * 3_600));
    let over = accounts
        .list_sessions(&SessionQuery::default())
        .await
        .unwrap();
    assert_eq!((over.sessions.len(), over.total), (0, 0));
}

#[tokio::test]
async fn a_session_is_found_by_its_name_while_it_lives() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let mut owners = Vec::new();
    for name in ["ada", "bob"] {
        owners.push(fixture.register(name).await.id);
        log_in(&fixture.browser(), name).await;
    }
    let own = accounts.sessions(owners[0]).await.unwrap().remove(0);
    let found = accounts.find_session(own.id).await.unwrap().unwrap();
    assert_eq!((found.account, found.name.as_str()), (owners[0], "ada"));
    assert_eq!(found.session, own);

    let by = administrator();
    let ended = accounts.end_session(owners[0], own.id, &by);
    assert!(ended.await.unwrap());
    assert!(accounts.find_session(own.id).await.unwrap().is_none());
    let other = accounts.sessions(owners[1]).await.unwrap().remove(0);
    fixture.clock.advance(Duration::from_secs(8 * 24 * 3_600));
    assert!(accounts.find_session(other.id).await.unwrap().is_none());
}

#[tokio::test]
async fn pages_lead_through_all_sessions_and_back() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await.id;
    for number in 0..11 {
        log_in(&fixture.browser(), "ada").await;
        // Several of one moment: their ids decide.
        fixture.clock.advance(Duration::from_secs(number % 2));
    }
    for account in [None, Some(ada)] {
        let mut query = SessionQuery {
            account,
            ..SessionQuery::default()
        };
        let all = fixture.accounts.list_sessions(&query).await.unwrap();
        let all: Vec<_> = all.sessions.iter().map(|line| line.session.id).collect();
        assert_eq!(all.len(), 11);
        query.limit = 4;
        let mut forward = Vec::new();
        let mut last = loop {
            let page = fixture.accounts.list_sessions(&query).await.unwrap();
            forward.extend(page.sessions.iter().map(|line| line.session.id));
            match &page.next {
                Some(next) => query.page = Some(next.to_string().parse().unwrap()),
                None => break page,
            }
        };
        assert_eq!(forward, all);
        let mut backward: Vec<_> = last.sessions.iter().map(|line| line.session.id).collect();
        while let Some(previous) = last.previous {
            query.page = Some(previous);
            last = fixture.accounts.list_sessions(&query).await.unwrap();
            backward.splice(0..0, last.sessions.iter().map(|line| line.session.id));
        }
        assert_eq!(backward, all);
    }
}

#[tokio::test]
async fn all_sessions_of_everybody_end_at_once_and_it_is_written_down() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    fixture.register("bob").await;
    let browsers = [fixture.browser(), fixture.browser()];
    log_in(&browsers[0], "ada").await;
    log_in(&browsers[1], "bob").await;
    let visitor = fixture.browser();
    assert_eq!(visitor.get("/visit").await.text, "1");
    assert_eq!(visitor.get("/visit").await.text, "2");
    let accounts = &fixture.accounts;
    accounts.end_everything(&administrator()).await.unwrap();
    for browser in &browsers {
        assert_eq!(browser.get("/me").await.status, 303);
    }
    assert_eq!(visitor.get("/visit").await.text, "1");
    let page = accounts
        .list_sessions(&SessionQuery::default())
        .await
        .unwrap();
    assert_eq!((page.sessions.len(), page.total), (0, 0));
    let event = &accounts.audit(AuditFilter::default()).await.unwrap()[0];
    assert_eq!(
        (event.kind, event.account),
        (AuditKind::EverythingEnded, None)
    );
    assert!(matches!(&event.actor, Actor::Administrator(_)));
    log_in(&browsers[0], "ada").await;
    assert_eq!(browsers[0].get("/me").await.text, "ada");

    fixture.break_audit().await;
    assert!(accounts.end_everything(&administrator()).await.is_err());
    assert_eq!(browsers[0].get("/me").await.text, "ada");
}
