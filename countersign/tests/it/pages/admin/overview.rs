use serde_json::json;

use super::{Office, get_json, system};
use crate::pages::log_in;

#[tokio::test]
async fn the_overview_counts_accounts_and_sessions() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    office.app.registered("bob").await;
    office.app.logged_in("ada").await;
    office
        .app
        .accounts
        .disable(office.id("bob").await, &system())
        .await
        .unwrap();
    let (status, overview) = get_json(&office.grace, "/admin").await;
    assert_eq!(status, 200);
    for (name, number) in [
        ("accounts", 3),
        ("disabled", 1),
        ("administrators", 1),
        ("sessions", 3),
    ] {
        assert_eq!(overview[name], number, "{name}");
    }
    let page = office.grace.get("/admin").await;
    for counter in [
        "<strong>3</strong> <span>accounts",
        "<strong>1</strong> <span>of them disabled",
        "<strong>1</strong> <span>administrator<",
        "<strong>3</strong> <span>live sessions",
    ] {
        assert!(page.text.contains(counter), "{counter} in {}", page.text);
    }
}

#[tokio::test]
async fn what_happened_is_a_picture_and_a_table() {
    let office = Office::open().await;
    for _ in 0..20 {
        log_in(&office.app.browser(), "grace", "a guess").await;
    }
    for (period, steps) in [("24h", 24), ("7d", 7), ("30d", 30), ("90d", 90)] {
        let path = format!("/admin?period={period}");
        let (_, overview) = get_json(&office.grace, &path).await;
        let activity = overview["activity"].as_array().unwrap();
        assert_eq!(activity.len(), steps, "{period}");
        let last = activity.last().unwrap();
        assert_eq!(last["logins"], 1, "{period}");
        let (failures, throttled) = (
            last["failures"].as_u64().unwrap(),
            last["throttled"].as_u64().unwrap(),
        );
        assert!(
            failures > 0 && throttled > 0 && failures + throttled == 20,
            "{last}"
        );
        let begins = if period == "24h" {
            "2023-11-14T22:00:00Z"
        } else {
            "2023-11-14T00:00:00Z"
        };
        assert_eq!(last["begins_at"], begins);

        let page = office.grace.get(&path).await;
        assert_eq!(page.text.matches("<svg ").count(), 3, "{}", page.text);
        assert_eq!(
            page.text.matches("<rect ").count(),
            3,
            "each in the last step alone"
        );
        assert_eq!(page.text.matches("<th scope=\"row\">").count(), steps);
        for part in [
            "role=\"img\"",
            "<title id=\"logins-title\">Logins</title>",
            "<desc id=\"failures-desc\">",
            "at most 1 within",
        ] {
            assert!(page.text.contains(part), "{part} in {}", page.text);
        }
        assert!(!page.text.contains("style="), "{}", page.text);
        assert!(page.text.contains(&format!(
            "<a href=\"/admin?period={period}\" aria-current=\"true\">"
        )));
    }
    let (_, week) = get_json(&office.grace, "/admin").await;
    assert_eq!(week["activity"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn a_period_that_there_is_not_is_refused_in_words() {
    let office = Office::open().await;
    let page = office.grace.get("/admin?period=century").await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("There is no such choice."),
        "{}",
        page.text
    );
    let (status, problem) = get_json(&office.grace, "/admin?period=century").await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (422, &json!("#/period"))
    );
}
