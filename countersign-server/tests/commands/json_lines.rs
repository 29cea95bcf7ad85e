//! Every value of the real libraries, passed to the program as a program would pass it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::transcript::{countersign, run, text};

#[test]
fn every_session_is_decoded_as_flask_decodes_it() {
    let vectors = of_kind("session");
    for (vector, answer) in vectors.iter().zip(answers(&["flask", "decode"], &vectors)) {
        assert_accepted(vector, &answer);
        if answer["verdict"] == "ok" {
            assert_eq!(answer["session"], vector["decoded"], "{}", vector["id"]);
            if !vector["signed_at"].is_null() {
                assert_eq!(answer["signed_at"], vector["signed_at"], "{}", vector["id"]);
            }
        }
    }
}

#[test]
fn every_session_is_encoded_as_flask_encodes_it() {
    let mut vectors = of_kind("session");
    vectors.retain(|vector| vector["encode"] == true);
    let answers = answers(&["flask", "encode"], &vectors);
    let mut again = vectors.clone();
    for ((vector, answer), again) in vectors.iter().zip(answers).zip(&mut again) {
        // What is compressed depends on the build of zlib.
        if vector["compressed"] != true {
            assert_eq!(answer["cookie"], vector["cookie"], "{}", vector["id"]);
        }
        again["cookie"] = answer["cookie"].clone();
    }
    for (vector, answer) in again
        .iter()
        .zip(self::answers(&["flask", "decode"], &again))
    {
        assert_eq!(answer["session"], vector["decoded"], "{}", vector["id"]);
    }
}

#[test]
fn every_remember_token_is_judged_as_flask_login_judges_it() {
    let vectors = of_kind("remember");
    for (vector, answer) in vectors
        .iter()
        .zip(answers(&["flask", "remember"], &vectors))
    {
        assert_accepted(vector, &answer);
        if answer["verdict"] == "ok" {
            assert_eq!(answer["user_id"], vector["user_id"], "{}", vector["id"]);
        }
    }
}

#[test]
fn every_identifier_is_that_of_flask_login() {
    let vectors = of_kind("session_id");
    for (vector, answer) in vectors
        .iter()
        .zip(answers(&["flask", "identifier"], &vectors))
    {
        assert_eq!(
            answer["identifier"], vector["identifier"],
            "{}",
            vector["id"]
        );
    }
}

#[test]
fn every_password_gets_a_verdict_that_is_accepted() {
    let vectors = of_kind("password");
    for (vector, answer) in vectors
        .iter()
        .zip(answers(&["password", "verify"], &vectors))
    {
        assert_accepted(vector, &answer);
        assert!(answer["needs_rehash"].is_boolean(), "{answer}");
        assert!(
            answer["verdict"] == "error" || answer["scheme"].is_string(),
            "{answer}"
        );
    }
}

#[test]
fn a_pepper_of_devise_is_taken_into_account() {
    // `Devise::Encryptor.digest`: bcrypt of the password with the pepper behind it.
    let question = |password, config| json!({"password": {"str": password}, "hash": BCRYPT_OF_U_STAR_U, "config": config});
    let questions = [
        question("U*", json!({"pepper": "U"})),
        question("U*U", json!({})),
        question("U*", json!({"pepper": "V"})),
        question("U*", json!({})),
    ];
    let answers = answers(&["password", "verify"], &questions);
    let seen: Vec<_> = answers
        .iter()
        .map(|answer| (answer["verdict"].as_str(), answer["scheme"].as_str()))
        .collect();
    let (matches, differs) = (Some("match"), Some("mismatch"));
    let (devise, bcrypt) = (Some("devise-bcrypt"), Some("bcrypt"));
    assert_eq!(
        seen,
        [
            (matches, devise),
            (matches, bcrypt),
            (differs, devise),
            (differs, bcrypt)
        ]
    );
}

