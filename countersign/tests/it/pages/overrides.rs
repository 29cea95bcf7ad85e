use std::fs;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use countersign::CurrentUser;
use countersign::accounts::{Account, Registration};
use countersign::pages::{PageError, Templates};
use countersign::testing::Browser;
use minijinja::context;

use super::{PASSWORD, PagesApp, register, system};

#[tokio::test]
async fn a_folder_replaces_templates_messages_and_styles() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put(
        "logged-out.html",
        "Bye! {{ t(\"log-in\") }} {{ t(\"own\", name=\"<b>\") }}",
    );
    put("en.ftl", "log-in = Come in\nown = Hello { $name }\n");
    put(
        "fr.ftl",
        "language-name = Français\nlog-in = Se connecter\n",
    );
    put("theme.css", ":root { --accent: teal }");
    put("countersign.svg", "<svg/>");
    put("notes.txt", "nobody reads this");
    let app = PagesApp::with(
        |accounts| {
            accounts
                .registration(Registration::Open)
                .application_name("Tea & Co")
        },
        |pages| pages.templates_from(folder.path()).unwrap(),
    )
    .await;
    let browser = app.browser();
    assert_eq!(
        browser.get("/logged-out").await.text,
        "Bye! Come in Hello &lt;b&gt;"
    );
    let page = browser.get("/login").await;
    assert!(
        page.text.contains("<title>Come in · Tea &amp; Co</title>"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Français"));
    let french = app.browser().with_header("accept-language", "fr");
    let page = french.get("/login").await;
    assert!(page.text.contains("Se connecter") && page.text.contains("Remember me"));
    let style = browser.get("/countersign.css").await.text;
    assert!(style.contains("--ground") && style.ends_with(":root { --accent: teal }"));
    assert_eq!(browser.get("/countersign.svg").await.text, "<svg/>");
}

#[tokio::test]
async fn what_is_broken_in_a_folder_is_named() {
    let app = PagesApp::new().await;
    for (name, text) in [
        ("login.html", "{% if %}"),
        ("en.ftl", "log-in"),
        ("x/y.html", "{{ }}"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("x")).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let error = app
            .accounts
            .pages()
            .templates_from(folder.path())
            .unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    let error = app
        .accounts
        .pages()
        .templates_from("no such folder")
        .unwrap_err();
    assert_eq!(error.to_string(), "no such folder can't be read");
}

async fn reports(templates: Templates, _: CurrentUser<Account>) -> Result<Response, PageError> {
    templates
        .render("own/reports.html", context! { count => 3, evil => "<i>" })
        .await
}

async fn broken(templates: Templates) -> Result<Response, PageError> {
    templates.render("missing.html", context! {}).await
}

#[tokio::test]
async fn an_applications_own_pages_look_like_ours() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("own")).unwrap();
    let template = "{% extends \"base.html\" %}{% block title %}Reports{% endblock %}{% block main %}<h1>{{ count }} reports</h1>\
        {{ evil }} {{ current_user.name }} {{ current_user.has_role(\"editor\") }} {{ current_user.has_permission(\"x\") }} {{ locale }}{% endblock %}";
    fs::write(folder.path().join("own/reports.html"), template).unwrap();
    let app = PagesApp::with(
        |accounts| accounts,
        |pages| pages.templates_from(folder.path()).unwrap(),
    )
    .await;
    let router: Router = Router::new()
        .route("/reports", get(reports))
        .route("/broken", get(broken))
        .merge(app.pages.routes())
        .layer(app.pages.layer());
    let browser = Browser::new(router);
    assert_eq!(
        browser.get("/reports").await.location(),
        "/login?next=%2Freports"
    );
    register(&browser, "Ada <3", PASSWORD).await;
    register(&browser, "Ada", PASSWORD).await;
    let page = browser.get("/reports").await;
    assert!(
        page.text
            .contains("<h1>3 reports</h1>&lt;i&gt; Ada False False en"),
        "{}",
        page.text
    );
    assert!(page.text.contains("action=\"/logout\""));
    let broken = browser.get("/broken").await;
    assert_eq!(broken.status, 500);
    assert!(broken.text.contains("Something is broken") && !broken.text.contains("missing.html"));
    // The application's own headers are its own affair.
    assert_eq!(page.header("content-security-policy"), "");
    let _ = system();
}

#[tokio::test]
async fn without_the_layer_the_remedy_is_named() {
    let app = PagesApp::new().await;
    let router: Router = Router::new().route("/reports", get(reports));
    let page = Browser::new(router).get("/reports").await;
    assert_eq!(page.status, 500);
    let error = PageError::NoLayer.to_string();
    assert!(error.contains(".layer(pages.layer())"));
    let router: Router = Router::new().merge(app.pages.routes());
    assert_eq!(Browser::new(router).get("/login").await.status, 500);
}
