//! Accounts in a web application: `LoginManager::of`, the guards, and a browser or two.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use countersign::accounts::{Account, Accounts, By, PasswordChanged};
use countersign::session::ClientRecord;
use countersign::testing::Browser;
use countersign::{
    Auth, CurrentUser, LoginError, LoginManager, SignIn, login_required, permission_required,
    role_required,
};
use tokio::sync::Semaphore;

use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator};

#[tokio::test]
async fn the_main_job() {
    let fixture = Fixture::new().await;
    fixture.register("Ada").await;
    let browser = fixture.browser();
    assert_eq!(browser.get("/me").await.status, 303);
    log_in(&browser, " ADA").await;
    assert_eq!(browser.get("/me").await.text, "Ada");
    assert_eq!(browser.post("/logout", &[]).await.status, 200);
    assert_eq!(browser.get("/me").await.status, 303);
}

#[tokio::test]
async fn a_change_of_the_password_keeps_the_own_session_and_ends_the_others() {
    for path in ["/change", "/change?new_token"] {
        let fixture = Fixture::new().await;
        let ada = fixture.register("ada").await;
        let (own, other) = (fixture.browser(), fixture.browser());
        log_in(&own, "ada").await;
        log_in(&other, "ada").await;
        assert_eq!(fixture.accounts.sessions(ada.id).await.unwrap().len(), 2);

        let wrong = [("username", "wrong"), ("password", OTHER_PASSWORD)];
        assert_eq!(own.post(path, &wrong).await.text, "wrong");
        assert_eq!(other.get("/me").await.text, "ada");

        let before = own.cookie("countersign").unwrap();
        let right = [("username", PASSWORD), ("password", OTHER_PASSWORD)];
        assert_eq!(own.post(path, &right).await.text, "changed");
        assert_eq!(own.get("/me").await.text, "ada", "{path}");
        assert_eq!(own.get("/set").await.text, "1", "its data is still written");
        assert_eq!(other.get("/me").await.status, 303);
        assert_eq!(fixture.accounts.sessions(ada.id).await.unwrap().len(), 1);
        let stolen = fixture.browser();
        stolen.set_cookie("countersign", &before);
        let expected = if path == "/change" { 200 } else { 303 };
        assert_eq!(stolen.get("/me").await.status, expected, "{path}");
        let old = [("username", "ada"), ("password", PASSWORD)];
        assert_eq!(other.post("/login", &old).await.status, 401);
    }
}

#[tokio::test]
async fn a_login_that_is_under_way_is_ended_with_the_others() {
    overtaken_by_each_ending("/slow-login", &["password", "all", "disabled", "deleted"]).await;
}

/// There is no proof by which it could be told that all sessions were ended; but the account is not what it was.
#[tokio::test]
async fn somebody_for_whom_others_vouch_is_not_logged_in_to_an_account_that_changed_meanwhile() {
    overtaken_by_each_ending("/vouched-login", &["password", "disabled", "deleted"]).await;
}

