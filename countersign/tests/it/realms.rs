//! Two kinds of users in one application, and in one store.

use axum::Router;
use axum::routing::{get, post};
use countersign::password::{Argon2Cost, Passwords};
use countersign::session::{MemoryStore, SqliteStore};
use countersign::testing::Browser;
use countersign::{Auth, AuthUser, CurrentUser, LoginError, LoginManager};

#[derive(AuthUser)]
struct Staff {
    id: i64,
}

#[derive(AuthUser)]
struct Customer {
    id: i64,
}

async fn load_staff(id: i64) -> Option<Staff> {
    Some(Staff { id })
}

async fn load_customer(id: i64) -> Option<Customer> {
    Some(Customer { id })
}

#[tokio::test]
async fn two_managers_on_one_store_do_not_take_each_others_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteStore::open(folder.path().join("sessions.db"))
        .await
        .unwrap();
    let memory = MemoryStore::new();
    let stores = [
        (
            LoginManager::new(memory.clone()).user_loader(load_staff),
            LoginManager::new(memory).user_loader(load_customer),
        ),
        (
            LoginManager::new(file.clone()).user_loader(load_staff),
            LoginManager::new(file).user_loader(load_customer),
        ),
    ];
    for (staff, customers) in stores {
        let staff = staff.cookie_name("staff").unwrap();
        let app: Router = Router::new()
            .route(
                "/staff",
                get(async |user: CurrentUser<Staff>| user.id.to_string()),
            )
            .route(
                "/customer",
                get(async |user: CurrentUser<Customer>| user.id.to_string()),
            )
            .layer(staff.clone())
            .layer(customers.clone());
        let browser = Browser::new(app);
        browser.log_in(&staff, &Staff { id: 7 }).await.unwrap();
        assert_eq!(browser.get("/staff").await.text, "7");
        assert_eq!(browser.get("/customer").await.status, 401);

        let token = browser.cookie("staff").unwrap();
        browser.set_cookie("countersign", &token);
        assert_eq!(
            browser.get("/customer").await.status,
            401,
            "the token of another realm"
        );

        browser
            .log_in(&customers, &Customer { id: 7 })
            .await
            .unwrap();
        assert_eq!(browser.get("/customer").await.text, "7");
        assert_eq!(staff.sessions_of(&7).await.unwrap().len(), 1);
        let record = staff.sessions_of(&7).await.unwrap().remove(0);
        assert_eq!(record.login.unwrap().user_id.as_str(), "7");
        customers.end_sessions_of(&7).await.unwrap();
        assert_eq!(browser.get("/customer").await.status, 401);
        assert_eq!(
            browser.get("/staff").await.text,
            "7",
            "another user of the same id"
        );
        staff.end_sessions_of(&7).await.unwrap();
        assert_eq!(browser.get("/staff").await.status, 401);
    }
}

#[tokio::test]
async fn managers_of_one_realm_know_each_others_logins_whatever_their_cookies_are_called() {
    let store = MemoryStore::new();
    let manager = || {
        LoginManager::new(store.clone())
            .user_loader(load_staff)
            .realm("staff")
            .unwrap()
    };
    let (here, there) = (
        manager().cookie_name("here").unwrap(),
        manager().cookie_name("there").unwrap(),
    );
    let app: Router = Router::new()
        .route(
            "/staff",
            get(async |user: CurrentUser<Staff>| user.id.to_string()),
        )
        .layer(there);
    let browser = Browser::new(app);
    let (_, token) = countersign::testing::cookie_for(&here, &Staff { id: 7 })
        .await
        .unwrap();
    browser.set_cookie("there", &token);
    assert_eq!(browser.get("/staff").await.text, "7");
    assert!(manager().realm("a\u{1F}b").is_err());
}

/// Strangers may call themselves what they like where customers register.
#[tokio::test]
async fn a_customers_known_device_is_a_stranger_to_the_staff() {
    let cost = Argon2Cost::danger_weak(8, 1, 1).unwrap();
    let passwords = Passwords::builder().argon2id(cost).build().unwrap();
    let store = MemoryStore::new();
    let staff = LoginManager::new(store.clone())
        .user_loader(load_staff)
        .passwords(passwords.clone())
        .cookie_name("staff")
        .unwrap();
    let customers = LoginManager::new(store)
        .user_loader(load_customer)
        .passwords(passwords);
    let register = async |auth: Auth<Customer>| {
        auth.login_user(&Customer { id: 7 })
            .with_new_password("root")
            .await
    };
    let guess = async |auth: Auth<Staff>| {
        let found = auth.check("root", Some(Staff { id: 1 }), "guess").await?;
        Ok::<_, LoginError>(found.is_some().to_string())
    };
    let app: Router = Router::new()
        .route("/register", post(register))
        .route("/staff", post(guess))
        .layer(staff)
        .layer(customers);
    let mut guesses = 0;
    for _ in 0..4 {
        let browser = Browser::new(app.clone());
        assert_eq!(browser.post("/register", &[]).await.status, 200);
        while browser.post("/staff", &[]).await.status == 200 {
            guesses += 1;
        }
    }
    assert_eq!(guesses, 5, "as many as any stranger has");
}
