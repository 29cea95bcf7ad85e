//! Taking away is immediate, giving is deferred: whatever the handler, the client or the clock does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use countersign::password::{Argon2Cost, Passwords};
use countersign::session::{SessionStore, UserId};
use countersign::testing::Browser;
use countersign::{Auth, CurrentUser, Event, LoginError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::app::{PASSWORD, TestApp, User, session_cookie, with_cookie};

/// Runs a case on every store.
macro_rules! on_every_store {
    ($($case:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                super::$case(countersign::session::MemoryStore::new()).await;
            })*
        }

        mod in_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("sessions.db");
                super::$case(countersign::session::SqliteStore::open(file).await.unwrap()).await;
            })*
        }
    };
}

on_every_store!(
    a_save_by_a_slow_request_does_not_bring_a_logged_out_session_back,
    a_panic_undoes_a_login_and_never_a_logout,
    a_client_that_hangs_up_undoes_a_login_and_never_a_logout,
    a_logout_is_carried_out_though_its_client_does_not_wait_for_it,
    fifty_requests_around_a_login_leave_the_browser_logged_in,
    fifty_requests_around_a_confirmation_leave_the_browser_logged_in,
    a_logout_after_a_confirmation_ends_the_old_cookie_at_once,
    a_logout_with_the_old_cookie_ends_the_confirmed_login_at_once,
    a_logout_beside_a_confirmation_leaves_nobody_logged_in,
    a_hundred_logins_that_wait_with_the_old_password_come_to_nothing,
    a_hundred_logins_that_wait_with_the_old_stamp_come_to_nothing,
    ending_the_other_sessions_spares_this_one,
    a_changed_password_ends_the_other_sessions_and_rotates_this_one,
    ending_the_other_sessions_spares_the_login_of_the_same_request,
    ending_the_other_sessions_undoes_nobody_elses_end,
    one_session_of_a_user_is_ended_by_its_name,
    everybodys_sessions_are_ended_and_cleaned_away,
    a_minute_after_its_end_an_old_cookie_stands_in_nobodys_way,
    hundreds_of_concurrent_changes_all_survive,
    two_hundred_logins_and_logouts_leave_nobody_logged_in,
);

async fn a_save_by_a_slow_request_does_not_bring_a_logged_out_session_back(
    store: impl SessionStore,
) {
    let app = TestApp::on(store).await;
    let browser = app.logged_in("ada").await;
    let cookie = session_cookie(&browser);
    let (entered, leave) = (
        Arc::new(tokio::sync::Notify::new()),
        Arc::new(tokio::sync::Notify::new()),
    );
    let slow = {
        let (entered, leave) = (entered.clone(), leave.clone());
        let write = async move |session: countersign::session::Session| {
            session.insert("cart", "apples").await.unwrap();
            entered.notify_one();
            leave.notified().await;
            "saved"
        };
        let router = axum::Router::new()
            .route("/slow", axum::routing::get(write))
            .layer(app.manager.clone());
        let browser = Browser::new(router);
        browser.set_cookie("countersign", &cookie);
        tokio::spawn(async move { browser.get("/slow").await })
    };
    entered.notified().await;
    browser.post("/logout", &[]).await;
    leave.notify_one();
    let page = slow.await.unwrap();
    assert_eq!(
        (page.text.as_str(), page.set_cookies().count()),
        ("saved", 0)
    );
    let replayed = with_cookie(&app, &cookie);
    assert_eq!(replayed.get("/maybe").await.text, "nobody");
    assert_eq!(replayed.get("/get/cart").await.text, "nothing");
}

async fn a_panic_undoes_a_login_and_never_a_logout(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let login = {
        let browser = app.browser();
        let fields = [("username", "ada"), ("password", PASSWORD)];
        tokio::spawn(async move { browser.post("/login?then=panic", &fields).await })
    };
    assert!(login.await.unwrap_err().is_panic());
    assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());

    let browser = app.logged_in("ada").await;
    let cookie = session_cookie(&browser);
    let logout = tokio::spawn(async move { browser.post("/logout?then=panic", &[]).await });
    assert!(logout.await.unwrap_err().is_panic());
    assert_eq!(
        with_cookie(&app, &cookie).get("/maybe").await.text,
        "nobody"
    );
}

