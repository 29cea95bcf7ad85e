//! By curl, with a cookie jar.

use countersign_interop::{Answer, Curl};

use crate::site::{LOGIN_FOR_ACCOUNT, PASSWORD, Site, program};

#[tokio::test]
async fn the_main_job() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let curl = Curl::new()?;
    let answer = site.page(&curl, "/account").await?;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some(LOGIN_FOR_ACCOUNT));
    assert_eq!(answer.header("set-cookie"), None, "strangers cost nothing");

    let fields = [("username", "Ada"), ("password", PASSWORD)];
    let answer = curl.post(&site.at("/register"), &fields).await?;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/account"))
    );
    let account = site.page(&curl, "/account").await?;
    assert!(
        account.body.contains("<h1><bdi>Ada</bdi></h1>"),
        "{}",
        account.body
    );
    assert_eq!(account.header("cache-control"), Some("no-store"));

    let kept = curl.copy()?;
    let address = site.at("/logout");
    let as_a_browser = ["--request", "POST", "--header", "Accept: text/html"];
    let answer = curl.run(&[&as_a_browser[..], &[&address]].concat()).await?;
    assert_eq!(answer.header("location"), Some("/logged-out"));
    assert!(!site.is_logged_in(&curl).await?);
    assert!(!site.is_logged_in(&kept).await?, "the old cookie, replayed");

    let answer = site.try_to_log_in(&curl, "Ada", "a wrong password").await?;
    assert_eq!(answer.status, 401);
    assert!(!site.is_logged_in(&curl).await?);
    let fields = [fields[0], fields[1], ("remember", "on")];
    let answer = curl.post(&site.at(LOGIN_FOR_ACCOUNT), &fields).await?;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/account"))
    );
    let cookie = answer.header("set-cookie").unwrap_or_default();
    for part in [
        "countersign=",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/",
        "Max-Age=",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(site.is_logged_in(&curl).await?);
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_logs_nobody_in() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let stranger = Curl::new()?;
    for name in ["Ada", " ada ", "ＡＤＡ"] {
        let fields = [("username", name), ("password", PASSWORD)];
        let answer = stranger.post(&site.at("/register"), &fields).await?;
        assert_eq!(answer.status, 422, "{name}");
        assert!(
            answer.body.contains("This name is taken"),
            "{}",
            answer.body
        );
        assert!(!site.is_logged_in(&stranger).await?);
    }
    assert!(site.is_logged_in(&ada).await?);
    Ok(())
}

#[tokio::test]
async fn what_was_typed_is_shown_again_and_never_becomes_part_of_the_page() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let curl = Curl::new()?;
    let name = "\"><script>alert(1)</script>";
    let fields = [("username", name), ("password", "short")];
    let answer = curl.post(&site.at("/register"), &fields).await?;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("needs at least 15"));
    assert!(answer.body.contains("&lt;script&gt;"), "{}", answer.body);
    assert!(!answer.body.contains("<script>"), "{}", answer.body);
    assert!(
        !answer.body.contains("value=\"short\""),
        "a password is not shown"
    );
    let answer = site.try_to_log_in(&curl, name, "short").await?;
    assert!(!answer.body.contains("<script>"), "{}", answer.body);
    Ok(())
}

#[tokio::test]
async fn nobody_learns_which_names_exist_by_logging_in() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let wrong = "this is a wrong password";
    let unknown = site.try_to_log_in(&Curl::new()?, "Ada", wrong).await?;
    site.register("Ada").await?;
    let known = site.try_to_log_in(&Curl::new()?, "Ada", wrong).await?;
    assert_eq!(unknown.status, 401);
    assert_eq!(without_date(&known), without_date(&unknown));
    Ok(())
}

#[tokio::test]
async fn guessing_is_refused_after_a_while_and_not_on_the_device_that_is_known()
-> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let ada = site.log_in("Ada").await?;
    let guesser = Curl::new()?;
    let mut last = site.try_to_log_in(&guesser, "Ada", "a guess").await?;
    for _ in 0..5 {
        last = site.try_to_log_in(&guesser, "Ada", "a guess").await?;
    }
    assert_eq!(last.status, 429, "{}", last.body);
    assert!(last.body.contains("Try again in"), "{}", last.body);
    assert!(last.header("retry-after").is_some());
    let right = site.try_to_log_in(&guesser, "Ada", PASSWORD).await?;
    assert_eq!(right.status, 429, "also with the right password");

    ada.post(&site.at("/logout"), &[]).await?;
    let answer = site.try_to_log_in(&ada, "Ada", PASSWORD).await?;
    assert_eq!(answer.status, 303, "{}", answer.body);
    Ok(())
}

