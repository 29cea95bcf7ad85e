use std::time::Duration;

use countersign::AuthUser as _;
use countersign::accounts::{ADMINISTRATOR, AuditKind};
use serde_json::json;

use super::{Office, assert_said, get_json, post_json, system};
use crate::pages::{PASSWORD, log_in, who};

const EVIL: &str = "<script>alert(1)</script>\" onmouseover=\"x";

#[tokio::test]
async fn a_user_has_a_page_with_all_that_is_known() {
    let office = Office::open().await;
    let ada = office.app.browser().with_header("user-agent", EVIL);
    crate::pages::register(&ada, "ada", PASSWORD).await;
    let id = office.id("ada").await;
    let accounts = &office.app.accounts;
    let _ = accounts
        .change_email(id, Some("ada@example.com"), &system())
        .await
        .unwrap();
    accounts
        .grant_role(id, "<b>=editor</b>", &system())
        .await
        .unwrap();
    log_in(&office.app.browser(), "ada", "a guess").await;

    let page = office.grace.get(&office.page_of("ada").await).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for words in [
        "<h1><bdi>ada</bdi></h1>",
        &id.to_string(),
        "<bdi>ada@example.com</bdi> (not confirmed)",
        "14 November 2023, 22:13 UTC",
        "<bdi>&lt;b&gt;=editor&lt;&#x2f;b&gt;</bdi>",
        "One failed attempt",
        "&lt;script&gt;alert(1)",
        "Account made",
        "by the system, <bdi>a test</bdi>",
        &format!("/admin/audit?account={id}"),
    ] {
        assert!(page.text.contains(words), "{words} in {}", page.text);
    }
    for inline in ["<script>alert", "\" onmouseover=", "<b>"] {
        assert!(!page.text.contains(inline), "{inline} in {}", page.text);
    }

    let (status, user) = get_json(&office.grace, &office.page_of("ada").await).await;
    assert_eq!(
        (status, &user["name"], &user["sessions"]),
        (200, &json!("ada"), &json!(1))
    );
    assert_eq!(
        (&user["email"], &user["email_confirmed"]),
        (&json!("ada@example.com"), &json!(false))
    );
    assert_eq!(user["places"][0]["user_agent"], EVIL);
    let history = user["history"].as_array().unwrap();
    assert!(history.iter().any(|line| line["failures"] == 1), "{user}");
    assert_eq!(
        (&user["audit"][0]["kind"], &user["audit"][0]["actor"]),
        (&json!("role_granted"), &json!("a test"))
    );
}

#[tokio::test]
async fn roles_are_given_and_taken_away() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    let (id, page) = (office.id("ada").await, office.page_of("ada").await);

    let given = office
        .act("ada", "grant-role", &[("role", " editor ")])
        .await;
    assert_said(&office.grace, &given, &page, "The role is given.").await;
    assert!(office.account("ada").await.has_role("editor"));
    office
        .assert_grace_did(AuditKind::RoleGranted, Some(id))
        .await;
    assert_eq!(office.last_event().await.detail.as_deref(), Some("editor"));
    let shown = office.grace.get(&page).await;
    assert!(
        shown.text.contains("<option value=\"editor\"></option>"),
        "roles that there are"
    );

    let taken = office
        .act("ada", "revoke-role", &[("role", "editor")])
        .await;
    assert_said(&office.grace, &taken, &page, "The role is taken away.").await;
    assert!(!office.account("ada").await.has_role("editor"));
    office
        .assert_grace_did(AuditKind::RoleRevoked, Some(id))
        .await;

    for role in ["", "two words", &"x".repeat(65)] {
        let refused = office.act("ada", "grant-role", &[("role", role)]).await;
        assert_eq!(refused.status, 422, "{role}");
        assert!(
            refused
                .text
                .contains("id=\"role-error\">The name of a role has"),
            "{}",
            refused.text
        );
        let (status, problem) = post_json(
            &office.grace,
            &format!("{page}/grant-role"),
            json!({ "role": role }),
        )
        .await;
        assert_eq!(
            (status, &problem["errors"][0]["code"]),
            (422, &json!("role_name"))
        );
    }
    let (status, _) = post_json(
        &office.grace,
        &format!("{page}/grant-role"),
        json!({ "role": "editor" }),
    )
    .await;
    assert_eq!(status, 204);
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_and_all_at_once() {
    let office = Office::open().await;
    let first = office.app.registered("ada").await;
    office.app.clock.advance(Duration::from_secs(1));
    let others = [
        office.app.logged_in("ada").await,
        office.app.logged_in("ada").await,
    ];
    let (id, page) = (office.id("ada").await, office.page_of("ada").await);
    let sessions = office.app.accounts.sessions(id).await.unwrap();
    let session = sessions[0].id.to_string();

    let ended = office
        .act("ada", "end-session", &[("session", &session)])
        .await;
    assert_said(&office.grace, &ended, &page, "The session is ended.").await;
    office
        .assert_grace_did(AuditKind::SessionEnded, Some(id))
        .await;
    assert_eq!(office.last_event().await.session, Some(sessions[0].id));
    assert_eq!(who(&first).await, None);
    for gone in [&*session, "no session"] {
        let ended = office.act("ada", "end-session", &[("session", gone)]).await;
        assert_said(
            &office.grace,
            &ended,
            &page,
            "That session had ended already.",
        )
        .await;
        let (status, problem) = post_json(
            &office.grace,
            &format!("{page}/end-session"),
            json!({ "session": gone }),
        )
        .await;
        assert_eq!((status, &problem["code"]), (404, &json!("no_such_session")));
    }
    let own = office
        .app
        .accounts
        .sessions(office.id("grace").await)
        .await
        .unwrap();
    let own = own[0].id.to_string();
    let ended = office.act("ada", "end-session", &[("session", &own)]).await;
    assert_said(&office.grace, &ended, &page, "had ended already").await;

    let ended = office.act("ada", "end-sessions", &[]).await;
    assert_said(
        &office.grace,
        &ended,
        &page,
        "All sessions of this user are ended.",
    )
    .await;
    office
        .assert_grace_did(AuditKind::SessionsEnded, Some(id))
        .await;
    for other in &others {
        assert_eq!(who(other).await, None);
    }
}