async fn overtaken_by_each_ending(path: &str, endings: &[&str]) {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let by = administrator();
    let accounts = &fixture.accounts;
    let end = async |what: &str| match what {
        "password" => {
            let changed = accounts.set_password(ada.id, PASSWORD, &by).await.unwrap();
            assert!(matches!(changed, PasswordChanged::Changed(_)));
        }
        "all" => accounts.end_all_sessions(ada.id, &by).await.unwrap(),
        "disabled" => assert!(accounts.disable(ada.id, &by).await.unwrap()),
        _ => accounts.delete(ada.id, &by).await.unwrap(),
    };
    for what in endings {
        let pause = Pause::default();
        let browser = Browser::new(router(accounts, manager(accounts), pause.clone()));
        let fields = [("username", "ada"), ("password", PASSWORD)];
        let login = async {
            let page = browser.post(path, &fields).await;
            assert_eq!(page.status, 401, "{what}: {}", page.text);
        };
        let ending = async {
            pause.reached.acquire().await.unwrap().forget();
            end(what).await;
            pause.goes_on.add_permits(1);
        };
        tokio::join!(login, ending);
        assert_eq!(browser.get("/me").await.status, 303, "{what}");
        assert!(
            accounts.sessions(ada.id).await.unwrap().is_empty(),
            "{what}"
        );
        if *what == "disabled" {
            assert!(accounts.enable(ada.id, &by).await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_manager_with_a_cookie_of_its_own_has_no_sessions_that_accounts_do_not_know() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let accounts = &fixture.accounts;
    let named = manager(accounts).cookie_name("staff").unwrap();
    let browser = browser(accounts, named.clone());
    log_in(&browser, "ada").await;
    assert_eq!(accounts.sessions(ada.id).await.unwrap().len(), 1);
    accounts.disable(ada.id, &administrator()).await.unwrap();
    accounts.enable(ada.id, &administrator()).await.unwrap();
    assert_eq!(browser.get("/me").await.status, 303);
    let error = named.realm("staff").unwrap_err();
    assert!(error.to_string().contains("another database"), "{error}");
}

#[tokio::test]
async fn roles_and_permissions_count_from_the_next_request_on() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let (accounts, by) = (&fixture.accounts, administrator());
    let browser = fixture.browser();
    assert_eq!(
        browser.get("/write").await.status,
        303,
        "strangers are sent to log in"
    );
    log_in(&browser, "ada").await;
    let page = browser.get("/write").await;
    assert_eq!(page.status, 403);
    assert!(
        page.text.contains("You are not allowed to do this."),
        "{}",
        page.text
    );
    assert_eq!(browser.get("/admin").await.status, 403);

    assert!(accounts.grant_role(ada.id, "editor", &by).await.unwrap());
    assert_eq!(
        browser.get("/write").await.status,
        403,
        "the role permits nothing yet"
    );
    accounts
        .define_role("editor", ["reports:read", "reports:write"], &by)
        .await
        .unwrap();
    assert_eq!(browser.get("/write").await.text, "written");
    assert!(!accounts.grant_role(ada.id, "editor", &by).await.unwrap());
    assert!(accounts.grant_role(ada.id, "admin", &by).await.unwrap());
    assert_eq!(browser.get("/admin").await.text, "admin");

    accounts
        .define_role("editor", ["reports:read"], &by)
        .await
        .unwrap();
    assert_eq!(
        accounts.permissions_of("editor").await.unwrap(),
        ["reports:read"]
    );
    assert_eq!(browser.get("/write").await.status, 403);
    assert!(accounts.revoke_role(ada.id, "admin", &by).await.unwrap());
    assert!(!accounts.revoke_role(ada.id, "admin", &by).await.unwrap());
    assert_eq!(browser.get("/admin").await.status, 403);
}

pub(crate) async fn log_in(browser: &Browser, name: &str) {
    let page = browser
        .post("/login", &[("username", name), ("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
}

/// As whom a browser of a test fails.
pub(crate) fn by_a_browser() -> By {
    By::anonymous(ClientRecord::new("127.0.0.1".parse().ok(), None))
}

pub(crate) fn browser(accounts: &Accounts, manager: LoginManager<Account>) -> Browser {
    Browser::new(router(accounts, manager, Pause::default()))
}

impl Fixture {
    pub(crate) fn browser(&self) -> Browser {
        browser(&self.accounts, manager(&self.accounts))
    }
}

fn manager(accounts: &Accounts) -> LoginManager<Account> {
    LoginManager::of(accounts).login_view("/login")
}

/// Stops a handler between the proof and the login.
#[derive(Clone)]
struct Pause {
    reached: Arc<Semaphore>,
    goes_on: Arc<Semaphore>,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            reached: Arc::new(Semaphore::new(0)),
            goes_on: Arc::new(Semaphore::new(0)),
        }
    }
}

#[derive(Clone)]
struct AppState {
    accounts: Accounts,
    pause: Pause,
}

fn router(accounts: &Accounts, manager: LoginManager<Account>, pause: Pause) -> Router {
    let private = Router::new()
        .route(
            "/me",
            get(async |user: CurrentUser<Account>| user.name.clone()),
        )
        .route("/set", get(set))
        .layer(login_required::<Account>());
    let admin = Router::new()
        .route("/admin", get(async || "admin"))
        .layer(role_required::<Account>("admin"));
    let writing = Router::new()
        .route("/write", get(async || "written"))
        .layer(permission_required::<Account>("reports:write"));
    Router::new()
        .route("/login", get(async || "log in").post(login))
        .route("/slow-login", post(slow_login))
        .route("/vouched-login", post(vouched_login))
        .route("/careless-login", post(careless_login))
        .route("/visit", get(set))
        .route("/logout", post(logout))
        .route("/change", post(change))
        .merge(private)
        .merge(admin)
        .merge(writing)
        .layer(manager)
        .with_state(AppState {
            accounts: accounts.clone(),
            pause,
        })
}

async fn check(
    accounts: &Accounts,
    auth: &Auth<Account>,
    form: &SignIn,
) -> Result<Option<Account>, LoginError> {
    let found = accounts.find_by_name(&form.username).await.unwrap();
    auth.check(&Accounts::login_key(&form.username), found, &form.password)
        .await
}

async fn login(
    State(state): State<AppState>,
    auth: Auth<Account>,
    Form(form): Form<SignIn>,
) -> Result<Response, LoginError> {
    match check(&state.accounts, &auth, &form).await? {
        Some(account) => {
            auth.login_user(&account).remember(form.remember).await?;
            Ok("welcome".into_response())
        }
        None => Ok((axum::http::StatusCode::UNAUTHORIZED, "wrong").into_response()),
    }
}

async fn slow_login(
    State(state): State<AppState>,
    auth: Auth<Account>,
    Form(form): Form<SignIn>,
) -> Result<&'static str, LoginError> {
    let account = check(&state.accounts, &auth, &form)
        .await?
        .expect("the password is right");
    state.pause.reached.add_permits(1);
    state.pause.goes_on.acquire().await.unwrap().forget();
    auth.login_user(&account).await?;
    Ok("welcome")
}

/// Somebody else says who it is.
async fn vouched_login(
    State(state): State<AppState>,
    auth: Auth<Account>,
    Form(form): Form<SignIn>,
) -> Result<&'static str, LoginError> {
    let account = state.accounts.find_by_name(&form.username).await.unwrap();
    state.pause.reached.add_permits(1);
    state.pause.goes_on.acquire().await.unwrap().forget();
    auth.login_user(&account.expect("she is there")).await?;
    Ok("welcome")
}

/// The name is given as it was typed.
async fn careless_login(
    State(state): State<AppState>,
    auth: Auth<Account>,
    Form(form): Form<SignIn>,
) -> Result<&'static str, LoginError> {
    let found = state.accounts.find_by_name(&form.username).await.unwrap();
    let checked = auth.check(&form.username, found, &form.password).await?;
    Ok(checked.map_or("wrong", |_| "right"))
}

async fn logout(auth: Auth<Account>) -> Result<&'static str, LoginError> {
    auth.logout_user().await?;
    Ok("bye")
}

async fn set(
    session: countersign::session::Session,
) -> Result<String, countersign::session::SessionError> {
    let count = session
        .update("count", |count: &mut u32| *count += 1)
        .await?;
    Ok(count.to_string())
}

/// The present password stands in the field of the name.
async fn change(
    State(state): State<AppState>,
    auth: Auth<Account>,
    CurrentUser(user): CurrentUser<Account>,
    RawQuery(query): RawQuery,
    Form(form): Form<SignIn>,
) -> Result<&'static str, LoginError> {
    let by = By::account(user.id, auth.client()).device(auth.device_cookie());
    let own = auth.current_session().await?.map(|session| session.id);
    let changed = state
        .accounts
        .change_password(user.id, &form.username, &form.password, own, &by)
        .await
        .unwrap();
    Ok(match changed {
        PasswordChanged::Changed(account) => {
            if query.is_some() {
                auth.password_changed(&account).await?;
            }
            "changed"
        }
        PasswordChanged::WrongPassword => "wrong",
        _ => "refused",
    })
}