/// Over a real socket: what hyper does when a client goes away is what counts.
async fn a_client_that_hangs_up_undoes_a_login_and_never_a_logout(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let browser = app.logged_in("ada").await;
    let cookie = session_cookie(&browser);
    let before = app.manager.sessions_of(&1).await.unwrap().len();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app
        .router
        .clone()
        .into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });

    let form = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
    let verified = app.passwords.statistics().verifications;
    let hung_up = hang_up(address, "/login?then=hang", "", &form).await;
    wait_until(async || app.passwords.statistics().verifications > verified).await;
    drop(hung_up);
    let hung_up = hang_up(address, "/logout?then=hang", &cookie, "").await;
    wait_until(async || with_cookie(&app, &cookie).get("/maybe").await.text == "nobody").await;
    drop(hung_up);
    let left = app.manager.sessions_of(&1).await.unwrap().len();
    assert_eq!(
        (before, left),
        (1, 0),
        "the login that nobody waited for never began"
    );
    server.abort();
}

/// Sends a POST whose answer never comes, and the connection to hang up.
async fn hang_up(address: SocketAddr, path: &str, cookie: &str, body: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nCookie: countersign={cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut nothing = [0; 1];
    let answer = tokio::time::timeout(Duration::from_millis(100), socket.read(&mut nothing)).await;
    assert!(answer.is_err(), "an answer came");
    socket
}

async fn wait_until(mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not happen in five seconds");
}

async fn a_logout_is_carried_out_though_its_client_does_not_wait_for_it(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let browser = app.logged_in("ada").await;
    let old = with_cookie(&app, &session_cookie(&browser));
    {
        let mut logout = std::pin::pin!(browser.post("/logout", &[]));
        std::future::poll_fn(|context| Poll::Ready(logout.as_mut().poll(context).is_ready())).await;
    }
    let logged_out = async {
        while old.get("/maybe").await.text != "nobody" {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, logged_out).await.unwrap();
}

async fn fifty_requests_around_a_login_leave_the_browser_logged_in(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let browser = app.browser();
    browser.get("/set/cart/apples").await;
    let fields = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
    around(&browser, "/login", fields).await;
    assert_eq!(browser.get("/protected").await.text, "ada");
    assert_eq!(browser.get("/get/cart").await.text, "apples");
}

async fn fifty_requests_around_a_confirmation_leave_the_browser_logged_in(
    store: impl SessionStore,
) {
    let app = TestApp::on(store).await;
    let browser = app.logged_in("ada").await;
    app.clock.advance(Duration::from_secs(3_600));
    around(
        &browser,
        "/confirm",
        format!("password={}", PASSWORD.replace(' ', "+")),
    )
    .await;
    assert_eq!(browser.get("/fresh").await.text, "ada");
}

async fn a_logout_after_a_confirmation_ends_the_old_cookie_at_once(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let (old, browser) = confirmed(&app).await;
    assert_eq!(old.get("/maybe").await.text, "ada", "the old cookie fades");
    let cookie = session_cookie(&browser);
    let page = browser.post("/logout", &[]).await;
    assert_eq!(page.set_cookies().filter(is_removal).count(), 1);
    for browser in [old, with_cookie(&app, &cookie)] {
        let page = browser.get("/maybe").await;
        assert_eq!(
            (page.text.as_str(), page.set_cookies().count()),
            ("nobody", 0)
        );
    }
}

async fn a_logout_with_the_old_cookie_ends_the_confirmed_login_at_once(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let (old, browser) = confirmed(&app).await;
    app.clock.advance(Duration::from_millis(9_999));
    let cookie = session_cookie(&old);
    app.events.take();
    let page = old.post("/logout", &[]).await;
    assert_eq!(page.set_cookies().filter(is_removal).count(), 1);
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoggedOut { user: Some(user), .. }] if user.as_str() == "1"
    ));
    for browser in [browser, with_cookie(&app, &cookie)] {
        let page = browser.get("/maybe").await;
        assert_eq!(
            (page.text.as_str(), page.set_cookies().count()),
            ("nobody", 0)
        );
    }
    assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());
}

