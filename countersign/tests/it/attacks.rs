//! What strangers send.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::header::{COOKIE, HOST, ORIGIN, REFERER};
use axum::http::{HeaderMap, Method, Version};
use countersign::session::MemoryStore;
use countersign::testing::{Browser, Page};
use countersign::{ClientAddresses, Event, LoginManager};

use crate::app::{PASSWORD, TestApp, User, elsewhere, session_cookie, with_cookie};

const PUBLIC: &str = "https://example.com";

async fn public_app() -> TestApp {
    TestApp::with(MemoryStore::new(), |manager| {
        manager.public_url(PUBLIC).unwrap()
    })
    .await
}

#[tokio::test]
async fn unknown_wrong_and_disabled_can_not_be_told_apart_and_cost_one_verification_each() {
    let app = TestApp::new().await;
    let mut answers = Vec::new();
    for (name, password) in [("nobody", PASSWORD), ("ada", "wrong"), ("sleepy", PASSWORD)] {
        let before = app.passwords.statistics().verifications;
        let page = app
            .browser()
            .post("/login", &[("username", name), ("password", password)])
            .await;
        assert_eq!(
            app.passwords.statistics().verifications - before,
            1,
            "{name}"
        );
        answers.push((page.status, page.text, sorted(&page.headers)));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[0].0, 401);
}

#[tokio::test]
async fn a_hash_that_can_not_be_read_is_answered_like_a_wrong_password() {
    let app = TestApp::new().await;
    for hash in [
        "",
        "!",
        "$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA",
        "pbkdf2:sha256:1$x$y",
    ] {
        app.users.change(1, |user| user.password_hash = hash.into());
        let before = app.passwords.statistics().verifications;
        let address = SocketAddr::from(([127, 9, hash.len() as u8, 1], 1));
        let browser = app.browser().at(address);
        let page = browser
            .post("/login", &[("username", "ada"), ("password", PASSWORD)])
            .await;
        assert_eq!(
            (page.status.as_u16(), page.text.as_str()),
            (401, "wrong"),
            "{hash}"
        );
        assert_eq!(
            app.passwords.statistics().verifications - before,
            1,
            "{hash}"
        );
    }
}

#[tokio::test]
async fn odd_passwords_are_verified_as_they_are_and_huge_ones_never_match() {
    let app = TestApp::new().await;
    let long = "x".repeat(73);
    for password in ["nul\0nul\0nul\0nul\0", "🔑🗝️🔐🔏🔒🔓 emoji", long.as_str()] {
        app.set_password(1, password).await;
        let browser = app.browser();
        let page = browser
            .post("/login", &[("username", "ada"), ("password", password)])
            .await;
        assert_eq!(page.status, 303, "{password:?}");
        let shorter = &password[..password.len() - 1].trim_end_matches(|c: char| !c.is_ascii());
        let page = browser
            .post("/login", &[("username", "ada"), ("password", shorter)])
            .await;
        assert_eq!(page.status, 401, "{password:?}");
    }
    let before = app.passwords.statistics().verifications;
    let megabyte = "a".repeat(1 << 20);
    let browser = app.browser().at(elsewhere());
    let page = browser
        .post("/login", &[("username", "bob"), ("password", &megabyte)])
        .await;
    assert_eq!(page.status, 401);
    assert_eq!(app.passwords.statistics().verifications - before, 1);
}

#[tokio::test]
async fn next_never_leads_to_another_site() {
    for app in [TestApp::new().await, public_app().await] {
        let site = if app.manager.session_cookie_name().starts_with("__Host-") {
            app.browser().with_header("host", "example.com")
        } else {
            app.browser()
        };
        for next in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%09/evil.example%00",
            "https://evil.example",
            "https:evil.example",
            "https:///evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://example.com@evil.example/",
            "https://example.com.evil.example/",
            "https://example.com./",
            "https://example.com:8443/",
            "/\t/evil.example",
            "\n//evil.example",
            "/.//evil.example",
            "http://example.com/",
            "",
        ] {
            site.set_cookie("countersign-device", "");
            let path = format!("/login?next={}", encoded(next));
            let page = site
                .post(&path, &[("username", "ada"), ("password", PASSWORD)])
                .await;
            let url = url::Url::parse(PUBLIC)
                .unwrap()
                .join(page.location())
                .unwrap();
            assert_eq!(
                url.origin().ascii_serialization(),
                PUBLIC,
                "{next:?}: {}",
                page.location()
            );
            assert!(
                page.location().starts_with('/'),
                "{next:?}: {}",
                page.location()
            );
        }
        let path = format!("/login?next={}", encoded("/report?x=1&y=ä#z"));
        let page = site
            .post(&path, &[("username", "ada"), ("password", PASSWORD)])
            .await;
        assert_eq!(page.location(), "/report?x=1&y=%C3%A4#z");
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn pages_of_other_sites_can_not_log_anybody_in_or_out() {
    let app = public_app().await;
    let browser = app.browser();
    browser
        .log_in(&app.manager, &app.users.get(1).unwrap())
        .await
        .unwrap();
    let hostile: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://sub.example.com"),
        ],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("referer", "https://evil.example/https://example.com/")],
        &[
            ("origin", "https://example.com"),
            ("origin", "https://evil.example"),
        ],
    ];
    for headers in hostile {
        for path in ["/login", "/logout"] {
            let mut request = browser.request(Method::POST, path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let page = browser.send(request, Body::from("username=ada")).await;
            assert_eq!(page.status, 403, "{path} {headers:?}");
        }
        let mut handshake = browser
            .request(Method::GET, "/protected")
            .header("connection", "upgrade")
            .header("upgrade", "websocket");
        for (name, value) in headers {
            handshake = handshake.header(*name, *value);
        }
        assert_eq!(
            browser.send(handshake, Body::empty()).await.status,
            403,
            "{headers:?}"
        );
    }
    assert_eq!(browser.get("/protected").await.text, "ada");
    for (name, value) in [(ORIGIN, PUBLIC), (REFERER, "https://example.com/account")] {
        let request = browser.request(Method::POST, "/logout").header(name, value);
        assert_eq!(browser.send(request, Body::empty()).await.status, 303);
    }
}

