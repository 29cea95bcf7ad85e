//! Methods, and pages that are not there.

use http::Method;

use crate::sequence::{ALICE, Sequence, sequence};

pub(crate) fn sequences() -> Vec<Sequence> {
    vec![
        sequence("options_need_no_login")
            .options("/protected")
            .options("/protected")
            .is("nobody"),
        sequence("options_of_whoever_is_logged_in")
            .log_in(ALICE)
            .options("/protected")
            .is("1 fresh"),
        sequence("options_are_answered_for_every_page")
            .options("/public")
            .options("/login")
            .options("/logout")
            .options("/confirm")
            .options("/fresh-only")
            .options("/whoami")
            .options("/set")
            .options("/get")
            .options("/permanent")
            .options("/nothing"),
        sequence("a_logout_by_options_is_none")
            .log_in(ALICE)
            .options("/logout")
            .is("1 fresh"),
        sequence("the_head_of_a_page_is_that_of_the_page")
            .head("/public")
            .head("/login")
            .head("/whoami")
            .head("/protected")
            .head("/get?key=a")
            .head("/get")
            .head("/nothing"),
        sequence("the_head_of_a_page_for_whoever_is_logged_in")
            .log_in(ALICE)
            .head("/protected")
            .head("/fresh-only")
            .head("/whoami"),
        sequence("a_logout_by_head_is_one")
            .log_in(ALICE)
            .head("/logout")
            .is("nobody"),
        sequence("other_methods_are_refused")
            .ask(Method::PUT, "/login", &[])
            .ask(Method::DELETE, "/protected", &[])
            .ask(Method::PATCH, "/whoami", &[])
            .post("/public", &[])
            .post("/fresh-only", &[])
            .post("/get", &[])
            .get("/set")
            .get("/permanent")
            .head("/set"),
        sequence("a_method_that_is_refused_changes_nothing")
            .log_in(ALICE)
            .ask(Method::DELETE, "/logout", &[])
            .is("1 fresh"),
        sequence("a_page_that_is_not_there")
            .get("/nothing")
            .post("/nothing", &[("a", "b")])
            .get("/"),
        sequence("a_page_that_is_not_there_for_whoever_is_logged_in")
            .log_in(ALICE)
            .get("/nothing")
            .is("1 fresh"),
        sequence("a_form_that_is_none_is_empty")
            .ask(Method::POST, "/login", &[])
            .ask(Method::POST, "/set", &[])
            .ask(Method::POST, "/login", &[("content-type", "text/plain")]),
        sequence("a_page_of_this_site_may_post")
            .ask(
                Method::POST,
                "/logout",
                &[("sec-fetch-site", "same-origin")],
            )
            .ask(Method::POST, "/logout", &[("sec-fetch-site", "none")]),
        sequence("what_a_browser_accepts_changes_nothing")
            .ask(Method::GET, "/protected", &[("accept", "application/json")])
            .ask(
                Method::GET,
                "/protected",
                &[("accept", "text/html"), ("sec-fetch-mode", "navigate")],
            )
            .ask(Method::GET, "/protected", &[("hx-request", "true")])
            .ask(
                Method::POST,
                "/protected",
                &[("accept", "application/json")],
            )
            .ask(Method::GET, "/nothing", &[("accept", "application/json")]),
    ]
}
