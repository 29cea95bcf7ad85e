//! What a guard guards, for every arrangement that axum knows: the table of the documentation, checked by requests. What
//! axum leaves open is asserted too, so that the documentation is true.

use axum::Router;
use axum::body::Body;
use axum::http::Method;
use axum::routing::{get, post};
use countersign::session::MemoryStore;
use countersign::testing::Browser;
use countersign::{AuthUser, CurrentUser, Guard, LoginManager, login_required};

/// One arrangement, and what becomes of requests to it.
struct Row {
    /// As the documentation shows it.
    name: &'static str,
    app: fn(&Managers) -> Router,
    requests: &'static [(&'static str, Expected)],
}

/// The status of the answer to somebody who is logged in, and whether a stranger gets the same.
enum Expected {
    /// A stranger is told to log in.
    Guarded(u16),
    /// A stranger is answered like everybody.
    Open(u16),
    /// Nobody is let in, and the answer says what is wrong with the arrangement.
    Refused,
}

use Expected::{Guarded, Open, Refused};

/// The three shapes that are taught.
const TAUGHT: &[Row] = &[
    Row {
        name: "`CurrentUser` among the handler's arguments",
        app: |m| m.laid(Router::new().route("/page", get(extracted).post(page))),
        requests: &[
            ("GET /page", Guarded(200)),
            ("HEAD /page", Guarded(200)),
            ("POST /page", Open(200)),
            ("PUT /page", Open(405)),
        ],
    },
    Row {
        name: "`.route(\"/page\", get(page).post(page).layer(guard))`",
        app: |m| m.laid(Router::new().route("/page", get(page).post(page).layer(guard()))),
        requests: &[
            ("GET /page", Guarded(200)),
            ("HEAD /page", Guarded(200)),
            ("POST /page", Guarded(200)),
            ("PUT /page", Guarded(405)),
            ("GET /nothing", Open(404)),
        ],
    },
    Row {
        name: "`private.layer(guard)`, merged into the application",
        app: |m| {
            let private = Router::new()
                .route("/page", get(page).post(page))
                .layer(guard());
            m.laid(Router::new().route("/home", get(page)).merge(private))
        },
        requests: &[
            ("GET /page", Guarded(200)),
            ("POST /page", Guarded(200)),
            ("PUT /page", Guarded(405)),
            ("GET /home", Open(200)),
            ("GET /nothing", Guarded(404)),
        ],
    },
];

/// Where doors stay open.
const LEAKY: &[Row] = &[
    Row {
        name: "`get(page).layer(guard).post(page)`: a method after the guard",
        app: |m| m.laid(Router::new().route("/page", get(page).layer(guard()).post(page))),
        requests: &[
            ("GET /page", Guarded(200)),
            ("HEAD /page", Guarded(200)),
            ("POST /page", Open(200)),
        ],
    },
    Row {
        name: "`.route(\"/page\", get(page).layer(guard)).route(\"/page\", post(page))`",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page).layer(guard()))
                .route("/page", post(page));
            m.laid(routes)
        },
        requests: &[("GET /page", Guarded(200)), ("POST /page", Open(200))],
    },
    Row {
        name: "`.route(\"/page\", …).layer(guard).route(\"/below\", …)`: a route after the guard",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .layer(guard())
                .route("/below", get(page));
            m.laid(routes)
        },
        requests: &[
            ("GET /page", Guarded(200)),
            ("GET /below", Open(200)),
            ("GET /nothing", Guarded(404)),
        ],
    },
    Row {
        name: "`.route_layer(guard)`, with a route after it and a fallback before it",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .fallback(page)
                .route_layer(guard())
                .route("/below", get(page));
            m.laid(routes)
        },
        requests: &[
            ("GET /page", Guarded(200)),
            ("PUT /page", Guarded(405)),
            ("GET /below", Open(200)),
            ("GET /fallback", Open(200)),
        ],
    },
    Row {
        name: "`.layer(guard).fallback(page)`: a fallback after the guard",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .layer(guard())
                .fallback(page);
            m.laid(routes)
        },
        requests: &[("GET /page", Guarded(200)), ("GET /fallback", Open(200))],
    },
    Row {
        name: "`.layer(guard).method_not_allowed_fallback(page)`",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .layer(guard())
                .method_not_allowed_fallback(page);
            m.laid(routes)
        },
        requests: &[("GET /page", Guarded(200)), ("PUT /page", Open(200))],
    },
    Row {
        name: "`.layer(guard).nest(\"/in\", inner)`: nested after the guard",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .layer(guard())
                .nest("/in", Router::new().route("/page", get(page)));
            m.laid(routes)
        },
        requests: &[("GET /page", Guarded(200)), ("GET /in/page", Open(200))],
    },
    Row {
        name: "`.layer(guard).nest_service(\"/in\", service)`",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .layer(guard())
                .nest_service("/in", service());
            m.laid(routes)
        },
        requests: &[("GET /page", Guarded(200)), ("GET /in/page", Open(200))],
    },
    Row {
        name: "`.nest(\"/in\", inner.layer(guard))`: what lies beside the nested routes",
        app: |m| {
            let inner = Router::new().route("/page", get(page)).layer(guard());
            m.laid(Router::new().nest("/in", inner).fallback(page))
        },
        requests: &[
            ("GET /in/page", Guarded(200)),
            ("PUT /in/page", Guarded(405)),
            ("GET /in/nothing", Open(200)),
            ("GET /nothing", Open(200)),
        ],
    },
];