#[tokio::test]
async fn an_allowed_origin_and_a_bearer_key_may_send_from_elsewhere() {
    let allows = |manager: LoginManager<User>| {
        manager
            .public_url(PUBLIC)
            .unwrap()
            .allow_origin("https://app.example.com")
            .unwrap()
    };
    let app = TestApp::with(MemoryStore::new(), allows).await;
    let browser = app.browser();
    let from = async |origin: &str, key: &str| {
        let request = browser
            .request(Method::POST, "/logout")
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site")
            .header("authorization", key);
        browser.send(request, Body::empty()).await.status.as_u16()
    };
    assert_eq!(from("https://app.example.com", "").await, 303);
    assert_eq!(from("https://evil.example", "").await, 403);
    assert_eq!(from("https://evil.example", "Bearer key").await, 303);
    browser.set_cookie("__Host-countersign", "anything");
    assert_eq!(
        from("https://evil.example", "Bearer key").await,
        403,
        "a cookie of ours came too"
    );
}

#[tokio::test]
async fn local_mode_serves_this_machine_alone_and_says_what_to_set() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let refused = async |page: Page, word: &str| {
        assert_eq!(page.status, 421, "{word}");
        assert!(page.text.contains(word), "{word}: {}", page.text);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "a person looks at it"
        );
    };
    refused(
        browser
            .clone()
            .with_header("host", "evil.example")
            .get("/")
            .await,
        "public_url",
    )
    .await;
    refused(
        browser
            .clone()
            .with_header("x-forwarded-for", "1.2.3.4")
            .get("/")
            .await,
        "public_url",
    )
    .await;
    refused(
        browser
            .clone()
            .with_header("forwarded", "for=1.2.3.4")
            .get("/")
            .await,
        "public_url",
    )
    .await;
    let stranger = browser.clone().at(SocketAddr::from(([192, 0, 2, 1], 1)));
    refused(stranger.get("/").await, "public_url").await;

    // What nginx sends by default, so that nobody forgets to say where the site is.
    let nginx = browser
        .request(Method::GET, "/")
        .version(Version::HTTP_10)
        .header("accept", "text/html")
        .header("connection", "close");
    refused(browser.send(nginx, Body::empty()).await, "public_url").await;
    let behind_newer_nginx = browser.clone().with_header("origin", "https://example.com");
    refused(behind_newer_nginx.post("/login", &[]).await, "public_url").await;

    let without_peer = app.router.clone();
    let request = axum::http::Request::get("/")
        .header(HOST, "localhost")
        .body(Body::empty())
        .unwrap();
    let response = tower::ServiceExt::oneshot(without_peer, request)
        .await
        .unwrap();
    assert_eq!(response.status(), 421);
}

#[tokio::test]
async fn a_logout_with_two_cookies_leaves_the_browser_without_its_own() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.logged_in("ada").await, app.logged_in("bob").await);
    for planted in [session_cookie(&bob), "garbage".into()] {
        let both = format!("{}; countersign={planted}", session_cookie(&ada));
        let browser = with_cookie(&app, &both);
        browser.post("/logout", &[]).await;
        assert_eq!(browser.cookie("countersign"), None);
    }
    assert_eq!(bob.get("/maybe").await.text, "bob");
}

