//! Flask-Login's `remember_token`.

use http::Method;

use crate::sequence::{ALICE, BOB, Key, Part, Position, Sequence, UNICODE, sequence};
use crate::servers::PERMANENT_SECONDS;
use crate::visitor::REMEMBER;

pub(crate) fn sequences() -> Vec<Sequence> {
    [remembered(), durations(), logouts(), others(), unreadable()]
        .into_iter()
        .flatten()
        .collect()
}

fn remembered() -> Vec<Sequence> {
    vec![
        sequence("a_remembered_login_is_back_when_the_browser_was_closed")
            .log_in_remembered(ALICE)
            .is("1 fresh remembered")
            .close_the_browser()
            .is("1 stale remembered")
            .whoami(),
        sequence("a_login_that_is_not_remembered_is_not_back")
            .log_in(ALICE)
            .close_the_browser()
            .is("nobody"),
        sequence("only_1_means_remember")
            .log_in_with(ALICE, &[("remember", "on")])
            .is("1 fresh")
            .log_in_with(ALICE, &[("remember", "0")])
            .is("1 fresh"),
        sequence("a_user_whose_name_is_chinese_is_remembered")
            .log_in_remembered(UNICODE)
            .close_the_browser()
            .is("4 stale remembered"),
        sequence("a_stale_login_is_remembered")
            .log_in_with(ALICE, &[("remember", "1"), ("fresh", "0")])
            .is("1 stale remembered")
            .close_the_browser()
            .is("1 stale remembered"),
        sequence("a_protected_page_is_shown_to_who_is_remembered")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .get("/protected")
            .get("/protected"),
        sequence("a_remembered_login_is_not_fresh")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .get("/fresh-only")
            .get("/confirm"),
        sequence("a_page_that_asks_nobody_restores_nothing")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .get("/public")
            .get("/login")
            .set("colour", "red")
            .get("/get?key=colour"),
        sequence("a_question_for_the_head_restores_too")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .head("/protected")
            .ask(Method::OPTIONS, "/protected", &[]),
        sequence("an_expired_session_is_restored")
            .log_in_remembered(ALICE)
            .set("colour", "red")
            .age_session(PERMANENT_SECONDS + 60)
            .is("1 stale remembered")
            .get("/get?key=colour"),
        sequence("the_cookie_is_not_set_again_while_it_lasts")
            .log_in_remembered(ALICE)
            .get("/protected")
            .set("colour", "red")
            .confirm(ALICE.password)
            .get("/public"),
    ]
}

fn durations() -> Vec<Sequence> {
    let lasting = |name, duration| {
        sequence(name)
            .log_in_with(ALICE, &[("remember", "1"), ("duration", duration)])
            .whoami()
            .close_the_browser()
            .whoami()
    };
    vec![
        lasting("a_login_has_a_duration_of_its_own", "600"),
        lasting("a_duration_of_nothing_is_over_at_once", "0"),
        lasting("a_duration_can_be_of_years", "999999999"),
        lasting("an_empty_duration_is_none", ""),
        lasting("a_duration_in_words_is_refused", "a day"),
        lasting("a_negative_duration_is_refused", "-5"),
        lasting("half_a_second_is_refused", "1.5"),
        lasting(
            "a_duration_of_more_than_any_calendar_is_refused",
            "99999999999999999999",
        ),
        sequence("without_remember_a_duration_means_nothing")
            .log_in_with(ALICE, &[("duration", "600")])
            .is("1 fresh"),
        sequence("the_duration_of_one_login_stays_for_the_next")
            .log_in_with(ALICE, &[("remember", "1"), ("duration", "600")])
            .log_in_remembered(BOB)
            .get("/get?key=_remember_seconds"),
        sequence("a_logout_ends_the_duration_too")
            .log_in_with(ALICE, &[("remember", "1"), ("duration", "600")])
            .log_out()
            .log_in_remembered(ALICE),
        sequence("a_logout_without_the_cookie_leaves_the_duration")
            .log_in_with(ALICE, &[("remember", "1"), ("duration", "600")])
            .forget()
            .log_out()
            .log_in_remembered(ALICE),
    ]
}

