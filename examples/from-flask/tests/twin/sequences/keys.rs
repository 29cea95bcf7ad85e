//! Session cookies that the servers' key did not sign, or that somebody changed.

use crate::sequence::{ALICE, BOB, Key, Part, Position, Sequence, sequence};
use crate::visitor::SESSION;

pub(crate) fn sequences() -> Vec<Sequence> {
    let unreadable = |name, text: &str| {
        sequence(name)
            .put(SESSION, text)
            .get("/public")
            .is("nobody")
            .get("/get?key=colour")
            .set("colour", "red")
    };
    let signed_by = |name, key| {
        sequence(name)
            .log_in(ALICE)
            .set("colour", "red")
            .sign_session(key, 0, &[])
            .whoami()
            .get("/get?key=colour")
    };
    vec![
        signed_by("a_session_of_an_older_key_counts", Key::Older)
            .set("colour", "blue")
            .is("1 fresh"),
        signed_by(
            "a_session_of_an_unknown_key_counts_for_nothing",
            Key::Unknown,
        )
        .set("colour", "blue")
        .whoami(),
        sequence("a_permanent_session_of_an_older_key_is_signed_anew")
            .log_in(ALICE)
            .post("/permanent", &[])
            .sign_session(Key::Older, 0, &[])
            .get("/public")
            .is("1 fresh"),
        sequence("a_session_whose_content_was_changed_counts_for_nothing")
            .log_in(ALICE)
            .tamper(SESSION, Part::First)
            .is("nobody")
            .get("/public"),
        sequence("a_session_whose_signature_was_changed_counts_for_nothing")
            .log_in(ALICE)
            .tamper(SESSION, Part::Last)
            .is("nobody")
            .log_out()
            .log_in(ALICE)
            .is("1 fresh"),
        unreadable("a_session_that_is_a_word_counts_for_nothing", "foo"),
        unreadable("an_empty_session_cookie_counts_for_nothing", ""),
        unreadable("a_session_of_dots_counts_for_nothing", "..."),
        unreadable("a_session_that_is_no_ascii_counts_for_nothing", "é.é.é"),
        unreadable(
            "a_session_without_a_signature_counts_for_nothing",
            "eyJfdXNlcl9pZCI6IjEifQ.ZVPxAA.",
        ),
        sequence("a_session_in_quotes_is_the_same")
            .log_in(ALICE)
            .quote(SESSION)
            .is("1 fresh"),
        sequence("of_two_sessions_the_first_counts")
            .log_in(ALICE)
            .keep_cookies()
            .log_in(BOB)
            .double(SESSION, Position::Before)
            .is("1 fresh"),
        sequence("of_two_sessions_the_second_does_not_count")
            .log_in(ALICE)
            .keep_cookies()
            .log_in(BOB)
            .double(SESSION, Position::After)
            .is("2 fresh"),
        sequence("a_good_session_after_a_bad_one_does_not_count")
            .put(SESSION, "foo")
            .keep_cookies()
            .log_in(ALICE)
            .double(SESSION, Position::Before)
            .is("nobody"),
        sequence("cookies_of_others_do_not_matter")
            .put("theme", "dark")
            .put("a b", "\"")
            .log_in(ALICE)
            .is("1 fresh")
            .log_out(),
    ]
}
