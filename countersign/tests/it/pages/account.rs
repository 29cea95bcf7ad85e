use std::time::Duration;

use super::{PASSWORD, PagesApp, log_in, who};

const NEW: &str = "wrong cow power supply pin";

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let app = PagesApp::new().await;
    let here = app.registered("ada").await;
    let elsewhere = app.logged_in("ada").await;

    let change = async |current: &str, new: &str| {
        let fields = [("current_password", current), ("new_password", new)];
        here.post("/account/password", &fields).await
    };
    let wrong = change("not this one", NEW).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong
            .text
            .contains("id=\"current_password-error\">This is not your password.")
    );
    let weak = change(PASSWORD, "short").await;
    assert_eq!(weak.status, 422);
    assert!(weak.text.contains("id=\"new_password-error\">"));
    for page in [&wrong, &weak] {
        assert!(!page.text.contains(PASSWORD) && !page.text.contains(NEW));
    }
    assert_eq!(who(&elsewhere).await.as_deref(), Some("ada"));

    let changed = change(PASSWORD, NEW).await;
    assert_eq!(
        (changed.status.as_u16(), changed.location()),
        (303, "/account")
    );
    let account = here.get("/account").await;
    assert!(
        account.text.contains("Your password is changed"),
        "{}",
        account.text
    );
    assert!(
        !here
            .get("/account")
            .await
            .text
            .contains("Your password is changed")
    );
    assert_eq!(who(&elsewhere).await, None);
    assert_eq!(log_in(&elsewhere, "ada", PASSWORD).await.status, 401);
    assert_eq!(log_in(&elsewhere, "ada", NEW).await.status, 303);
}

#[tokio::test]
async fn guesses_at_the_current_password_are_throttled() {
    let app = PagesApp::new().await;
    let browser = app.registered("ada").await;
    let fields = [("current_password", "a guess"), ("new_password", NEW)];
    let mut page = browser.post("/account/password", &fields).await;
    for _ in 0..20 {
        page = browser.post("/account/password", &fields).await;
    }
    assert_eq!(page.status, 429);
    assert!(page.text.contains("There were too many failed attempts."));
    assert_ne!(page.header("retry-after"), "");
    let confirm = browser.post("/confirm", &[("password", PASSWORD)]).await;
    assert_eq!(confirm.status, 429, "both count together");
}

#[tokio::test]
async fn name_and_language_are_changed_together_or_not_at_all() {
    let app = PagesApp::new().await;
    app.registered("bob").await;
    let browser = app.registered("ada").await;
    let form = browser.get("/account/profile").await;
    assert!(form.text.contains("value=\"ada\""));

    let change = async |name: &str, locale: &str| {
        let fields = [("name", name), ("locale", locale)];
        browser.post("/account/profile", &fields).await
    };
    let taken = change("bob", "zh-Hans").await;
    assert_eq!(taken.status, 422);
    assert!(taken.text.contains("id=\"name-error\">This name is taken."));
    assert!(
        taken.text.contains("value=\"bob\"")
            && taken
                .text
                .contains("<option value=\"zh-Hans\" lang=\"zh-Hans\" selected>")
    );
    let unknown = change("Ada", "tlh").await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.text.contains("id=\"locale-error\">"));
    let before = app.account("ada").await.unwrap();
    assert_eq!(
        (before.name.as_str(), before.locale.as_deref()),
        ("ada", Some("en"))
    );

    let changed = change("Ada Lovelace", "zh-Hans").await;
    assert_eq!(
        (changed.status.as_u16(), changed.location()),
        (303, "/account/profile")
    );
    let page = browser.get("/account/profile").await;
    assert!(
        page.text.contains("<html lang=\"zh-Hans\">") && page.text.contains("个人资料已保存。")
    );
    let after = app.account("ada lovelace").await.unwrap();
    assert_eq!(
        (after.id, after.locale.as_deref()),
        (before.id, Some("zh-Hans"))
    );
    change("Ada Lovelace", "").await;
    assert_eq!(app.account("ada lovelace").await.unwrap().locale, None);
}

#[tokio::test]
async fn an_account_is_deleted_after_two_questions_and_a_fresh_proof() {
    let app = PagesApp::new().await;
    let browser = app.registered("ada").await;
    let elsewhere = app.logged_in("ada").await;
    app.clock.advance(Duration::from_secs(16 * 60));
    let sent = browser.get("/account/delete").await;
    let confirm = "/confirm?next=%2Faccount%2Fdelete";
    assert_eq!((sent.status.as_u16(), sent.location()), (303, confirm));
    let sent = browser.post("/account/delete", &[("name", "ada")]).await;
    assert_eq!((sent.status.as_u16(), sent.location()), (303, confirm));
    assert!(app.account("ada").await.is_some());

    let form = browser.get(confirm).await;
    assert!(form.text.contains("autocomplete=\"current-password\""));
    let wrong = browser.post(confirm, &[("password", "wrong")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong
            .text
            .contains("id=\"password-error\">This is not your password.")
    );
    let old = browser.cookie("countersign");
    let back = browser.post(confirm, &[("password", PASSWORD)]).await;
    assert_eq!(
        (back.status.as_u16(), back.location()),
        (303, "/account/delete")
    );
    assert_ne!(
        browser.cookie("countersign"),
        old,
        "a proof has a token of its own"
    );

    let first = browser.get("/account/delete").await;
    assert!(first.status == 200 && !first.text.contains("name=\"name\""));
    let second = browser.post("/account/delete", &[]).await;
    assert!(
        second.status == 200 && second.text.contains("name=\"name\""),
        "{}",
        second.text
    );
    let not_yet = browser.post("/account/delete", &[("name", "bob")]).await;
    assert_eq!(not_yet.status, 422);
    assert!(
        not_yet
            .text
            .contains("id=\"name-error\">This is not your name.")
    );
    assert!(app.account("ada").await.is_some());

    let gone = browser.post("/account/delete", &[("name", "ADA")]).await;
    assert_eq!(
        (gone.status.as_u16(), gone.location()),
        (303, "/logged-out")
    );
    assert_eq!(browser.cookie("countersign"), None);
    assert!(app.account("ada").await.is_none());
    assert_eq!((who(&browser).await, who(&elsewhere).await), (None, None));
    assert_eq!(log_in(&browser, "ada", PASSWORD).await.status, 401);
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once() {
    let app = PagesApp::new().await;
    let browser = app.registered("ada").await;
    let ada = app.account("ada").await.unwrap();
    app.accounts
        .disable(ada.id, &super::system())
        .await
        .unwrap();
    assert_eq!(who(&browser).await, None);
    assert_eq!(browser.get("/account").await.status, 303);
    let page = browser
        .post("/account/profile", &[("name", "eve"), ("locale", "")])
        .await;
    assert_eq!(page.status, 401);
    assert_eq!(app.account("ada").await.unwrap().name, "ada");
}