#[test]
fn what_is_wrong_with_a_line_is_its_answer_and_the_next_one_is_read() {
    let long = "x".repeat(5 << 20);
    let lines = [
        r#"{"id": 1}"#,
        r#"[{"id": 1}]"#,
        "",
        "x",
        r#"{"id": "a", "secret": {}, "cookie": "a"}"#,
        r#"{"id": null, "secret": {"str": "\ud83d"}, "cookie": "a"}"#,
        r#"{"id": [2], "secret": {"str": "k"}, "cookie": "a", "digest": "md5"}"#,
        &long,
        r#"{"secret": {"hex": ""}, "cookie": "a", "unknown": {}}"#,
    ];
    let input = lines.join("\n");
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["flask", "decode", "--jsonl"], &input);
    assert_eq!(output.status.code(), Some(0));
    let answers: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let seen: Vec<_> = answers
        .iter()
        .map(|answer| {
            (
                answer.get("id").cloned(),
                answer["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    let error = |id: Option<Value>| (id, "error");
    assert_eq!(
        seen,
        [
            error(Some(json!(1))),
            error(None),
            error(None),
            error(None),
            error(Some(json!("a"))),
            error(None),
            error(Some(json!([2]))),
            error(None),
            (None, "bad_signature"),
        ]
    );
    assert!(answers.iter().all(|answer| answer["error"].is_string()));
}

/// Each level of a value has up to three of JSON here, and a cookie may have 256.
#[test]
fn what_is_as_deep_as_a_cookie_may_be_is_read_and_made_and_passed_over() {
    let nested = r#"{"t":"dict","v":[["a","#.repeat(256) + r#"{"t":"null"}"# + &"]]}".repeat(256);
    let deeper = "[".repeat(100_000) + &"]".repeat(100_000);
    let answer = |command: [&str; 2], question: &str| -> Value {
        let line = format!(r#"{{"id":1,"secret":{{"str":"k"}},"unknown":{deeper},{question}}}"#);
        let folder = tempfile::tempdir().unwrap();
        let output = run(folder.path(), &[command[0], command[1], "--jsonl"], &line);
        // It is deeper than what serde_json reads.
        let (answer, session) = match text(&output.stdout).split_once(r#","session":"#) {
            Some((answer, session)) => (format!("{answer}}}"), Some(session.to_owned())),
            None => (text(&output.stdout).to_string(), None),
        };
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["id"], 1, "{answer}");
        if let Some(session) = session {
            answer["is_the_same"] = session.starts_with(&nested).into();
        }
        answer
    };
    let decoded = format!(r#""signed_at":1,"decoded":{nested}"#);
    let made = answer(["flask", "encode"], &decoded);
    let cookie = format!(r#""now":1,"cookie":{}"#, made["cookie"]);
    let read = answer(["flask", "decode"], &cookie);
    assert_eq!(
        (&read["verdict"], &read["is_the_same"]),
        (&json!("ok"), &json!(true))
    );
    let token = answer(["flask", "remember"], r#""cookie":"1|x""#);
    assert_eq!(token["verdict"], "bad_signature");
    let identifier = answer(["flask", "identifier"], r#""remote_addr":null"#);
    assert!(identifier["identifier"].is_string());
    let decoded = format!(r#""decoded":{deeper}"#);
    let refused = answer(["flask", "encode"], &decoded);
    assert_eq!(refused["verdict"], "error");
}

/// A program may ask the next question only when it has the answer to the last one.
#[test]
fn a_line_is_answered_before_the_next_one_is_there() {
    let folder = tempfile::tempdir().unwrap();
    for (command, kind) in [
        (["flask", "identifier"], "session_id"),
        (["password", "verify"], "password"),
    ] {
        let mut child = countersign(folder.path())
            .args(command)
            .arg("--jsonl")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        for vector in of_kind(kind).iter().take(3) {
            writeln!(input, "{vector}").unwrap();
            let answer: Value = serde_json::from_str(&output.next().unwrap().unwrap()).unwrap();
            assert_eq!(answer["id"], vector["id"]);
        }
        drop(input);
        assert!(output.next().is_none() && child.wait().unwrap().success());
    }
}

fn answers(command: &[&str], questions: &[Value]) -> Vec<Value> {
    let lines: String = questions
        .iter()
        .map(|question| format!("{question}\n"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[command, &["--jsonl"]].concat(), &lines);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answers: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), questions.len());
    for (question, answer) in questions.iter().zip(&answers) {
        assert_eq!(question.get("id"), answer.get("id"));
    }
    answers
}

fn assert_accepted(vector: &Value, answer: &Value) {
    let accepted = vector["accept"].as_array().unwrap();
    assert!(accepted.contains(&answer["verdict"]), "{vector}: {answer}");
}

fn of_kind(kind: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(VECTORS);
    let all: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let mut vectors = all["vectors"].as_array().unwrap().clone();
    vectors.retain(|vector| vector["kind"] == kind);
    assert!(!vectors.is_empty(), "there is none of the kind {kind}");
    vectors
}

const VECTORS: &str = "../countersign/tests/vectors/flask-land.json";

/// A test value of Openwall's crypt_blowfish.
const BCRYPT_OF_U_STAR_U: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