async fn a_logout_beside_a_confirmation_leaves_nobody_logged_in(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    for _ in 0..20 {
        let browser = app.logged_in("ada").await;
        let mut requests = JoinSet::new();
        for number in 0..10 {
            let browser = browser.clone();
            let (path, form) = match number {
                3 => (
                    "/confirm",
                    format!("password={}", PASSWORD.replace(' ', "+")),
                ),
                6 => ("/logout", String::new()),
                _ => ("/count", String::new()),
            };
            let request = browser
                .request(Method::POST, path)
                .header("content-type", "application/x-www-form-urlencoded");
            requests.spawn(async move { browser.send_only(request, Body::from(form)).await });
        }
        for page in requests.join_all().await {
            browser.keep_cookies(&page);
        }
        // A confirmation that came too late was refused; one that came first was ended with the login.
        assert_eq!(browser.get("/maybe").await.text, "nobody");
        assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());
    }
}

/// A browser whose user has just confirmed his login, and one with the cookie from before.
async fn confirmed(app: &TestApp) -> (Browser, Browser) {
    let browser = app.logged_in("ada").await;
    let old = with_cookie(app, &session_cookie(&browser));
    let page = browser.post("/confirm", &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 303, "{}", page.text);
    assert_ne!(session_cookie(&browser), session_cookie(&old));
    (old, browser)
}

fn is_removal(cookie: &&str) -> bool {
    cookie.starts_with("countersign=;")
}

/// Sends a form with fifty requests beside it, which read and write, all with the same cookies; keeps the cookies of the
/// answers in an order of their own: those of the form first, and in the middle, and last.
async fn around(browser: &Browser, path: &'static str, form: String) {
    let mut requests = JoinSet::new();
    for number in 0..51 {
        let browser = browser.clone();
        let (method, path, body) = match number {
            25 => (Method::POST, path, form.clone()),
            even if even % 2 == 0 => (Method::GET, "/count", String::new()),
            _ => (Method::GET, "/maybe", String::new()),
        };
        let request = browser
            .request(method, path)
            .header("content-type", "application/x-www-form-urlencoded");
        requests.spawn(async move { (number, browser.send_only(request, Body::from(body)).await) });
    }
    let mut pages = requests.join_all().await;
    pages.sort_by_key(|(number, _)| *number);
    let login = pages.remove(25).1;
    assert_eq!(login.status, 303, "{}", login.text);
    for position in [0, 25, 50] {
        let mut order: Vec<_> = pages.iter().map(|(_, page)| page).collect();
        order.insert(position, &login);
        order
            .into_iter()
            .for_each(|page| browser.keep_cookies(page));
        assert!(
            !browser.get("/maybe").await.text.contains("nobody"),
            "login at {position}"
        );
    }
}

async fn a_hundred_logins_that_wait_with_the_old_password_come_to_nothing(
    store: impl SessionStore,
) {
    let (app, waiting) = a_hundred_waiting_logins(store).await;
    app.set_password(1, "another password entirely").await;
    app.manager.end_sessions_of(&1).await.unwrap();
    for browser in waiting.join_all().await {
        assert_eq!(browser.get("/maybe").await.text, "nobody");
    }
    assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());
}

async fn a_hundred_logins_that_wait_with_the_old_stamp_come_to_nothing(store: impl SessionStore) {
    let (app, waiting) = a_hundred_waiting_logins(store).await;
    app.set_password(1, "another password entirely").await;
    app.users
        .change(1, |user| user.security_stamp = Some("new".into()));
    for browser in waiting.join_all().await {
        assert_eq!(browser.get("/maybe").await.text, "nobody");
    }
}

