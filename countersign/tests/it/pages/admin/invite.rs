use std::time::Duration;

use countersign::AuthUser as _;
use countersign::accounts::{ADMINISTRATOR, AuditKind, Registration};
use countersign::testing::Page;
use serde_json::json;

use super::{Office, post_json};
use crate::pages::{PASSWORD, PagesApp};

/// The token of the link that a page shows.
fn token(page: &Page) -> String {
    assert_eq!(page.status, 201, "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text.contains("This link is shown only now."));
    let (_, rest) = page.text.split_once("&#x2f;invitation?token=").unwrap();
    let token = rest.split_once('"').unwrap().0.to_owned();
    assert_eq!(
        page.text.matches(&token).count(),
        1,
        "in the field, and in no address"
    );
    token
}

#[tokio::test]
async fn somebody_is_invited_with_roles_and_an_address() {
    let app = PagesApp::with(
        |accounts| accounts.registration(Registration::Open),
        |pages| pages,
    )
    .await;
    let office = Office::of(app).await;
    let fields = [
        ("email", "ada@example.com"),
        ("roles", " editor  reviewer "),
        ("hours", "24"),
    ];
    let page = office.grace.post("/admin/invite", &fields).await;
    let token = token(&page);
    assert!(
        page.text
            .contains("<time datetime=\"2023-11-15T22:13:20Z\">"),
        "{}",
        page.text
    );
    office.assert_grace_did(AuditKind::Invited, None).await;
    let invitation = office
        .app
        .accounts
        .invitation(&token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(invitation.email.as_deref(), Some("ada@example.com"));
    assert_eq!(invitation.roles, ["editor", "reviewer"]);
    assert_eq!(invitation.lasts, Duration::from_secs(24 * 3_600));

    let (status, link) = post_json(&office.grace, "/admin/invite", json!({})).await;
    assert_eq!(
        (status, &link["expires_at"]),
        (201, &json!("2023-11-21T22:13:20Z"))
    );
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .starts_with("http://localhost/invitation?token=")
    );
}

#[tokio::test]
async fn an_administrator_is_invited_by_a_link_of_an_hour() {
    let office = Office::open().await;
    let page = office.grace.post("/admin/invite/administrator", &[]).await;
    let token = token(&page);
    assert!(
        page.text
            .contains("<time datetime=\"2023-11-14T23:13:20Z\">"),
        "{}",
        page.text
    );
    office.assert_grace_did(AuditKind::Invited, None).await;
    let ada = office.app.registered("ada").await;
    let account = office.account("ada").await;
    let by = countersign::accounts::By::account(account.id, Default::default());
    let _ = office
        .app
        .accounts
        .accept_invitation(&token, account.id, &by)
        .await
        .unwrap();
    assert!(office.account("ada").await.has_role(ADMINISTRATOR));
    assert_eq!(ada.get("/admin").await.status, 200);
}

#[tokio::test]
async fn an_invitation_that_can_not_be_made_is_refused_beside_its_field() {
    let office = Office::open().await;
    let before = office.events().await;
    for (field, value, words, code) in [
        (
            "email",
            "nobody",
            "An e-mail address looks like",
            "not_an_address",
        ),
        (
            "roles",
            ADMINISTRATOR,
            "Administrators are invited by the link below",
            "administrator",
        ),
        (
            "roles",
            &"x".repeat(65),
            "The name of a role has",
            "role_name",
        ),
        (
            "hours",
            "0",
            "An invitation works for 1 to 2160 hours.",
            "out_of_range",
        ),
        (
            "hours",
            "2161",
            "An invitation works for 1 to 2160 hours.",
            "out_of_range",
        ),
    ] {
        let page = office.grace.post("/admin/invite", &[(field, value)]).await;
        assert_eq!(page.status, 422, "{value}");
        assert!(
            page.text.contains(&format!("id=\"{field}-error\">{words}")),
            "{}",
            page.text
        );
        let value = value
            .parse::<u32>()
            .map_or(json!(value), |number| json!(number));
        let (status, problem) =
            post_json(&office.grace, "/admin/invite", json!({ field: value })).await;
        assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!(code)));
    }
    let page = office
        .grace
        .post("/admin/invite", &[("hours", "many")])
        .await;
    assert_eq!(page.status, 400);
    assert_eq!(office.events().await, before);
    let evil = "<script>alert(1)</script>\" onfocus=\"x";
    let page = office.grace.post("/admin/invite", &[("email", evil)]).await;
    assert!(
        !page.text.contains("<script>alert") && !page.text.contains("\" onfocus="),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_link_begins_with_the_public_address() {
    let app = PagesApp::with(
        |accounts| accounts.registration(Registration::Open),
        |pages| {
            let manager = pages
                .accounts()
                .login_manager()
                .public_url("https://example.com")
                .unwrap();
            pages.manager(manager).unwrap()
        },
    )
    .await;
    let browser = app
        .browser()
        .with_header("host", "example.com")
        .with_header("sec-fetch-site", "same-origin");
    crate::pages::register(&browser, "Grace", PASSWORD).await;
    let grace = app.account("grace").await.unwrap();
    app.accounts
        .grant_role(grace.id, ADMINISTRATOR, &super::system())
        .await
        .unwrap();
    let evil = browser.with_header("host", "evil.example");
    let (status, link) = post_json(&evil, "/admin/invite/administrator", json!({})).await;
    assert_eq!(status, 201);
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .starts_with("https://example.com/invitation?token="),
        "{link}"
    );
}
