use axum::body::Body;
use axum::extract::ConnectInfo;
use countersign::accounts::AuditFilter;
use http_body_util::BodyExt as _;
use std::net::SocketAddr;
use tower::ServiceExt as _;

use super::{Office, system};
use crate::pages::log_in;

#[tokio::test]
async fn what_the_filter_finds_is_a_table() {
    let office = Office::open().await;
    let ada = office
        .app
        .browser()
        .with_header("user-agent", "=cmd|' /C calc'!A0, \"quoted\"");
    crate::pages::register(&ada, "ada", crate::pages::PASSWORD).await;
    let id = office.id("ada").await;
    let page = office
        .grace
        .get(&format!("/admin/audit.csv?account={id}"))
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        page.header("content-disposition"),
        "attachment; filename=\"audit-2023-11-14.csv\""
    );
    assert_eq!(
        (
            page.header("cache-control"),
            page.header("x-content-type-options")
        ),
        ("no-store", "nosniff")
    );

    let lines: Vec<_> = page.text.lines().collect();
    assert_eq!(
        lines[0],
        "id,at,kind,user,actor_kind,actor,address,user_agent,session,detail"
    );
    assert!(
        lines[1].contains(&format!(
            ",2023-11-14T22:13:20Z,registered,{id},anonymous,,127.0.0.1,"
        )),
        "{}",
        lines[1]
    );
    assert!(
        lines[1].contains("\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\""),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].contains(&format!(",logged_in,{id},account,{id},")),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3..], ["end,,,,,,,,,2 events"]);
}

#[tokio::test]
async fn what_the_filter_finds_is_json_line_by_line() {
    let office = Office::open().await;
    let page = office
        .grace
        .get("/admin/audit.jsonl?kind=role_granted")
        .await;
    assert_eq!(page.header("content-type"), "application/jsonl");
    assert_eq!(
        page.header("content-disposition"),
        "attachment; filename=\"audit-2023-11-14.jsonl\""
    );
    let lines: Vec<serde_json::Value> = page
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["detail"]),
        (&"role_granted".into(), &"administrator".into())
    );
    assert_eq!(lines[1], serde_json::json!({ "end": { "events": 1 } }));
}

#[tokio::test]
async fn all_of_a_long_audit_is_exported() {
    let office = Office::open().await;
    for number in 0..2_500 {
        let role = format!("role{number}");
        office
            .app
            .accounts
            .define_role(&role, ["read"], &system())
            .await
            .unwrap();
    }
    let page = office
        .grace
        .get("/admin/audit.jsonl?kind=role_defined")
        .await;
    let lines: Vec<_> = page.text.lines().collect();
    assert_eq!(lines.len(), 2_501);
    assert!(lines[0].contains("\"role0\"") && lines[2_499].contains("\"role2499\""));
    assert_eq!(lines[2_500], "{\"end\":{\"events\":2500}}");
}

#[tokio::test]
async fn an_export_that_fails_on_the_way_breaks_off() {
    let office = Office::open().await;
    for number in 0..1_500 {
        let role = format!("role{number}");
        office
            .app
            .accounts
            .define_role(&role, ["read"], &system())
            .await
            .unwrap();
    }
    let mut request = office
        .grace
        .request(http::Method::GET, "/admin/audit.csv")
        .body(Body::empty())
        .unwrap();
    let peer: SocketAddr = ([127, 0, 0, 1], 50_000).into();
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = office.app.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response.headers().get("content-length").is_none(),
        "nobody knows how long it gets"
    );
    let mut body = response.into_body();
    let mut text = String::new();
    for _ in 0..2 {
        let part = body.frame().await.unwrap().unwrap().into_data().unwrap();
        text.push_str(std::str::from_utf8(&part).unwrap());
    }
    assert_eq!(
        text.lines().count(),
        1_001,
        "the names of the columns, and as much as is read at a time"
    );
    office.app.accounts.pool().close().await;
    let broken = loop {
        match body.frame().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    assert!(broken.is_some(), "a body that ends well is a whole one");
    assert!(!text.contains("\nend,"));
}

#[tokio::test]
async fn an_export_holds_what_was_there_when_it_began() {
    let office = Office::open().await;
    let count = office
        .app
        .accounts
        .audit(AuditFilter::default())
        .await
        .unwrap()
        .len();
    log_in(&office.app.browser(), "grace", crate::pages::PASSWORD).await;
    let page = office.grace.get("/admin/audit.jsonl").await;
    let end = format!("{{\"end\":{{\"events\":{}}}}}", count + 1);
    assert_eq!(page.text.lines().last(), Some(&*end));
}
