use std::time::Duration;

use axum::body::Body;
use countersign::testing::{Browser, Page};
use http::Method;
use serde_json::{Value, json};

use super::{PASSWORD, PagesApp, log_in, who};

const NEW: &str = "wrong cow power supply pin";

/// Sends a value as a program does, and reads the answer.
pub(super) async fn post(browser: &Browser, path: &str, value: Value) -> (u16, Value) {
    let page = send(browser, path, &value.to_string()).await;
    (page.status.as_u16(), read(&page))
}

async fn send(browser: &Browser, path: &str, body: &str) -> Page {
    let request = browser
        .request(Method::POST, path)
        .header("content-type", "application/json");
    browser.send(request, Body::from(body.to_owned())).await
}

pub(super) async fn get(browser: &Browser, path: &str) -> (u16, Value) {
    let request = browser
        .request(Method::GET, path)
        .header("accept", "application/json");
    let page = browser.send(request, Body::empty()).await;
    (page.status.as_u16(), read(&page))
}

/// The body, which is of the type that its status asks for.
fn read(page: &Page) -> Value {
    let kind = page.header("content-type");
    match page.status.as_u16() {
        204 => assert_eq!((kind, page.text.as_str()), ("", "")),
        200..300 => assert_eq!(kind, "application/json"),
        _ => assert_eq!(kind, "application/problem+json", "{}", page.text),
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    match page.text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&page.text).unwrap(),
    }
}

#[tokio::test]
async fn a_program_goes_the_whole_way() {
    let app = PagesApp::new().await;
    let program = app.browser();
    let new = json!({ "username": "Ada", "password": PASSWORD });
    let page = send(&program, "/register", &new.to_string()).await;
    assert_eq!((page.status.as_u16(), page.location()), (201, "/account"));
    let (status, account) = get(&program, "/account").await;
    assert_eq!((status, &account), (200, &read(&page)));
    assert_eq!(account["name"], "Ada");
    assert_eq!(account["created_at"], "2023-11-14T22:13:20Z");
    assert_eq!(account["roles"], json!([]));

    let other = app.browser().with_header("user-agent", "curl/8.17");
    let login = json!({ "username": "ada", "password": PASSWORD, "remember": true });
    assert_eq!(post(&other, "/login", login).await, (200, account.clone()));

    let (status, sessions) = get(&program, "/account/sessions").await;
    assert_eq!((status, sessions.as_array().unwrap().len()), (200, 2));
    assert_eq!(sessions[0]["is_current"], true);
    assert_eq!(sessions[1]["user_agent"], "curl/8.17");
    assert_eq!(sessions[1]["remembered"], true);
    assert_eq!(sessions[1]["address"], "127.0.0.1");
    let end = json!({ "session": sessions[1]["id"] });
    assert_eq!(
        post(&program, "/account/sessions/end", end.clone()).await.0,
        204
    );
    assert_eq!(who(&other).await, None);
    let (status, problem) = post(&program, "/account/sessions/end", end).await;
    assert_eq!((status, &problem["code"]), (404, &json!("no_such_session")));
    assert_eq!(
        post(&program, "/account/sessions/end-others", json!({}))
            .await
            .0,
        204
    );

    let profile = json!({ "name": "Ada Lovelace", "locale": "zh-Hans" });
    let (status, account) = post(&program, "/account/profile", profile).await;
    assert_eq!(
        (status, &account["name"], &account["locale"]),
        (200, &json!("Ada Lovelace"), &json!("zh-Hans"))
    );
    assert_eq!(
        post(&program, "/language", json!({ "language": "en" }))
            .await
            .0,
        204
    );
    let password = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_eq!(post(&program, "/account/password", password).await.0, 204);
    let (status, history) = get(&program, "/account/history").await;
    assert_eq!((status, history.as_array().unwrap().len()), (200, 2));
    assert_eq!(
        (&history[0]["succeeded"], &history[0]["method"]),
        (&json!(true), &json!("password"))
    );

    assert_eq!(post(&program, "/logout", json!({})).await.0, 204);
    assert_eq!(get(&program, "/account").await.0, 401);
    log_in(&program, "ada lovelace", NEW).await;
    let (status, problem) = post(&program, "/account/delete", json!({})).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (422, &json!("#/name"))
    );
    let farewell = json!({ "name": "ada lovelace" });
    assert_eq!(post(&program, "/account/delete", farewell).await.0, 204);
    assert!(app.account("ada lovelace").await.is_none());
}