/// The handler reads the user again between the proof and the login, as one does that writes down when he logged in.
#[tokio::test]
async fn a_login_counts_under_the_stamp_that_was_verified_and_no_newer_one() {
    let app = TestApp::new().await;
    app.users
        .change(1, |user| user.security_stamp = Some("old".into()));
    let users = app.users.clone();
    let log_in = async move |auth: Auth<User>| {
        let found = users.named("ada");
        let proved = auth.check("ada", found, PASSWORD).await.unwrap();
        // Meanwhile, somewhere else, the password is changed.
        users.change(1, |user| user.security_stamp = Some("new".into()));
        let read_again = users.get(proved.unwrap().id).unwrap();
        auth.login_user(&read_again).await
    };
    let router = axum::Router::new()
        .route("/log-in", axum::routing::post(log_in))
        .layer(app.manager.clone());
    let browser = Browser::new(router);
    browser.post("/log-in", &[]).await;
    let replayed = with_cookie(&app, &session_cookie(&browser));
    assert_eq!(replayed.get("/maybe").await.text, "nobody");
}

#[tokio::test]
async fn everybodys_end_comes_over_logins_that_others_vouch_for_too() {
    let app = TestApp::new().await;
    let (users, manager) = (app.users.clone(), app.manager.clone());
    let log_in = async move |auth: Auth<User>| {
        auth.login_user(&users.get(1).unwrap()).await?;
        manager.end_all_sessions().await.unwrap();
        Ok::<_, LoginError>("logged in")
    };
    let router = axum::Router::new()
        .route("/callback", axum::routing::get(log_in))
        .layer(app.manager.clone());
    let browser = Browser::new(router);
    let page = browser.get("/callback").await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (401, 0));
    assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());
}

/// Bob logs in on a browser that Ada has left logged in, and wants to be logged out everywhere else.
#[tokio::test]
async fn who_logs_in_over_another_user_ends_none_of_that_users_sessions() {
    let app = TestApp::new().await;
    let elsewhere = app.logged_in("ada").await;
    let left = app.logged_in("ada").await;
    let users = app.users.clone();
    let log_in = async move |auth: Auth<User>| {
        auth.login_user(&users.get(2).unwrap()).await?;
        let seen = auth.current_session().await?.is_some();
        let ended = auth.end_other_sessions().await;
        Ok::<_, LoginError>(format!("{seen} {ended:?}"))
    };
    let router = axum::Router::new()
        .route("/log-in", axum::routing::get(log_in))
        .layer(app.manager.clone());
    let browser = Browser::new(router);
    browser.set_cookie("countersign", &session_cookie(&left));
    let page = browser.get("/log-in").await;
    assert_eq!(page.text, "false Err(NotLoggedIn)");
    assert_eq!(elsewhere.get("/maybe").await.text, "ada");
}

/// A hundred logins with the right password, half of which have not been verified yet.
async fn a_hundred_waiting_logins(store: impl SessionStore) -> (TestApp, JoinSet<Browser>) {
    let cost = Argon2Cost::danger_weak(19_456, 2, 1).unwrap();
    let slow = Passwords::builder()
        .argon2id(cost)
        .workers(1)
        .queue_limit(200)
        .build()
        .unwrap();
    let pool = slow.clone();
    let app = TestApp::with(store, |manager| manager.passwords(pool)).await;
    let hash: String = slow.hash(PASSWORD).await.unwrap().into();
    app.users
        .change(1, |user| user.password_hash = hash.clone());

    let mut logins = JoinSet::new();
    for number in 0..100u8 {
        // From different clients, so that neither the throttle nor the queue refuses them.
        let browser = app.browser().at(SocketAddr::from(([127, 1, number, 1], 1)));
        let fields = [
            ("username", "ada"),
            ("password", PASSWORD),
            ("remember", "on"),
        ];
        logins.spawn(async move {
            browser.post("/login", &fields).await;
            browser
        });
    }
    let half_way = async || {
        let pool = slow.statistics();
        pool.verifications > 0 && pool.queued > 20
    };
    wait_until(half_way).await;
    (app, logins)
}

