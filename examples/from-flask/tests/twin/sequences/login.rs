//! Who gets in, as whom, and how he leaves.

use crate::sequence::{ALICE, Account, BOB, INACTIVE, Sequence, UNICODE, sequence};

pub(crate) fn sequences() -> Vec<Sequence> {
    [logins(), refusals(), switches(), logouts(), strange_users()]
        .into_iter()
        .flatten()
        .collect()
}

fn logins() -> Vec<Sequence> {
    vec![
        sequence("a_visitor_is_nobody").is("nobody").is("nobody"),
        sequence("a_public_page_sets_no_cookie")
            .get("/public")
            .get("/public"),
        sequence("a_login_is_kept")
            .log_in(ALICE)
            .is("1 fresh")
            .is("1 fresh")
            .get("/public"),
        sequence("a_user_whose_hash_is_of_argon2_logs_in")
            .log_in(BOB)
            .is("2 fresh"),
        sequence("a_user_whose_name_is_chinese_logs_in")
            .log_in(UNICODE)
            .is("4 fresh"),
        sequence("a_login_can_be_stale_from_its_beginning")
            .log_in_with(ALICE, &[("fresh", "0")])
            .is("1 stale")
            .get("/protected")
            .get("/fresh-only"),
        sequence("a_login_is_fresh_unless_told_otherwise")
            .log_in_with(ALICE, &[("fresh", "1")])
            .is("1 fresh")
            .log_in_with(ALICE, &[("fresh", "")])
            .is("1 fresh"),
        sequence("whoever_is_logged_in_sees_what_is_protected")
            .log_in(ALICE)
            .get("/protected")
            .post("/protected", &[("a", "b")])
            .get("/fresh-only"),
        sequence("fields_that_nobody_asked_for_do_not_matter")
            .log_in_with(ALICE, &[("colour", "red"), ("username", "bob")])
            .is("1 fresh"),
    ]
}

fn refusals() -> Vec<Sequence> {
    vec![
        sequence("a_wrong_password_is_refused")
            .log_in(Account {
                password: "Wonderland",
                ..ALICE
            })
            .is("nobody"),
        (0..12)
            .fold(
                sequence("whoever_guesses_is_refused_each_time_and_never_told_to_wait"),
                |sequence, _| {
                    sequence.log_in(Account {
                        password: "wrong",
                        ..ALICE
                    })
                },
            )
            .log_in(ALICE)
            .is("1 fresh"),
        sequence("an_unknown_user_is_refused_like_a_wrong_password")
            .log_in(Account {
                username: "mallory",
                ..ALICE
            })
            .is("nobody"),
        sequence("a_form_without_fields_is_refused")
            .post("/login", &[])
            .is("nobody"),
        sequence("an_inactive_user_is_refused")
            .log_in(INACTIVE)
            .is("nobody")
            .log_in_remembered(INACTIVE)
            .is("nobody"),
        sequence("an_inactive_user_with_a_wrong_password_is_refused_as_others_are").log_in(
            Account {
                password: "awake",
                ..INACTIVE
            },
        ),
        sequence("a_refused_login_leaves_the_login_there_is")
            .log_in(BOB)
            .log_in(Account {
                password: "wrong",
                ..BOB
            })
            .is("2 fresh")
            .log_in(INACTIVE)
            .is("2 fresh"),
    ]
}

fn switches() -> Vec<Sequence> {
    vec![
        sequence("logging_in_twice_is_one_login")
            .log_in(ALICE)
            .log_in(ALICE)
            .is("1 fresh"),
        sequence("logging_in_as_another_user_switches")
            .log_in(ALICE)
            .set("colour", "red")
            .log_in(BOB)
            .is("2 fresh")
            .get("/get?key=colour")
            .log_out()
            .is("nobody"),
        sequence("who_was_remembered_before_comes_back_when_the_browser_is_closed")
            .log_in_remembered(ALICE)
            .log_in(BOB)
            .is("2 fresh remembered")
            .close_the_browser()
            .is("1 stale remembered"),
        sequence("who_is_remembered_replaces_who_was")
            .log_in_remembered(ALICE)
            .log_in_remembered(BOB)
            .close_the_browser()
            .is("2 stale remembered"),
        sequence("a_logout_of_the_second_user_forgets_the_first")
            .log_in_remembered(ALICE)
            .log_in(BOB)
            .log_out()
            .is("nobody")
            .close_the_browser()
            .is("nobody"),
    ]
}

fn logouts() -> Vec<Sequence> {
    vec![
        sequence("a_logout_ends_the_login")
            .log_in(ALICE)
            .log_out()
            .is("nobody")
            .get("/protected"),
        sequence("a_link_can_log_out")
            .log_in(ALICE)
            .get("/logout")
            .is("nobody"),
        sequence("nobody_can_log_out")
            .log_out()
            .get("/logout")
            .is("nobody"),
        sequence("two_logouts_are_one")
            .log_in_remembered(ALICE)
            .log_out()
            .log_out()
            .is("nobody"),
        sequence("a_logout_leaves_what_the_application_keeps")
            .set("colour", "red")
            .log_in(ALICE)
            .set("shape", "round")
            .log_out()
            .get("/get?key=colour")
            .get("/get?key=shape")
            .whoami()
            .whoami(),
        sequence("a_logout_of_a_remembered_login_leaves_what_the_application_keeps")
            .log_in_remembered(ALICE)
            .set("colour", "red")
            .log_out()
            .get("/get?key=colour")
            .whoami(),
        sequence("a_logout_and_a_login_in_turns")
            .log_in(ALICE)
            .log_out()
            .log_in(BOB)
            .is("2 fresh")
            .log_out()
            .log_in(ALICE)
            .is("1 fresh"),
        sequence("a_session_that_was_kept_counts_after_the_logout")
            .log_in(ALICE)
            .keep_cookies()
            .log_out()
            .put_back_cookies()
            .is("1 fresh"),
        sequence("a_remember_cookie_that_was_kept_counts_after_the_logout")
            .log_in_remembered(ALICE)
            .keep_cookies()
            .log_out()
            .put_back_cookies()
            .close_the_browser()
            .is("1 stale remembered"),
    ]
}

/// Whom a session can name, and no login.
fn strange_users() -> Vec<Sequence> {
    let named = |name, user_id: &'static str| {
        sequence(name)
            .forge_session(&[("_user_id", user_id.into()), ("_fresh", true.into())])
            .whoami()
            .get("/protected")
            .log_out()
            .whoami()
    };
    vec![
        named("the_session_of_an_inactive_user_lets_nobody_in", "3"),
        named("the_session_of_a_deleted_user_lets_nobody_in", "99"),
        named(
            "the_session_of_a_user_whose_id_is_no_number_lets_nobody_in",
            "alice",
        ),
        named("the_session_of_a_user_whose_id_is_empty_lets_nobody_in", ""),
        named(
            "the_session_of_a_user_whose_id_is_too_large_lets_nobody_in",
            "99999999999999999999",
        ),
        sequence("the_session_of_a_user_who_is_nobody_lets_nobody_in")
            .log_in(ALICE)
            .change_session(&[("_user_id", None)])
            .whoami()
            .get("/fresh-only"),
        sequence("an_id_that_is_a_number_in_json_is_that_users")
            .log_in(BOB)
            .change_session(&[("_user_id", Some(1.into()))])
            .whoami()
            .get("/protected")
            .set("colour", "red")
            .log_out(),
        sequence("whether_it_is_fresh_can_be_missing")
            .log_in(ALICE)
            .change_session(&[("_fresh", None)])
            .whoami()
            .get("/fresh-only"),
    ]
}