#[tokio::test]
async fn problems_say_what_is_wrong_with_which_field() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    let program = app.browser();
    let both = json!({ "username": "ADA", "password": "short" });
    let (status, problem) = post(&program, "/register", both).await;
    assert_eq!(status, 422);
    assert_eq!(problem["status"], 422);
    assert_eq!(
        (&problem["type"], &problem["title"]),
        (&json!("about:blank"), &json!("Unprocessable Entity"))
    );
    assert_eq!(problem["code"], "invalid_fields");
    let errors = problem["errors"].as_array().unwrap();
    let found: Vec<_> = errors
        .iter()
        .map(|error| {
            (
                error["pointer"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [("#/username", "taken"), ("#/password", "too_short")]
    );
    assert!(
        errors[1]["detail"]
            .as_str()
            .unwrap()
            .contains("needs at least 15")
    );

    let chinese = program.clone().with_header("accept-language", "zh");
    let (_, problem) = post(
        &chinese,
        "/register",
        json!({ "username": "", "password": PASSWORD }),
    )
    .await;
    assert_eq!(problem["errors"][0]["detail"], "请输入用户名。");

    let wrong = json!({ "username": "ada", "password": "wrong" });
    let page = send(&program, "/login", &wrong.to_string()).await;
    assert_eq!(
        (page.status.as_u16(), page.header("www-authenticate")),
        (401, "Cookie")
    );
    assert_eq!(read(&page)["code"], "wrong_credentials");
    for _ in 0..6 {
        post(&program, "/login", wrong.clone()).await;
    }
    let page = send(&program, "/login", &wrong.to_string()).await;
    assert_eq!(
        (page.status.as_u16(), &read(&page)["code"]),
        (429, &json!("throttled"))
    );
    assert_ne!(page.header("retry-after"), "");
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_a_problem() {
    let app = PagesApp::new().await;
    let program = app.browser();
    for (body, status, code) in [
        ("{", 400, "malformed"),
        ("", 400, "malformed"),
        ("[]", 400, "malformed"),
        ("{\"username\": \"ada\"}", 400, "malformed"),
        ("{\"username\": 7, \"password\": \"x\"}", 400, "malformed"),
        (&format!("\"{}\"", "x".repeat(70_000)), 413, "too_large"),
    ] {
        let page = send(&program, "/login", body).await;
        assert_eq!(
            (page.status.as_u16(), &read(&page)["code"]),
            (status, &json!(code)),
            "{body:.20}"
        );
    }
    let request = program
        .request(Method::POST, "/login")
        .header("content-type", "text/plain");
    let page = program
        .send(
            request.header("accept", "application/json"),
            Body::from("{}"),
        )
        .await;
    assert_eq!(
        (page.status.as_u16(), &read(&page)["code"]),
        (415, &json!("media_type"))
    );
    assert_eq!(get(&program, "/logout").await.0, 405);
    assert_eq!(get(&program, "/nothing").await.0, 404);
    let evil = program.clone().with_header("sec-fetch-site", "cross-site");
    assert_eq!(
        post(&evil, "/login", json!({})).await.1["code"],
        "cross_origin"
    );
}

#[tokio::test]
async fn what_needs_a_login_or_a_fresh_one_says_so() {
    let app = PagesApp::new().await;
    let stranger = app.browser();
    for path in ["/account", "/account/sessions", "/account/history"] {
        let (status, problem) = get(&stranger, path).await;
        assert_eq!((status, &problem["code"]), (401, &json!("not_logged_in")));
    }
    let ada = app.registered("ada").await;
    app.clock.advance(Duration::from_secs(16 * 60));
    for path in [
        "/account/sessions/end",
        "/account/sessions/end-others",
        "/account/delete",
    ] {
        let body = json!({ "session": "x", "name": "ada" });
        assert_eq!(post(&stranger, path, body.clone()).await.0, 401);
        let (status, problem) = post(&ada, path, body).await;
        assert_eq!(
            (status, &problem["code"]),
            (401, &json!("not_fresh")),
            "{path}"
        );
    }
    let (status, problem) = post(&ada, "/confirm", json!({ "password": "wrong" })).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (422, &json!("wrong_password"))
    );
    assert_eq!(
        post(&ada, "/confirm", json!({ "password": PASSWORD }))
            .await
            .0,
        204
    );
    assert_eq!(
        post(&ada, "/account/sessions/end-others", json!({}))
            .await
            .0,
        204
    );
}

#[tokio::test]
async fn the_document_describes_what_is_there() {
    let app = PagesApp::new().await;
    let page = app.browser().get("/openapi.json").await;
    let document: Value = serde_json::from_str(&page.text).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let scheme = &document["components"]["securitySchemes"]["session"];
    assert_eq!(
        (&scheme["in"], &scheme["name"]),
        (&json!("cookie"), &json!("countersign"))
    );

    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            names.insert(operation["operationId"].as_str().unwrap());
            let what = format!("{method} {path}");
            assert_ne!(operation["summary"], Value::Null, "{what}");
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses {
                let content = &response["content"];
                match status.as_str() {
                    "204" => assert_eq!(content, &Value::Null, "{what}"),
                    "200" | "201" => {
                        let kind = match path.rsplit_once('.') {
                            Some((_, "csv")) => "text/csv",
                            Some((_, "jsonl")) => "application/jsonl",
                            _ => "application/json",
                        };
                        assert_ne!(content[kind]["schema"], Value::Null, "{what}")
                    }
                    _ => assert_eq!(
                        content["application/problem+json"]["schema"]["$ref"],
                        "#/components/schemas/ProblemDetails",
                        "{what} {status}"
                    ),
                }
            }
            // What is described is there, and a stranger without a body gets an answer that is described.
            let method: Method = method.to_uppercase().parse().unwrap();
            for body in ["", "{}", "{\"name\": 1}"] {
                let browser = app.browser();
                let request = browser
                    .request(method.clone(), path)
                    .header("accept", "application/json")
                    .header("content-type", "application/json");
                let answer = browser.send(request, Body::from(body)).await;
                let status = answer.status.as_str();
                assert!(
                    responses.contains_key(status),
                    "{what}: {status} is not described"
                );
            }
        }
    }
    assert_eq!(names.len(), 37, "each has a name of its own: {names:?}");
    every_reference_leads_somewhere(&document, &document);
}

fn every_reference_leads_somewhere(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "$ref" {
                    let pointer = member.as_str().unwrap().trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{pointer}");
                }
                every_reference_leads_somewhere(document, member);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| every_reference_leads_somewhere(document, item)),
        _ => {}
    }
}