#[tokio::test]
async fn two_cookies_of_one_name_are_believed_only_when_they_agree() {
    let app = TestApp::new().await;
    let victim = app.logged_in("ada").await;
    let attacker = app.logged_in("bob").await;
    let (own, planted) = (session_cookie(&victim), session_cookie(&attacker));
    let with = async |lines: &[String]| {
        let browser = app.browser();
        let mut request = browser.request(Method::GET, "/maybe");
        for line in lines {
            request = request.header(COOKIE, line);
        }
        browser.send(request, Body::empty()).await.text
    };
    assert_eq!(
        with(&[format!("countersign={planted}; countersign={own}")]).await,
        "nobody"
    );
    let split = [
        format!("countersign={planted}"),
        format!("countersign={own}"),
    ];
    assert_eq!(with(&split).await, "nobody");
    assert_eq!(
        with(&[format!("countersign={own}; countersign={own}")]).await,
        "ada"
    );
    let split = [
        "a=b".to_owned(),
        format!("c=d; countersign={own}"),
        "e=f".to_owned(),
    ];
    assert_eq!(with(&split).await, "ada", "HTTP/2 splits cookies");
    assert_eq!(
        with(&[format!("countersign=garbage; countersign={own}")]).await,
        "ada"
    );
}

#[tokio::test]
async fn broken_and_enormous_cookies_are_harmless() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let enormous = vec![b'x'; 100_000];
    let invalid = b"countersign=\xFF\xFE\x80".to_vec();
    let empty = b"countersign=; =; ;;;countersign".to_vec();
    for line in [
        [b"countersign=".to_vec(), enormous].concat(),
        invalid,
        empty,
    ] {
        let value = axum::http::HeaderValue::from_bytes(&line).unwrap();
        let request = browser.request(Method::GET, "/maybe").header(COOKIE, value);
        let page = browser.send(request, Body::empty()).await;
        assert_eq!(
            (page.text.as_str(), page.set_cookies().count()),
            ("nobody", 0)
        );
    }
}

#[tokio::test]
async fn a_made_up_session_is_never_adopted() {
    let app = TestApp::new().await;
    let made_up = "AA".to_owned() + &"B".repeat(43) + "A";
    let browser = with_cookie(&app, &made_up);
    browser.get("/set/cart/apples").await;
    assert_ne!(session_cookie(&browser), made_up);
    app.log_in(&browser, "ada", &[]).await;
    assert_eq!(
        with_cookie(&app, &made_up).get("/get/cart").await.text,
        "nothing"
    );
    assert_eq!(
        with_cookie(&app, &made_up).get("/maybe").await.text,
        "nobody"
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_and_a_known_device_is_not() {
    let app = TestApp::new().await;
    let known = app.logged_in("ada").await;
    known.post("/logout", &[]).await;
    assert!(known.cookie("countersign-device").is_some());

    let stranger = app.browser();
    let guess = async |browser: &Browser, name: &str| {
        browser
            .post("/login", &[("username", name), ("password", "guess")])
            .await
    };
    for _ in 0..5 {
        assert_eq!(guess(&stranger, "ada").await.status, 401);
    }
    let before = app.passwords.statistics().verifications;
    app.events.take();
    let page = guess(&stranger, "ada").await;
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoginThrottled { .. }]
    ));
    let right = stranger
        .post("/login", &[("username", "ada"), ("password", PASSWORD)])
        .await;
    assert_eq!(right.status, 429, "right or wrong");
    assert_eq!(
        app.passwords.statistics().verifications,
        before,
        "nothing was verified"
    );

    let unknown = app.browser().at(elsewhere());
    for _ in 0..5 {
        guess(&unknown, "no-such-user").await;
    }
    let mut same = guess(&unknown, "no-such-user").await;
    same.headers
        .insert("retry-after", page.headers["retry-after"].clone());
    assert_eq!((same.status, same.text), (page.status, page.text.clone()));
    assert_eq!(sorted(&same.headers), sorted(&page.headers));

    // From the very address of the stranger.
    app.log_in(&known, "ada", &[]).await;
    assert_eq!(known.get("/protected").await.text, "ada");
}

#[tokio::test]
async fn a_client_behind_a_trusted_proxy_is_counted_by_its_own_address() {
    let behind_proxy = |manager: LoginManager<User>| {
        let addresses = ClientAddresses::from_header("x-forwarded-for", ["127.0.0.1"]).unwrap();
        manager
            .public_url(PUBLIC)
            .unwrap()
            .client_addresses(addresses)
    };
    let app = TestApp::with(MemoryStore::new(), behind_proxy).await;
    let guess = async |forwarded: &str| {
        let browser = app.browser().with_header("x-forwarded-for", forwarded);
        browser
            .post("/login", &[("username", "ada"), ("password", "guess")])
            .await
            .status
            .as_u16()
    };
    for _ in 0..5 {
        assert_eq!(guess("203.0.113.7, 198.51.100.1").await, 401);
    }
    assert_eq!(
        guess("8.8.8.8, 198.51.100.1").await,
        429,
        "what the client claims is not believed"
    );
    assert_eq!(guess("203.0.113.7, 198.51.100.2").await, 401);
}

fn sorted(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    headers
}