#[tokio::test]
async fn a_login_leads_back_only_into_this_site() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let fields = [("username", "Ada"), ("password", PASSWORD)];
    for (next, location) in [
        ("%2Faccount%2Fpassword", "/account/password"),
        ("%2F%2Fevil.example", "/account"),
        ("%2F%5Cevil.example", "/account"),
        ("https%3A%2F%2Fevil.example", "/account"),
        ("javascript%3Aalert(1)", "/account"),
        ("%2F%09%2Fevil.example", "/account"),
    ] {
        let path = format!("/login?next={next}");
        let answer = Curl::new()?.post(&site.at(&path), &fields).await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.header("location"), Some(location), "{next}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_page_of_another_site_sends_is_refused() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let form = format!("username=Ada&password={PASSWORD}");
    for (path, body) in [
        ("/login", form.as_str()),
        ("/register", &form),
        ("/logout", ""),
    ] {
        for (header, status) in [
            ("Sec-Fetch-Site: cross-site", 403),
            ("Sec-Fetch-Site: same-site", 403),
            // Without a public URL, another site's name is a sign of a proxy.
            ("Origin: https://evil.example", 421),
            ("Origin: null", 403),
            ("Referer: https://evil.example/page", 421),
        ] {
            let arguments = ["--header", header, "--data", body, &site.at(path)];
            let answer = ada.run(&arguments).await?;
            assert_eq!(answer.status, status, "{path}, {header}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
    assert!(site.is_logged_in(&ada).await?);
    Ok(())
}

#[tokio::test]
async fn without_a_public_url_only_this_machine_is_served() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let curl = Curl::new()?;
    let home = site.at("/");
    // By default nginx speaks HTTP/1.0, and names the address that it connects to.
    let like_nginx = ["--http1.0", "--header", "Connection: close"];
    for arguments in [
        &["--header", "Host: evil.example"][..],
        &like_nginx,
        &["--header", "X-Forwarded-For: 192.0.2.1"],
        &["--header", "Forwarded: for=192.0.2.1"],
    ] {
        let arguments = [arguments, &["--header", "Accept: text/html", &home]].concat();
        let answer = curl.run(&arguments).await?;
        assert_eq!(answer.status, 421, "{arguments:?}");
        assert!(answer.body.contains("--public-url"), "{}", answer.body);
    }
    assert_eq!(curl.get(&home).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn with_a_public_url_cookies_are_for_https_and_forms_come_from_there() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = program()
        .argument("--data")
        .argument(data.path())
        .variable("COUNTERSIGN_PUBLIC_URL", "https://app.example")
        .variable("COUNTERSIGN_REGISTRATION", "open")
        .variable("COUNTERSIGN_PROXY_TRUSTED", "127.0.0.1")
        .start()
        .await?;
    assert!(server.output().contains("https://app.example/register"));
    let curl = Curl::new()?;
    let body = format!("username=Ada&password={PASSWORD}");
    let register = server.at("/register");
    for (origin, status) in [("https://evil.example", 403), ("https://app.example", 303)] {
        let origin = format!("Origin: {origin}");
        let arguments = [
            "--header",
            "Host: app.example",
            "--header",
            &origin,
            "--data",
            &body,
            &register,
        ];
        let answer = curl.run(&arguments).await?;
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 303 {
            let cookie = answer.header("set-cookie").unwrap_or_default();
            assert!(cookie.starts_with("__Host-countersign="), "{cookie}");
            assert!(cookie.contains("Secure"), "{cookie}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_tells_browsers_what_the_site_never_does() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let curl = site.register("Ada").await?;
    let too_much = format!("password={}", "x".repeat(70_000));
    let answers = [
        (200, site.page(&curl, "/").await?),
        (200, site.page(&curl, "/account").await?),
        (200, site.page(&curl, "/countersign.css").await?),
        (200, site.page(&curl, "/countersign.svg").await?),
        (303, site.page(&Curl::new()?, "/account").await?),
        (404, site.page(&curl, "/nothing").await?),
        (405, site.page(&curl, "/logout").await?),
        (
            413,
            curl.run(&["--data", &too_much, &site.at("/login")]).await?,
        ),
        (
            421,
            curl.run(&["--header", "Host: evil.example", &site.at("/")])
                .await?,
        ),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{}", answer.body);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{status}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert!(answer.header("permissions-policy").is_some());
        assert!(
            answer
                .header("content-type")
                .is_some_and(|kind| !kind.is_empty())
                || status == 303
        );
    }
    Ok(())
}

#[tokio::test]
async fn forms_that_are_none_are_refused_with_a_page() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let curl = Curl::new()?;
    let login = site.at("/login");
    for (status, arguments) in [
        (400, &["--data", "username=Ada"][..]),
        (400, &["--data", ""]),
        (400, &["--data", "username=%FF&password=x&password=y"]),
        (
            415,
            &["--header", "Content-Type: text/plain", "--data", "{}"],
        ),
        (
            413,
            &[
                "--header",
                "Content-Length: 99999999",
                "--data",
                "username=Ada",
            ],
        ),
    ] {
        let page = ["--header", "Accept: text/html", &login];
        let answer = curl.run(&[arguments, &page].concat()).await?;
        assert_eq!(answer.status, status, "{arguments:?}: {}", answer.body);
        assert!(answer.body.contains("<h1>"), "{}", answer.body);
    }
    Ok(())
}

#[tokio::test]
async fn passwords_are_taken_exactly_as_they_are_typed() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let passwords = [
        "😀 emoji are characters too 😀".to_owned(),
        format!("{} and 73 bytes", "x".repeat(60)),
        " a space at each end ".to_owned(),
    ];
    for (number, password) in passwords.iter().enumerate() {
        let name = format!("user {number}");
        let fields = [("username", name.as_str()), ("password", password)];
        let answer = Curl::new()?.post(&site.at("/register"), &fields).await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let mut without_last = password.clone();
        without_last.pop();
        for (typed, status) in [
            (&without_last, 401),
            (&format!("{password} "), 401),
            (password, 303),
        ] {
            let answer = site.try_to_log_in(&Curl::new()?, &name, typed).await?;
            assert_eq!(answer.status, status, "{typed:?}");
        }
    }
    let curl = Curl::new()?;
    let with_nul = "username=nul&password=nul+%00+in+the+middle";
    let answer = curl
        .run(&["--data", with_nul, &site.at("/register")])
        .await?;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cut = "username=nul&password=nul+";
    let answer = curl.run(&["--data", cut, &site.at("/login")]).await?;
    assert_eq!(answer.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_change_of_the_password_ends_every_other_session() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let mine = site.register("Ada").await?;
    let before = mine.copy()?;
    let other = site.log_in("Ada").await?;
    let wrong = [
        ("current_password", "not my password"),
        ("new_password", "five other words in a row"),
    ];
    let answer = mine.post(&site.at("/account/password"), &wrong).await?;
    assert_eq!(answer.status, 422);
    assert!(site.is_logged_in(&other).await?, "nothing has changed");

    let change = [
        ("current_password", PASSWORD),
        ("new_password", "five other words in a row"),
    ];
    let answer = mine.post(&site.at("/account/password"), &change).await?;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(site.is_logged_in(&mine).await?);
    assert!(!site.is_logged_in(&other).await?);
    assert!(
        !site.is_logged_in(&before).await?,
        "the cookie before the change"
    );
    let answer = site.try_to_log_in(&Curl::new()?, "Ada", PASSWORD).await?;
    assert_eq!(answer.status, 401, "the old password");
    Ok(())
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let bob = site.register("Bob").await?;
    let account = site.page(&ada, "/account/sessions").await?;
    let (_, rest) = account
        .body
        .split_once("name=\"session\" value=\"")
        .expect("a session");
    let (session, _) = rest.split_once('"').expect("its name");
    for session in [
        session,
        "",
        "not-a-uuid",
        "00000000-0000-0000-0000-000000000000",
    ] {
        let answer = bob
            .post(&site.at("/account/sessions/end"), &[("session", session)])
            .await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    assert!(site.is_logged_in(&ada).await?);
    assert!(site.is_logged_in(&bob).await?);
    Ok(())
}

/// An answer without the moment it was made.
fn without_date(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    // When it was, and which of all requests: neither depends on who asks.
    answer
        .headers
        .retain(|(name, _)| name != "date" && name != "x-request-id");
    answer
}
