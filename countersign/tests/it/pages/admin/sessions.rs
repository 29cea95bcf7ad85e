use countersign::accounts::AuditKind;
use serde_json::json;

use super::{Office, assert_said, get_json, post_json};
use crate::pages::who;

#[tokio::test]
async fn everybodys_sessions_are_listed_and_ended() {
    let office = Office::open().await;
    let ada = office.app.registered("ada").await;
    let id = office.id("ada").await;
    let page = office.grace.get("/admin/sessions").await;
    assert!(page.text.contains("2 sessions"), "{}", page.text);
    assert!(page.text.contains("<bdi>ada</bdi>") && page.text.matches("this one").count() == 1);

    let (status, list) = get_json(&office.grace, "/admin/sessions").await;
    assert_eq!((status, &list["total"]), (200, &json!(2)));
    let sessions = list["sessions"].as_array().unwrap();
    let of_ada = sessions
        .iter()
        .find(|session| session["name"] == "ada")
        .unwrap();
    assert_eq!(
        (&of_ada["user"], &of_ada["is_current"]),
        (&json!(id.to_string()), &json!(false))
    );

    let session = of_ada["id"].as_str().unwrap();
    let fields = [("user", &*id.to_string()), ("session", session)];
    let ended = office.grace.post("/admin/sessions/end", &fields).await;
    assert_said(
        &office.grace,
        &ended,
        "/admin/sessions",
        "The session is ended.",
    )
    .await;
    office
        .assert_grace_did(AuditKind::SessionEnded, Some(id))
        .await;
    assert_eq!(who(&ada).await, None);
    let ended = office.grace.post("/admin/sessions/end", &fields).await;
    assert_said(
        &office.grace,
        &ended,
        "/admin/sessions",
        "had ended already",
    )
    .await;
    for body in [
        json!({ "user": "x", "session": session }),
        json!({ "user": id.to_string(), "session": "x" }),
    ] {
        let (status, problem) = post_json(&office.grace, "/admin/sessions/end", body).await;
        assert_eq!((status, &problem["code"]), (404, &json!("no_such_session")));
    }
    let (status, problem) =
        post_json(&office.grace, "/admin/sessions/end", json!({ "user": 7 })).await;
    assert_eq!((status, &problem["code"]), (400, &json!("malformed")));
}

#[tokio::test]
async fn everybody_is_logged_out_once_the_administrator_typed_his_own_name() {
    let office = Office::open().await;
    let ada = office.app.registered("ada").await;
    for name in ["", "ada"] {
        let refused = office
            .grace
            .post("/admin/sessions/end-all", &[("name", name)])
            .await;
        assert_eq!(refused.status, 422);
        assert!(
            refused
                .text
                .contains("id=\"name-error\">This is not that name."),
            "{}",
            refused.text
        );
    }
    assert_eq!(who(&ada).await.as_deref(), Some("ada"));
    let out = office
        .grace
        .post("/admin/sessions/end-all", &[("name", "grace")])
        .await;
    assert_eq!((out.status.as_u16(), out.location()), (303, "/logged-out"));
    assert_eq!((who(&ada).await, who(&office.grace).await), (None, None));
    let events = office.events().await;
    let event = events
        .iter()
        .find(|event| event.kind == AuditKind::EverythingEnded);
    let grace = office.id("grace").await.to_string();
    let actor = countersign::accounts::Actor::Administrator(grace.into());
    assert_eq!(event.unwrap().actor, actor);
}

#[tokio::test]
async fn many_sessions_are_turned_page_by_page() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    for _ in 0..54 {
        office.app.logged_in("ada").await;
    }
    let (_, list) = get_json(&office.grace, "/admin/sessions").await;
    assert_eq!(
        (list["sessions"].as_array().unwrap().len(), &list["total"]),
        (50, &json!(56))
    );
    let next = list["next"].as_str().unwrap();
    let (_, list) = get_json(&office.grace, &format!("/admin/sessions?page={next}")).await;
    assert_eq!(
        (list["sessions"].as_array().unwrap().len(), &list["next"]),
        (6, &json!(null))
    );
    let page = office
        .grace
        .get(&format!("/admin/sessions?page={next}"))
        .await;
    assert!(page.text.contains("rel=\"prev\"") && !page.text.contains("rel=\"next\""));
}