async fn a_changed_password_ends_the_other_sessions_and_rotates_this_one(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let (here, there) = (app.browser(), app.logged_in("ada").await);
    app.log_in(&here, "ada", &[("remember", "on")]).await;
    app.clock.advance(Duration::from_secs(3_600));
    let before = session_cookie(&here);
    assert_eq!(
        here.post("/change-password/new-stamp", &[]).await.text,
        "changed"
    );
    assert_ne!(session_cookie(&here), before);
    assert_eq!(
        here.get("/whoami").await.text,
        "ada fresh=true remembered=true"
    );
    assert_eq!(
        with_cookie(&app, &before).get("/maybe").await.text,
        "nobody"
    );
    assert_eq!(there.get("/maybe").await.text, "nobody");
    assert_eq!(app.manager.sessions_of(&1).await.unwrap().len(), 1);
    assert_eq!(
        app.browser().post("/change-password/x", &[]).await.status,
        401
    );
}

async fn ending_the_other_sessions_spares_this_one(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let (here, there) = (app.logged_in("ada").await, app.logged_in("ada").await);
    let somebody_else = app.logged_in("bob").await;
    here.post("/end-others", &[]).await;
    assert_eq!(here.get("/maybe").await.text, "ada");
    assert_eq!(there.get("/maybe").await.text, "nobody");
    assert_eq!(somebody_else.get("/maybe").await.text, "bob");
    here.post("/end-all/1", &[]).await;
    assert_eq!(here.get("/maybe").await.text, "nobody");
    assert_eq!(
        app.logged_in("ada").await.get("/maybe").await.text,
        "ada",
        "a new login counts"
    );
}

async fn ending_the_other_sessions_spares_the_login_of_the_same_request(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let there = app.logged_in("ada").await;
    let browser = new_password(&app, false).await;
    let page = browser.post("/new-password", &[]).await;
    assert_eq!((page.status.as_u16(), page.text.as_str()), (200, "changed"));
    assert_eq!(browser.get("/maybe").await.text, "ada");
    assert_eq!(there.get("/maybe").await.text, "nobody");
}

async fn ending_the_other_sessions_undoes_nobody_elses_end(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let browser = new_password(&app, true).await;
    let page = browser.post("/new-password", &[]).await;
    assert_eq!(page.status, 401, "{}", page.text);
    assert_eq!(browser.get("/maybe").await.text, "nobody");
    assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());
}

/// A browser that is logged in to an application with a view for new passwords: it proves who is there, ends his other
/// sessions and logs him in again. `disables` ends them all just before that.
async fn new_password(app: &TestApp, disables: bool) -> Browser {
    let (users, manager) = (app.users.clone(), app.manager.clone());
    let view = async move |auth: Auth<User>, _: CurrentUser<User>| {
        let Some(user) = auth.check("ada", users.named("ada"), PASSWORD).await? else {
            return Ok("wrong");
        };
        if disables {
            manager.end_sessions_of(&1).await?;
        }
        auth.end_other_sessions().await?;
        auth.login_user(&user).await?;
        Ok::<_, LoginError>("changed")
    };
    let view = axum::Router::new()
        .route("/new-password", axum::routing::post(view))
        .layer(app.manager.clone());
    let browser = Browser::new(app.router.clone().merge(view));
    app.log_in(&browser, "ada", &[]).await;
    browser
}

async fn one_session_of_a_user_is_ended_by_its_name(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let one = app.logged_in("ada").await;
    app.clock.advance(Duration::from_secs(1));
    let other = app.logged_in("ada").await;
    let sessions = app.manager.sessions_of(&1).await.unwrap();
    let name = sessions[0].id;
    app.events.take();
    assert!(!app.manager.end_session_of(&2, name).await.unwrap());
    assert!(app.events.take().is_empty(), "nothing was ended");
    assert!(app.manager.end_session_of(&1, name).await.unwrap());
    assert_eq!(
        app.events.take(),
        [Event::SessionEnded {
            user: UserId::new("1"),
            session: Some(name)
        }]
    );
    assert!(!app.manager.end_session_of(&1, name).await.unwrap());
    assert_eq!(one.get("/maybe").await.text, "nobody");
    assert_eq!(other.get("/maybe").await.text, "ada");
}

