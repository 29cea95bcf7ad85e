//! What the application keeps in the session, its messages, and how long all that lasts.

use countersign::flask::{Limits, Value, tagged_json};

use crate::sequence::{ALICE, Sequence, sequence};
use crate::servers::PERMANENT_SECONDS;

pub(crate) fn sequences() -> Vec<Sequence> {
    [texts(), values(), messages(), lifetimes()]
        .into_iter()
        .flatten()
        .collect()
}

fn texts() -> Vec<Sequence> {
    let text = |name, key: &str, value: &str| {
        let path: String = url::form_urlencoded::Serializer::new("/get?".to_owned())
            .append_pair("key", key)
            .finish();
        sequence(name)
            .set(key, value)
            .get(&path)
            .set("other", "value")
            .get(&path)
    };
    let long: String = (0..2_000).map(|number| format!("{number:x}")).collect();
    vec![
        text("a_text_is_kept", "colour", "red"),
        text(
            "a_text_of_all_kinds_of_letters_is_kept",
            "text",
            "<b>\"'\\/&é\u{2028}\u{7f}\n\t密😀\u{0}",
        ),
        text("an_empty_text_is_kept", "colour", ""),
        text("an_empty_key_is_one", "", "red"),
        text("a_chinese_key_is_one", "密钥", "红"),
        text("a_key_that_is_a_tag_is_one", " t", "red"),
        text("a_key_that_is_an_escaped_tag_is_one", " di__", "red"),
        text("next_is_a_key_like_others", "next", "/protected"),
        text(
            "a_text_that_is_repeated_is_compressed",
            "long",
            &"repeat ".repeat(500),
        ),
        text(
            "a_text_that_browsers_have_no_room_for_is_sent",
            "long",
            &long,
        ),
        text("permanence_is_a_key_like_others", "_permanent", "yes"),
        text("an_empty_permanence_is_none", "_permanent", ""),
        sequence("a_key_that_is_a_tag_alone_is_one")
            .set(" u", "red")
            .get("/get?key=+u")
            .whoami(),
        sequence("a_text_is_replaced")
            .set("colour", "red")
            .set("colour", "blue")
            .get("/get?key=colour"),
        sequence("what_is_not_there_is_none")
            .get("/get?key=colour")
            .get("/get?key="),
        sequence("a_question_without_a_key_is_a_bad_one")
            .get("/get")
            .get("/get?kex=a"),
        sequence("a_form_without_a_value_is_a_bad_one")
            .post("/set", &[("key", "colour")])
            .post("/set", &[("value", "red")])
            .post("/set", &[]),
        sequence("the_keys_of_the_login_are_its_own")
            .log_in(ALICE)
            .set("_user_id", "2")
            .set("_fresh", "")
            .set("_id", "x")
            .set("_remember", "set")
            .set("_remember_seconds", "5")
            .is("1 fresh"),
        sequence("the_keys_of_the_login_can_be_read")
            .log_in_with(ALICE, &[("remember", "1"), ("duration", "600")])
            .get("/get?key=_user_id")
            .get("/get?key=_fresh")
            .get("/get?key=_id")
            .get("/get?key=_remember")
            .get("/get?key=_remember_seconds")
            .get("/get?key=_permanent"),
        sequence("the_first_of_two_fields_counts")
            .post(
                "/set",
                &[
                    ("key", "colour"),
                    ("value", "red"),
                    ("value", "blue"),
                    ("key", "shape"),
                ],
            )
            .get("/get?key=colour&key=shape")
            .get("/get?key=shape"),
    ]
}

/// What only Python puts into a session.
fn values() -> Vec<Sequence> {
    let values = VALUES.map(|(key, json)| {
        let value = tagged_json::loads(json, &Limits::default());
        (key, value.expect("it is written as Flask writes it"))
    });
    let mut every = sequence("every_kind_of_value_is_read").forge_session(&values);
    for (key, _) in VALUES.iter().filter(|(key, _)| !UNLIKE.contains(key)) {
        every = every.get(&format!("/get?key={key}"));
    }
    vec![
        every,
        sequence("every_kind_of_value_is_written_again")
            .forge_session(&values)
            .set("colour", "red")
            .whoami()
            .log_in(ALICE)
            .log_out(),
    ]
}