/// Other arrangements that guard.
const CLOSED: &[Row] = &[
    Row {
        name: "`private.layer(guard)`, merged into an application with a `.fallback(page)` of its own",
        app: |m| {
            let private = Router::new().route("/page", get(page)).layer(guard());
            m.laid(Router::new().fallback(page).merge(private))
        },
        requests: &[("GET /page", Guarded(200)), ("GET /fallback", Open(200))],
    },
    Row {
        name: "`.route(…).fallback(page).layer(guard)`: around the whole application",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .fallback(page)
                .layer(guard());
            m.laid(routes)
        },
        requests: &[
            ("GET /page", Guarded(200)),
            ("PUT /page", Guarded(405)),
            ("GET /fallback", Guarded(200)),
        ],
    },
    Row {
        name: "`.layer((manager, guard))`: both at once, the manager first",
        app: |m| {
            Router::new()
                .route("/page", get(page))
                .layer((m.users.clone(), guard()))
        },
        requests: &[("GET /page", Guarded(200)), ("GET /nothing", Guarded(404))],
    },
    Row {
        name: "`.nest(\"/in\", inner).nest_service(\"/files\", service).layer(guard)`",
        app: |m| {
            let routes = Router::new()
                .nest("/in", Router::new().route("/page", get(page)))
                .nest_service("/files", service())
                .layer(guard());
            m.laid(routes)
        },
        requests: &[
            ("GET /in/page", Guarded(200)),
            ("GET /in/nothing", Guarded(404)),
            ("GET /files/page", Guarded(200)),
            ("GET /files/nothing", Guarded(404)),
        ],
    },
    Row {
        name: "`.nest(\"/in\", inner).nest_service(\"/files\", service).route_layer(guard)`",
        app: |m| {
            let routes = Router::new()
                .nest("/in", Router::new().route("/page", get(page)))
                .nest_service("/files", service())
                .route_layer(guard());
            m.laid(routes)
        },
        requests: &[
            ("GET /in/page", Guarded(200)),
            ("GET /files/page", Guarded(200)),
            ("GET /files/nothing", Guarded(404)),
            ("GET /in/nothing", Open(404)),
        ],
    },
    Row {
        name: "`.nest(\"/in\", inner.fallback(page).layer(guard))`: a nested fallback",
        app: |m| {
            let inner = Router::new()
                .route("/page", get(page))
                .fallback(page)
                .layer(guard());
            m.laid(Router::new().nest("/in", inner))
        },
        requests: &[
            ("GET /in/page", Guarded(200)),
            ("GET /in/fallback", Guarded(200)),
            ("GET /nothing", Open(404)),
        ],
    },
    Row {
        name: "`.nest_service(\"/in\", inner.layer(guard))`",
        app: |m| {
            let inner = Router::new().route("/page", get(page)).layer(guard());
            m.laid(Router::new().nest_service("/in", inner))
        },
        requests: &[
            ("GET /in/page", Guarded(200)),
            ("GET /in/nothing", Guarded(404)),
        ],
    },
    Row {
        name: "`.fallback_service(private.layer(guard))`",
        app: |m| {
            let private = Router::new().route("/page", get(page)).layer(guard());
            m.laid(
                Router::new()
                    .route("/home", get(page))
                    .fallback_service(private),
            )
        },
        requests: &[
            ("GET /home", Open(200)),
            ("GET /page", Guarded(200)),
            ("GET /nothing", Guarded(404)),
        ],
    },
];

