//! Session protection: what becomes of a session that another browser sends, or another address.

use http::Method;

use crate::sequence::{ALICE, BOB, Sequence, sequence};

pub(crate) fn sequences() -> Vec<Sequence> {
    [
        user_agents(),
        remembered(),
        permanent(),
        addresses(),
        visitors(),
        spelling(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn user_agents() -> Vec<Sequence> {
    let moved = |name| sequence(name).log_in(ALICE).user_agent(OTHER);
    vec![
        sequence("the_same_browser_stays_fresh")
            .log_in(ALICE)
            .is("1 fresh")
            .get("/fresh-only")
            .is("1 fresh"),
        moved("another_browser_is_not_fresh")
            .whoami()
            .whoami()
            .get("/fresh-only"),
        moved("the_first_browser_is_not_fresh_after_the_other")
            .whoami()
            .user_agent(FIRST)
            .whoami(),
        moved("another_browser_at_a_protected_page")
            .get("/protected")
            .get("/protected"),
        moved("another_browser_at_a_page_that_asks_nobody")
            .get("/public")
            .get("/login")
            .user_agent(FIRST)
            .whoami(),
        moved("another_browser_that_keeps_something")
            .set("colour", "red")
            .whoami()
            .get("/get?key=colour"),
        moved("another_browser_that_logs_out").log_out().whoami(),
        moved("another_browser_that_logs_in")
            .log_in(BOB)
            .is("2 fresh"),
        moved("another_browser_that_confirms")
            .confirm(ALICE.password)
            .whoami(),
        moved("another_browser_asks_by_options")
            .options("/protected")
            .whoami(),
        sequence("what_the_application_keeps_survives_another_browser")
            .set("colour", "red")
            .log_in(ALICE)
            .user_agent(OTHER)
            .whoami()
            .get("/get?key=colour")
            .log_in(BOB)
            .get("/get?key=colour"),
        sequence("a_stale_login_in_another_browser")
            .log_in_with(ALICE, &[("fresh", "0")])
            .user_agent(OTHER)
            .whoami()
            .whoami(),
        sequence("a_browser_without_a_name_stays_fresh")
            .user_agent(None)
            .log_in(ALICE)
            .is("1 fresh")
            .user_agent(FIRST)
            .whoami(),
        sequence("a_browser_that_loses_its_name")
            .log_in(ALICE)
            .user_agent(None)
            .whoami()
            .whoami(),
        sequence("a_browser_whose_name_is_empty")
            .user_agent(Some(""))
            .log_in(ALICE)
            .is("1 fresh")
            .user_agent(None)
            .whoami(),
        sequence("a_session_without_an_identifier")
            .log_in(ALICE)
            .change_session(&[("_id", None)])
            .whoami()
            .whoami(),
        sequence("a_session_whose_identifier_is_a_number")
            .log_in(ALICE)
            .change_session(&[("_id", Some(1.into()))])
            .whoami(),
    ]
}

fn remembered() -> Vec<Sequence> {
    vec![
        sequence("another_browser_with_a_remembered_login")
            .log_in_remembered(ALICE)
            .user_agent(OTHER)
            .whoami()
            .whoami(),
        sequence("another_browser_with_nothing_but_the_remember_cookie")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .user_agent(OTHER)
            .is("1 stale remembered")
            .whoami(),
        sequence("a_restored_login_at_its_second_request")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .whoami()
            .whoami()
            .whoami()
            .get("/protected"),
        sequence("a_restored_login_that_confirms_at_once")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .confirm(ALICE.password)
            .is("1 fresh remembered")
            .is("1 fresh remembered"),
        sequence("a_restored_login_with_data")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .set("colour", "red")
            .whoami()
            .whoami()
            .get("/get?key=colour"),
        sequence("a_duration_in_another_browser")
            .log_in_with(ALICE, &[("remember", "1"), ("duration", "600")])
            .user_agent(OTHER)
            .whoami()
            .log_in_remembered(ALICE),
    ]
}

fn permanent() -> Vec<Sequence> {
    vec![
        sequence("a_permanent_session_in_another_browser")
            .log_in(ALICE)
            .post("/permanent", &[])
            .user_agent(OTHER)
            .whoami()
            .whoami(),
        sequence("a_permanent_session_of_a_visitor")
            .post("/permanent", &[])
            .whoami()
            .whoami(),
        sequence("a_permanent_remembered_login_that_is_restored")
            .post("/permanent", &[])
            .log_in_remembered(ALICE)
            .close_the_browser()
            .whoami()
            .post("/permanent", &[])
            .whoami(),
        sequence("a_permanent_session_in_another_browser_that_logs_out")
            .log_in_remembered(ALICE)
            .post("/permanent", &[])
            .user_agent(OTHER)
            .log_out()
            .whoami(),
    ]
}

fn addresses() -> Vec<Sequence> {
    let from = |name, address| {
        sequence(name)
            .forwarded_for(Some(address))
            .log_in(ALICE)
            .is("1 fresh")
    };
    vec![
        from("another_forwarded_address_is_not_fresh", "192.0.2.1")
            .forwarded_for(Some("192.0.2.2"))
            .whoami()
            .whoami(),
        from("a_forwarded_address_that_goes_is_not_fresh", "192.0.2.1")
            .forwarded_for(None)
            .whoami(),
        sequence("a_forwarded_address_that_comes_is_not_fresh")
            .log_in(ALICE)
            .forwarded_for(Some("192.0.2.1"))
            .whoami(),
        from(
            "only_the_first_forwarded_address_counts",
            "192.0.2.1, 10.0.0.1",
        )
        .forwarded_for(Some("192.0.2.1 ,10.0.0.2"))
        .is("1 fresh")
        .forwarded_for(Some("10.0.0.1, 192.0.2.1"))
        .whoami(),
        from(
            "of_two_forwarded_addresses_in_two_lines_the_first_counts",
            "192.0.2.1",
        )
        .ask(Method::GET, "/whoami", &[("x-forwarded-for", "10.0.0.1")])
        .is("1 fresh"),
        from("an_empty_forwarded_address_is_one", "")
            .forwarded_for(None)
            .whoami(),
        from("a_forwarded_address_can_be_anything", "'it\\s\"é").is("1 fresh"),
    ]
}

/// Those whose session holds something, and no login.
fn visitors() -> Vec<Sequence> {
    vec![
        sequence("a_visitor_with_data")
            .set("colour", "red")
            .whoami()
            .whoami()
            .get("/get?key=colour"),
        sequence("a_visitor_with_a_message")
            .get("/protected")
            .whoami()
            .get("/login")
            .whoami(),
        sequence("a_visitor_with_data_who_is_refused_twice")
            .set("colour", "red")
            .get("/protected")
            .get("/fresh-only")
            .get("/login")
            .whoami(),
        sequence("a_visitor_with_data_and_a_remember_cookie")
            .set("colour", "red")
            .forge_remember("1")
            .whoami()
            .whoami()
            .get("/get?key=colour"),
        sequence("a_visitor_with_data_logs_in")
            .set("colour", "red")
            .whoami()
            .log_in(ALICE)
            .is("1 fresh")
            .get("/get?key=colour"),
    ]
}

/// Names of browsers that Python writes in its own way.
fn spelling() -> Vec<Sequence> {
    let named = |name, user_agent| {
        sequence(name)
            .user_agent(Some(user_agent))
            .log_in(ALICE)
            .is("1 fresh")
            .is("1 fresh")
    };
    vec![
        named("a_browser_whose_name_has_a_quote", "it's"),
        named("a_browser_whose_name_has_both_quotes", "it's \"one\""),
        named("a_browser_whose_name_has_a_backslash", "C:\\browser"),
        named("a_browser_whose_name_has_a_tab", "a\tb"),
        named("a_browser_whose_name_is_no_ascii", "Браузер"),
    ]
}

const FIRST: Option<&str> = Some("Mozilla/5.0 (X11; Linux x86_64)");
const OTHER: Option<&str> = Some("curl/8.0");