fn messages() -> Vec<Sequence> {
    let flashed = |json: &str| -> Vec<(&'static str, Value)> {
        let value = tagged_json::loads(json, &Limits::default());
        vec![("_flashes", value.expect("it is written as Flask writes it"))]
    };
    vec![
        sequence("a_message_is_shown_once")
            .get("/protected")
            .get("/login")
            .get("/login"),
        sequence("each_refusal_is_a_message")
            .get("/protected")
            .get("/protected")
            .post("/protected", &[])
            .head("/protected")
            .get("/login")
            .get("/login"),
        (0..25)
            .fold(
                sequence("messages_pile_up_until_a_page_shows_them"),
                |sequence, _| sequence.get("/protected"),
            )
            .get("/login"),
        sequence("a_message_waits_until_it_is_shown")
            .get("/protected")
            .log_in(ALICE)
            .is("1 fresh")
            .get("/login")
            .is("1 fresh"),
        sequence("a_message_survives_a_logout")
            .get("/protected")
            .log_in(ALICE)
            .log_out()
            .get("/login"),
        sequence("a_message_leaves_other_data")
            .set("colour", "red")
            .get("/protected")
            .get("/login"),
        sequence("a_message_of_the_other_application_is_shown")
            .forge_session(&flashed(
                r#"[{" t":["error","<b>no & \"no\"</b>"]},{" t":["message","密码"]}]"#,
            ))
            .get("/protected")
            .get("/login")
            .get("/login"),
        sequence("a_message_that_is_a_list_is_shown")
            .forge_session(&flashed(r#"[["message","a list"]]"#))
            .get("/login"),
    ]
}

fn lifetimes() -> Vec<Sequence> {
    let aged = |name, seconds| {
        sequence(name)
            .log_in(ALICE)
            .set("colour", "red")
            .age_session(seconds)
            .whoami()
            .get("/get?key=colour")
    };
    vec![
        aged("a_session_counts_for_its_lifetime", PERMANENT_SECONDS - 60),
        aged("a_session_does_not_count_longer", PERMANENT_SECONDS + 60),
        aged("a_session_of_the_future_does_not_count", -60),
        sequence("an_expired_session_is_replaced")
            .set("colour", "red")
            .age_session(PERMANENT_SECONDS + 60)
            .set("shape", "round")
            .get("/get?key=colour"),
        sequence("a_permanent_session_is_set_at_every_request")
            .log_in(ALICE)
            .post("/permanent", &[])
            .get("/public")
            .is("1 fresh")
            .get("/nothing")
            .head("/public")
            .options("/public"),
        sequence("a_permanent_session_slides")
            .log_in(ALICE)
            .post("/permanent", &[])
            .age_session(PERMANENT_SECONDS - 60)
            .get("/public")
            .is("1 fresh"),
        sequence("a_permanent_session_ends")
            .log_in(ALICE)
            .post("/permanent", &[])
            .age_session(PERMANENT_SECONDS + 60)
            .get("/public")
            .is("nobody"),
        sequence("a_session_stays_permanent_after_a_logout")
            .log_in(ALICE)
            .post("/permanent", &[])
            .log_out()
            .get("/public")
            .whoami(),
        sequence("a_session_that_is_not_permanent_is_not_set_again")
            .log_in(ALICE)
            .age_session(1000)
            .is("1 fresh")
            .get("/protected"),
        sequence("an_empty_session_is_none")
            .forge_session(&[])
            .get("/public")
            .is("nobody")
            .log_out(),
        sequence("a_session_that_becomes_empty_is_removed")
            .log_in(ALICE)
            .log_out()
            .get("/public"),
        sequence("permanence_that_is_no_bool")
            .forge_session(&[("_permanent", Value::from(0))])
            .get("/public")
            .whoami(),
    ]
}

const VALUES: [(&str, &str); 16] = [
    ("none", "null"),
    ("true", "true"),
    ("zero", "0"),
    ("negative", "-17"),
    ("large", "123456789012345678901234567890"),
    ("half", "0.5"),
    ("tenth", "0.1"),
    ("whole", "600.0"),
    ("huge", "1e+100"),
    ("list", r#"[1,"a",[],{}]"#),
    ("tuple", r#"{" t":[1,{" t":["é"]}]}"#),
    ("dict", r#"{"b":{"c":1},"a":[null]}"#),
    ("markup", r#"{" m":"<b>&amp;</b>"}"#),
    ("date", r#"{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}"#),
    ("uuid", r#"{" u":"0123456789abcdef0123456789abcdef"}"#),
    ("bytes", r#"{" b":"AP8="}"#),
];

/// What Flask writes in a JSON of its own, if at all: bytes end in a 500.
const UNLIKE: [&str; 3] = ["large", "date", "bytes"];