fn logouts() -> Vec<Sequence> {
    vec![
        sequence("a_logout_ends_a_remembered_login")
            .log_in_remembered(ALICE)
            .log_out()
            .is("nobody")
            .close_the_browser()
            .is("nobody"),
        sequence("a_restored_login_is_ended_by_a_logout")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .is("1 stale remembered")
            .log_out()
            .is("nobody"),
        sequence("a_logout_with_nothing_but_the_cookie_removes_it")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .log_out()
            .is("nobody"),
        sequence("a_logout_removes_a_cookie_that_means_nothing")
            .put(REMEMBER, "nothing")
            .log_out()
            .is("nobody"),
        sequence("who_logs_in_after_a_logout_is_not_remembered")
            .log_in_remembered(ALICE)
            .log_out()
            .log_in(ALICE)
            .close_the_browser()
            .is("nobody"),
    ]
}

/// Cookies of others, and of nobody.
fn others() -> Vec<Sequence> {
    vec![
        sequence("the_cookie_of_a_deleted_user_lets_nobody_in")
            .forge_remember("99")
            .whoami()
            .whoami()
            .get("/protected")
            .log_out(),
        sequence("the_cookie_of_an_inactive_user_lets_nobody_in")
            .forge_remember("3")
            .whoami()
            .get("/protected"),
        sequence("the_cookie_of_a_user_whose_id_is_chinese_is_read")
            .forge_remember("佐藤")
            .whoami()
            .get("/get?key=_user_id")
            .whoami(),
        sequence("the_cookie_of_a_user_whose_id_has_a_bar_is_read")
            .forge_remember("a|b")
            .whoami()
            .get("/get?key=_user_id"),
        sequence("a_cookie_of_an_older_key_counts_for_nothing")
            .sign_remember("1", Key::Older)
            .is("nobody"),
        sequence("a_cookie_of_an_unknown_key_counts_for_nothing")
            .sign_remember("1", Key::Unknown)
            .is("nobody"),
        sequence("a_cookie_helps_where_the_session_names_a_deleted_user")
            .forge_remember("1")
            .forge_session(&[("_user_id", "99".into()), ("colour", "red".into())])
            .whoami()
            .get("/get?key=colour"),
        sequence("the_session_counts_before_the_cookie")
            .log_in(BOB)
            .forge_remember("1")
            .is("2 fresh remembered")
            .log_out()
            .is("nobody"),
        sequence("of_two_cookies_the_first_counts")
            .log_in_remembered(ALICE)
            .keep_cookies()
            .log_in_remembered(BOB)
            .double(REMEMBER, Position::Before)
            .close_the_browser()
            .is("1 stale remembered"),
        sequence("of_two_cookies_the_second_does_not_count")
            .log_in_remembered(ALICE)
            .keep_cookies()
            .log_in_remembered(BOB)
            .double(REMEMBER, Position::After)
            .close_the_browser()
            .is("2 stale remembered"),
        sequence("a_cookie_in_quotes_is_the_same")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .quote(REMEMBER)
            .is("1 stale remembered"),
    ]
}

fn unreadable() -> Vec<Sequence> {
    let unreadable = |name, text: &str| {
        sequence(name)
            .put(REMEMBER, text)
            .is("nobody")
            .get("/protected")
            .log_in(ALICE)
            .whoami()
    };
    vec![
        unreadable("a_cookie_without_a_bar_means_nothing", "foo"),
        unreadable("an_empty_cookie_means_nothing", ""),
        unreadable("a_bar_alone_means_nothing", "|"),
        unreadable(
            "a_cookie_with_a_signature_that_is_none_means_nothing",
            "1|BAD_BASH",
        ),
        unreadable(
            "a_cookie_of_a_user_in_chinese_without_a_signature_means_nothing",
            "佐藤|00",
        ),
        unreadable("a_cookie_with_half_a_quote_means_nothing", "\"1|00"),
        sequence("a_cookie_whose_user_was_changed_means_nothing")
            .log_in_remembered(BOB)
            .close_the_browser()
            .tamper(REMEMBER, Part::First)
            .is("nobody"),
        sequence("a_cookie_whose_signature_was_changed_means_nothing")
            .log_in_remembered(BOB)
            .close_the_browser()
            .tamper(REMEMBER, Part::Last)
            .is("nobody"),
    ]
}
