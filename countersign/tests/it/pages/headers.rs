use axum::body::Body;
use countersign::accounts::Registration;
use countersign::testing::{Browser, Page};
use http::Method;

use super::{PASSWORD, PagesApp, log_in};

#[tokio::test]
async fn every_page_carries_the_headers_whatever_its_status() {
    let app = PagesApp::new().await;
    let ada = app.registered("ada").await;
    let stranger = app.browser();
    let evil = app.browser().with_header("sec-fetch-site", "cross-site");
    let proxied = app.browser().with_header("x-forwarded-for", "192.0.2.7");
    let mut pages = vec![
        (200, stranger.get("/").await),
        (200, stranger.get("/login").await),
        (200, stranger.get("/register").await),
        (200, stranger.get("/logged-out").await),
        (200, stranger.get("/countersign.css").await),
        (200, stranger.get("/openapi.json").await),
        (303, stranger.get("/account").await),
        (404, stranger.get("/nothing").await),
        (404, ada.get("/nothing").await),
        (405, stranger.get("/logout").await),
        (401, log_in(&stranger, "ada", "wrong").await),
        (403, evil.post("/login", &[]).await),
        (421, proxied.get("/login").await),
        (400, stranger.post("/login", &[("username", "ada")]).await),
        (
            422,
            stranger
                .post("/register", &[("username", ""), ("password", "")])
                .await,
        ),
        (
            413,
            stranger
                .post(
                    "/login",
                    &[("username", &"x".repeat(70_000)), ("password", "")],
                )
                .await,
        ),
    ];
    for path in [
        "",
        "/profile",
        "/password",
        "/sessions",
        "/history",
        "/delete",
    ] {
        pages.push((200, ada.get(&format!("/account{path}")).await));
    }
    pages.push((200, ada.get("/confirm").await));
    let request = stranger
        .request(Method::POST, "/login")
        .header("accept", "text/html")
        .header("content-type", "text/plain");
    pages.push((415, stranger.send(request, Body::from("{}")).await));
    for _ in 0..6 {
        log_in(&stranger, "bob", "wrong").await;
    }
    pages.push((429, log_in(&stranger, "bob", "wrong").await));

    for (status, page) in &pages {
        assert_eq!(page.status.as_u16(), *status, "{}", page.text);
        let policy = page.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(directive), "{status}: {policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        let vary = page.headers.get_all("vary").iter();
        assert_eq!(
            vary.filter(|value| *value == "accept").count(),
            1,
            "{status}"
        );
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("camera=()"));
        assert_eq!(page.header("strict-transport-security"), "", "plain http");
        if page.text.starts_with("<!doctype html>") {
            is_a_sound_page(page);
        }
    }
    let readable = pages
        .iter()
        .filter(|(_, page)| page.text.starts_with("<!doctype html>"));
    assert_eq!(
        readable.count(),
        pages.len() - 3,
        "all but a redirect, a style and a document"
    );
}

/// What every page has (WCAG 2.2), and what none may have.
fn is_a_sound_page(page: &Page) {
    let text = &page.text;
    assert_eq!(text.matches("<h1").count(), 1, "{text}");
    assert_eq!(text.matches("<main").count(), 1);
    assert!(text.contains("<html lang=\"en\">"));
    assert!(text.contains("<meta name=\"viewport\""));
    assert!(text.contains("<a class=\"skip\" href=\"#main\">"));
    let title = text
        .split_once("<title>")
        .unwrap()
        .1
        .split_once("</title>")
        .unwrap()
        .0;
    assert!(
        title.len() > " · Countersign".len() && title.ends_with("Countersign"),
        "{title}"
    );
    for inline in [
        "<style",
        "style=\"",
        "javascript:",
        " onclick",
        " onpaste",
        "<script>",
    ] {
        assert!(!text.contains(inline), "{inline} in {text}");
    }
    for input in text.split("<input").skip(1) {
        let input = input.split_once('>').unwrap().0;
        let is_hidden = input.contains("type=\"hidden\"") || input.ends_with("hidden");
        if is_hidden || input.contains("type=\"checkbox\"") {
            continue;
        }
        assert!(input.contains("autocomplete=\""), "{input}");
        let id = input
            .split_once("id=\"")
            .unwrap()
            .1
            .split_once('"')
            .unwrap()
            .0;
        assert!(text.contains(&format!("<label for=\"{id}\">")), "{id}");
        if id.contains("password") {
            assert!(
                input.contains("type=\"password\"") && !input.contains("value="),
                "{input}"
            );
        }
    }
}

#[tokio::test]
async fn pages_of_somebody_are_kept_by_no_cache_and_styles_for_ever() {
    let app = PagesApp::new().await;
    let ada = app.registered("ada").await;
    for browser in [&ada, &app.browser()] {
        let page = browser.get("/login").await;
        assert_eq!(page.header("cache-control"), "no-store");
        let vary: Vec<_> = page.headers.get_all("vary").iter().collect();
        for name in ["Cookie", "accept", "accept-language"] {
            assert!(vary.iter().any(|value| *value == name), "{vary:?}");
        }
    }
    let home = app.browser().get("/").await;
    for (name, kind) in [
        ("css", "text/css"),
        ("js", "text/javascript"),
        ("svg", "image/svg+xml"),
    ] {
        let (_, rest) = home
            .text
            .split_once(&format!("\"/countersign.{name}?v="))
            .unwrap();
        let version = rest.split_once('"').unwrap().0;
        let asset = app
            .browser()
            .get(&format!("/countersign.{name}?v={version}"))
            .await;
        assert_eq!(asset.status, 200);
        assert!(asset.header("content-type").starts_with(kind));
        assert!(asset.header("cache-control").contains("immutable"));
        assert_eq!(asset.header("set-cookie"), "");
    }
    let farewell = app.browser().get("/logged-out.svg").await;
    assert_eq!(farewell.header("clear-site-data"), "\"cache\"");
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
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
    let browser = Browser::new(app.router.clone())
        .with_header("host", "example.com")
        .with_header("sec-fetch-site", "same-origin");
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let page = browser.post("/register", &fields).await;
    assert_eq!(page.status, 303, "{}", page.text);
    let cookies: Vec<_> = page.set_cookies().collect();
    assert!(
        cookies
            .iter()
            .all(|cookie| cookie.starts_with("__Host-") && cookie.contains("; Secure")),
        "{cookies:?}"
    );
    let evil = Browser::new(app.router.clone())
        .with_header("host", "example.com")
        .with_header("sec-fetch-site", "cross-site");
    for page in [
        page,
        browser.get("/account").await,
        browser.get("/nothing").await,
        evil.post("/logout", &[]).await,
    ] {
        assert_eq!(
            page.header("strict-transport-security"),
            "max-age=31536000",
            "{}",
            page.status
        );
    }
    let page = browser.post("/language", &[("language", "zh-Hans")]).await;
    let cookie = page.set_cookies().next().unwrap();
    assert!(
        cookie.starts_with("__Host-countersign-language=zh-Hans;") && cookie.contains("; Secure"),
        "{cookie}"
    );
}