/// A guard around everything that leaves named routes open.
const EXCEPTIONS: &[Row] = &[
    Row {
        name: "`.layer(guard.except([\"/login\", \"/users/{id}\", \"/in/open\"]))`",
        app: |m| {
            let inner = Router::new()
                .route("/open", get(page))
                .route("/page", get(page));
            let routes = Router::new()
                .route("/login", get(page).post(page))
                .route("/users/{id}", get(page))
                .route("/users/{id}/edit", get(page))
                .nest("/in", inner)
                .layer(guard().except(["/login", "/users/{id}", "/in/open"]));
            m.laid(routes)
        },
        requests: &[
            ("GET /login", Open(200)),
            ("POST /login", Open(200)),
            ("PUT /login", Open(405)),
            ("GET /login/", Guarded(404)),
            ("GET /users/7", Open(200)),
            ("GET /users/7/edit", Guarded(200)),
            ("GET /in/open", Open(200)),
            ("GET /in/page", Guarded(200)),
            ("GET /in/nothing", Guarded(404)),
            ("GET /nothing", Guarded(404)),
        ],
    },
    Row {
        name: "`.except([\"/users/7\"])`, where the route is `/users/{id}`",
        app: |m| {
            let routes = Router::new()
                .route("/users/{id}", get(page))
                .layer(guard().except(["/users/7"]));
            m.laid(routes)
        },
        requests: &[("GET /users/7", Guarded(200))],
    },
    Row {
        name: "`.nest(\"/in\", inner.layer(guard.except([\"/open\", \"/in/shown\"])))`",
        app: |m| {
            let inner = Router::new()
                .route("/open", get(page))
                .route("/shown", get(page))
                .layer(guard().except(["/open", "/in/shown"]));
            m.laid(Router::new().nest("/in", inner))
        },
        requests: &[("GET /in/shown", Open(200)), ("GET /in/open", Guarded(200))],
    },
    Row {
        name: "`.nest_service(\"/files\", service).layer(guard.except([\"/files\", \"/files/page\"]))`",
        app: |m| {
            let routes = Router::new()
                .nest_service("/files", service())
                .layer(guard().except(["/files", "/files/page"]));
            m.laid(routes)
        },
        requests: &[("GET /files", Open(404)), ("GET /files/page", Guarded(200))],
    },
    Row {
        name: "`.fallback(page).layer(guard.except([\"/fallback\", \"\"]))`: a fallback has no path",
        app: |m| {
            let routes = Router::new()
                .route("/page", get(page))
                .fallback(page)
                .layer(guard().except(["/fallback", ""]));
            m.laid(routes)
        },
        requests: &[("GET /fallback", Guarded(200))],
    },
];

/// Where the manager lies.
const MANAGERS: &[Row] = &[
    Row {
        name: "`.layer(manager).layer(guard)`: the guard outside the manager",
        app: |m| {
            Router::new()
                .route("/page", get(page))
                .layer(m.users.clone())
                .layer(guard())
        },
        requests: &[("GET /page", Refused), ("GET /nothing", Refused)],
    },
    Row {
        name: "`.layer(manager).route(…)`: routes below the manager",
        app: |m| {
            Router::new()
                .layer(m.users.clone())
                .route("/guarded", get(page).layer(guard()))
                .route("/extracted", get(extracted))
                .route("/asked", get(asked))
                .route("/page", get(page))
        },
        requests: &[
            ("GET /guarded", Refused),
            ("GET /extracted", Refused),
            ("GET /asked", Refused),
            ("GET /page", Open(200)),
        ],
    },
    Row {
        name: "`.layer(manager.clone()).layer(manager)`: one manager twice",
        app: |m| {
            let inner = m.laid(Router::new().route("/page", get(page).layer(guard())));
            inner
                .route("/below", get(page).layer(guard()))
                .layer(m.users.clone())
        },
        requests: &[("GET /page", Guarded(200)), ("GET /below", Guarded(200))],
    },
    Row {
        name: "`.layer(staff).layer(users)`: two managers, each with guards of its own",
        app: |m| {
            Router::new()
                .route("/page", get(page).layer(guard()))
                .route("/staff", get(page).layer(login_required::<Staff>()))
                .layer(m.staff.clone())
                .layer(m.users.clone())
        },
        requests: &[
            ("GET /page", Guarded(200)),
            // Whoever is logged in as a user is a stranger to the staff's guard.
            ("GET /staff", Guarded(401)),
        ],
    },
    Row {
        name: "`.layer(staff).layer(users)`, both with the same cookie name",
        app: |m| {
            let staff = m.staff.clone().cookie_name("countersign").unwrap();
            Router::new()
                .route("/page", get(page).layer(guard()))
                .layer(staff)
                .layer(m.users.clone())
        },
        requests: &[("GET /page", Refused)],
    },
    Row {
        name: "a guard of users whose manager is not there",
        app: |m| {
            Router::new()
                .route("/staff", get(page).layer(login_required::<Staff>()))
                .layer(m.users.clone())
        },
        requests: &[("GET /staff", Refused)],
    },
];

