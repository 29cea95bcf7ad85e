use super::{PASSWORD, PagesApp, log_in, register};

#[tokio::test]
async fn a_browser_is_spoken_to_in_its_language() {
    let app = PagesApp::new().await;
    for (accept, tag, title) in [
        ("en", "en", "Create an account"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans", "注册账号"),
        ("fr", "en", "Create an account"),
    ] {
        let browser = app.browser().with_header("accept-language", accept);
        let page = browser.get("/register").await;
        assert!(
            page.text.contains(&format!("<html lang=\"{tag}\">")),
            "{accept}"
        );
        assert!(page.text.contains(title));
    }
    let chinese = app.browser().with_header("accept-language", "zh-CN");
    let page = register(&chinese, "ada", "short").await;
    assert!(
        page.text.contains("此密码有 5 个字符，至少需要 15 个。"),
        "{}",
        page.text
    );
    let page = chinese.get("/nothing").await;
    assert!(page.status == 404 && page.text.contains("找不到页面"));
    let proxied = chinese.with_header("x-forwarded-for", "192.0.2.7");
    let page = proxied.get("/login").await;
    assert!(
        page.status == 421 && page.text.contains("仅限本机"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn the_switch_counts_more_than_the_browser() {
    let app = PagesApp::new().await;
    let browser = app.browser().with_header("accept-language", "en");
    let page = browser.get("/login?next=%2Faccount").await;
    let switch = "/language?next=/login%3Fnext%3D%252Faccount";
    assert!(
        page.text.replace("&#x2f;", "/").contains(switch),
        "{}",
        page.text
    );
    let back = browser.post(switch, &[("language", "zh-Hans")]).await;
    assert_eq!(
        (back.status.as_u16(), back.location()),
        (303, "/login?next=%2Faccount")
    );
    assert!(
        browser
            .get("/login")
            .await
            .text
            .contains("<html lang=\"zh-Hans\">")
    );

    let evil = browser
        .post("/language?next=https://evil.example", &[("language", "en")])
        .await;
    assert_eq!(evil.location(), "/");
    let unknown = browser.post("/language", &[("language", "<b>")]).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(unknown.set_cookies().count(), 0);
}

#[tokio::test]
async fn an_account_takes_its_language_along() {
    let app = PagesApp::new().await;
    let browser = app.registered("ada").await;
    browser.post("/language", &[("language", "zh-Hans")]).await;
    assert_eq!(
        app.account("ada").await.unwrap().locale.as_deref(),
        Some("zh-Hans")
    );
    let elsewhere = app.browser().with_header("accept-language", "en");
    log_in(&elsewhere, "ada", PASSWORD).await;
    let page = elsewhere.get("/account").await;
    assert!(page.text.contains("<html lang=\"zh-Hans\">"));
    elsewhere.post("/logout", &[]).await;
    assert!(
        elsewhere
            .get("/login")
            .await
            .text
            .contains("<html lang=\"en\">")
    );
}

#[tokio::test]
async fn whoever_registers_keeps_the_language_of_the_form() {
    let app = PagesApp::new().await;
    let browser = app.browser().with_header("accept-language", "zh-CN");
    register(&browser, "王小明", PASSWORD).await;
    let account = app.account("王小明").await.unwrap();
    assert_eq!(account.locale.as_deref(), Some("zh-Hans"));
    assert!(browser.get("/").await.text.contains("您好，王小明！"));
}