#[tokio::test]
async fn an_account_is_disabled_enabled_and_unlocked() {
    let office = Office::open().await;
    let ada = office.app.registered("ada").await;
    let (id, page) = (office.id("ada").await, office.page_of("ada").await);

    let disabled = office.act("ada", "disable", &[]).await;
    assert_said(&office.grace, &disabled, &page, "The account is disabled.").await;
    office.assert_grace_did(AuditKind::Disabled, Some(id)).await;
    assert_eq!(who(&ada).await, None);
    assert_eq!(log_in(&ada, "ada", PASSWORD).await.status, 401);
    let link = office.act("ada", "password-link", &[]).await;
    assert_eq!(link.status, 409);
    assert!(
        link.text
            .contains("role=\"alert\">This account is disabled."),
        "{}",
        link.text
    );

    let enabled = office.act("ada", "enable", &[]).await;
    assert_said(&office.grace, &enabled, &page, "The account is enabled.").await;
    office.assert_grace_did(AuditKind::Enabled, Some(id)).await;
    assert_eq!(log_in(&ada, "ada", PASSWORD).await.status, 303);

    for _ in 0..20 {
        log_in(&office.app.browser(), "ada", "a guess").await;
    }
    assert_eq!(
        log_in(&office.app.browser(), "ada", PASSWORD).await.status,
        429
    );
    let unlocked = office.act("ada", "unlock", &[]).await;
    assert_said(
        &office.grace,
        &unlocked,
        &page,
        "The failed attempts are forgotten.",
    )
    .await;
    office
        .assert_grace_did(AuditKind::FailuresForgotten, Some(id))
        .await;
}