async fn everybodys_sessions_are_ended_and_cleaned_away(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let (ada, bob) = (app.logged_in("ada").await, app.logged_in("bob").await);
    let visitor = app.browser();
    visitor.get("/set/cart/apples").await;
    app.events.take();
    app.manager.end_all_sessions().await.unwrap();
    assert_eq!(app.events.take(), [Event::AllSessionsEnded]);
    assert_eq!(ada.get("/maybe").await.text, "nobody");
    assert_eq!(bob.get("/maybe").await.text, "nobody");
    assert_eq!(visitor.get("/get/cart").await.text, "nothing");

    let again = app.logged_in("ada").await;
    assert_eq!(again.get("/maybe").await.text, "ada");
    app.manager.end_sessions_of(&1).await.unwrap();
    let mut cleaned = Vec::new();
    for seconds in [59, 1, 8 * 24 * 3_600] {
        app.clock.advance(Duration::from_secs(seconds));
        cleaned.push(app.manager.remove_expired_sessions(2).await.unwrap());
    }
    cleaned.push(app.manager.remove_expired_sessions(100).await.unwrap());
    assert_eq!(
        cleaned,
        [0, 1, 2, 1],
        "a user's go after a minute, everybody's at their own deadlines"
    );
}

async fn a_minute_after_its_end_an_old_cookie_stands_in_nobodys_way(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    for end_everybodys in [true, false] {
        let browser = app.logged_in("ada").await;
        match end_everybodys {
            true => app.manager.end_all_sessions().await.unwrap(),
            false => app.manager.end_sessions_of(&1).await.unwrap(),
        }
        for (seconds, expected) in [(0, "nothing"), (59, "nothing"), (1, "apples")] {
            app.clock.advance(Duration::from_secs(seconds));
            browser.get("/set/cart/apples").await;
            assert_eq!(browser.get("/get/cart").await.text, expected);
        }
    }
}

async fn hundreds_of_concurrent_changes_all_survive(store: impl SessionStore) {
    let app = TestApp::on(store).await;
    let browser = app.logged_in("ada").await;
    let mut changes = JoinSet::new();
    for number in 0..200 {
        let browser = browser.clone();
        changes.spawn(async move {
            assert_eq!(browser.get("/count").await.status, 200);
            assert_eq!(
                browser
                    .get(&format!("/set/key{number}/{number}"))
                    .await
                    .status,
                200
            );
        });
    }
    changes.join_all().await;
    assert_eq!(browser.get("/count").await.text, "201");
    for number in 0..200 {
        assert_eq!(
            browser.get(&format!("/get/key{number}")).await.text,
            number.to_string()
        );
    }
}

async fn two_hundred_logins_and_logouts_leave_nobody_logged_in(store: impl SessionStore) {
    let app = Arc::new(TestApp::on(store).await);
    let mut visits = JoinSet::new();
    for _ in 0..200 {
        let app = app.clone();
        visits.spawn(async move {
            let browser = app.browser();
            browser
                .log_in(&app.manager, &app.users.get(1).unwrap())
                .await
                .unwrap();
            let cookie = session_cookie(&browser);
            let (out, _, _) = tokio::join!(
                browser.post("/logout", &[]),
                async { browser.clone().get("/count").await },
                async { browser.clone().get("/set/x/y").await },
            );
            assert_eq!(out.status, 303);
            assert_eq!(
                with_cookie(&app, &cookie).get("/maybe").await.text,
                "nobody"
            );
        });
    }
    visits.join_all().await;
    assert!(app.manager.sessions_of(&1).await.unwrap().is_empty());
}