const TABLES: [&[Row]; 5] = [TAUGHT, LEAKY, CLOSED, EXCEPTIONS, MANAGERS];

#[tokio::test]
async fn every_arrangement_guards_what_the_table_says() {
    for row in TABLES.into_iter().flatten() {
        let managers = Managers::new();
        let app = (row.app)(&managers);
        let (stranger, member) = (Browser::new(app.clone()), Browser::new(app));
        member
            .log_in(&managers.users, &User { id: 1 })
            .await
            .unwrap();
        for (request, expected) in row.requests {
            let found = (ask(&stranger, request).await, ask(&member, request).await);
            let expected = match expected {
                Guarded(status) => (401, *status),
                Open(status) => (*status, *status),
                Refused => (500, 500),
            };
            assert_eq!(found, expected, "{request} in {}", row.name);
        }
    }
}

#[test]
fn the_documentation_shows_the_same_table() {
    for table in TABLES {
        let lines: Vec<_> = table.iter().map(Row::line).collect();
        let shown = format!("{HEADER}{}\n", lines.join("\n"));
        assert!(
            DOCUMENTATION.contains(&shown),
            "src/docs/layering.md lacks this table:\n{shown}"
        );
    }
}

#[tokio::test]
async fn a_wrong_arrangement_says_what_is_missing() {
    let managers = Managers::new();
    let app = Router::new()
        .route("/page", get(page))
        .layer(managers.users.clone())
        .layer(guard());
    let page = Browser::new(app).get("/page").await;
    assert!(page.text.contains(".layer("), "{}", page.text);
}

impl Row {
    /// The row as the documentation shows it.
    fn line(&self) -> String {
        let requests = |wanted: fn(&Expected) -> bool| {
            let names: Vec<_> = self
                .requests
                .iter()
                .filter(|(_, expected)| wanted(expected))
                .map(|(request, _)| format!("`{request}`"))
                .collect();
            names.join(", ")
        };
        format!(
            "| {} | {} | {} | {} |",
            self.name,
            requests(|expected| matches!(expected, Guarded(_))),
            requests(|expected| matches!(expected, Open(_))),
            requests(|expected| matches!(expected, Refused)),
        )
    }
}

#[derive(AuthUser)]
struct User {
    id: i64,
}

#[derive(AuthUser)]
struct Staff {
    id: i64,
}

struct Managers {
    users: LoginManager<User>,
    staff: LoginManager<Staff>,
}

impl Managers {
    fn new() -> Self {
        Self {
            users: LoginManager::new(MemoryStore::new()).user_loader(load_user),
            staff: LoginManager::new(MemoryStore::new())
                .user_loader(load_staff)
                .cookie_name("staff")
                .unwrap(),
        }
    }

    fn laid(&self, routes: Router) -> Router {
        routes.layer(self.users.clone())
    }
}

async fn load_user(id: i64) -> Option<User> {
    Some(User { id })
}

async fn load_staff(id: i64) -> Option<Staff> {
    Some(Staff { id })
}

fn guard() -> Guard<User> {
    login_required()
}

async fn page() -> &'static str {
    "page"
}

async fn extracted(_: CurrentUser<User>) -> &'static str {
    "page"
}

async fn asked(_: Option<CurrentUser<User>>) -> &'static str {
    "page"
}

/// A service that is no part of the routes, as one that serves files.
fn service() -> Router {
    Router::new().route("/page", get(page))
}

async fn ask(browser: &Browser, request: &str) -> u16 {
    let (method, path) = request.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let request = browser.request(method, path);
    browser.send(request, Body::empty()).await.status.as_u16()
}

const HEADER: &str = "\
| arrangement | guarded | open | refused |
| --- | --- | --- | --- |
";

const DOCUMENTATION: &str = include_str!("../../src/docs/layering.md");