#[tokio::test]
async fn an_account_is_deleted_once_its_name_is_typed() {
    let office = Office::open().await;
    let ada = office.app.registered("ada").await;
    let (id, page) = (office.id("ada").await, office.page_of("ada").await);
    for name in ["", "grace", "<script>alert(1)</script>"] {
        let refused = office.act("ada", "delete", &[("name", name)]).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused
                .text
                .contains("id=\"name-error\">This is not that name."),
            "{}",
            refused.text
        );
        assert!(!refused.text.contains("<script>alert"));
    }
    let (status, problem) = post_json(&office.grace, &format!("{page}/delete"), json!({})).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (422, &json!("#/name"))
    );

    let deleted = office.act("ada", "delete", &[("name", " ADA ")]).await;
    assert_said(
        &office.grace,
        &deleted,
        "/admin/users",
        "The account is deleted.",
    )
    .await;
    office.assert_grace_did(AuditKind::Deleted, Some(id)).await;
    assert!(office.app.account("ada").await.is_none());
    assert_eq!(who(&ada).await, None);
    assert_eq!(office.grace.get(&page).await.status, 404);
    let audit = office
        .grace
        .get(&format!("/admin/audit?account={id}"))
        .await;
    assert!(
        audit
            .text
            .contains(&format!("a deleted account, <code>{id}</code>")),
        "{}",
        audit.text
    );
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let office = Office::open().await;
    let page = office.page_of("grace").await;
    for (action, fields) in [
        ("disable", &[][..]),
        ("delete", &[("name", "Grace")]),
        ("revoke-role", &[("role", ADMINISTRATOR)]),
    ] {
        let refused = office.act("grace", action, fields).await;
        assert_eq!(refused.status, 409, "{action}");
        let words = "role=\"alert\">This is the last administrator. Make somebody else one first.";
        assert!(refused.text.contains(words), "{}", refused.text);
        let body: serde_json::Map<_, _> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let (status, problem) =
            post_json(&office.grace, &format!("{page}/{action}"), body.into()).await;
        assert_eq!(
            (status, &problem["code"]),
            (409, &json!("last_administrator")),
            "{action}"
        );
    }
    assert_eq!(office.grace.get("/admin").await.status, 200);

    // Beside another one, he may go.
    office.app.registered("ada").await;
    let ada = office.id("ada").await;
    office
        .app
        .accounts
        .grant_role(ada, ADMINISTRATOR, &system())
        .await
        .unwrap();
    let revoked = office
        .act("grace", "revoke-role", &[("role", ADMINISTRATOR)])
        .await;
    assert_eq!(
        (revoked.status.as_u16(), revoked.location()),
        (303, "/account")
    );
    assert_eq!(office.grace.get("/admin").await.status, 403);
    assert_eq!(who(&office.grace).await.as_deref(), Some("Grace"));
}

#[tokio::test]
async fn an_administrator_who_ends_his_own_login_is_logged_out() {
    for (action, fields) in [
        ("end-sessions", &[][..]),
        ("disable", &[]),
        ("delete", &[("name", "grace")]),
    ] {
        let office = Office::open().await;
        office.app.registered("ada").await;
        let ada = office.id("ada").await;
        office
            .app
            .accounts
            .grant_role(ada, ADMINISTRATOR, &system())
            .await
            .unwrap();
        let out = office.act("grace", action, fields).await;
        assert_eq!(
            (out.status.as_u16(), out.location()),
            (303, "/logged-out"),
            "{action}"
        );
        assert_eq!(office.grace.cookie("countersign"), None);
        assert_eq!(office.grace.get("/logged-out").await.status, 200);
    }
    let office = Office::open().await;
    let own = office
        .app
        .accounts
        .sessions(office.id("grace").await)
        .await
        .unwrap();
    let own = own[0].id.to_string();
    let out = office
        .act("grace", "end-session", &[("session", &own)])
        .await;
    assert_eq!(out.location(), "/logged-out");
    assert_eq!(who(&office.grace).await, None);
}

#[tokio::test]
async fn a_link_sets_a_password_and_is_shown_once() {
    let office = Office::open().await;
    let ada = office.app.registered("ada").await;
    let id = office.id("ada").await;
    let page = office.act("ada", "password-link", &[]).await;
    assert_eq!(page.status, 201, "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    office
        .assert_grace_did(AuditKind::PasswordLinkMade, Some(id))
        .await;
    let (_, rest) = page
        .text
        .split_once("value=\"http:&#x2f;&#x2f;localhost&#x2f;set-password?token=")
        .unwrap();
    let token = rest.split_once('"').unwrap().0;
    assert!(
        page.text
            .contains("Works once, until <time datetime=\"2023-11-15T22:13:20Z\">"),
        "{}",
        page.text
    );
    assert!(page.text.contains("This link is shown only now."));
    assert_eq!(
        page.text.matches(token).count(),
        1,
        "in the field, and in no address"
    );

    let after = office.grace.get(&office.page_of("ada").await).await;
    assert!(!after.text.contains(token));
    assert_eq!(
        office
            .grace
            .get("/account")
            .await
            .text
            .matches(token)
            .count(),
        0
    );
    assert_eq!(
        who(&ada).await.as_deref(),
        Some("ada"),
        "nothing is changed yet"
    );
    assert!(
        office
            .app
            .accounts
            .password_link(token)
            .await
            .unwrap()
            .is_some()
    );

    let path = format!("{}/password-link", office.page_of("ada").await);
    let (status, link) = post_json(&office.grace, &path, json!({})).await;
    assert_eq!(
        (status, &link["expires_at"]),
        (201, &json!("2023-11-15T22:13:20Z"))
    );
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .starts_with("http://localhost/set-password?token=")
    );
    assert!(
        office
            .app
            .accounts
            .password_link(token)
            .await
            .unwrap()
            .is_none(),
        "the newer one counts"
    );
}
