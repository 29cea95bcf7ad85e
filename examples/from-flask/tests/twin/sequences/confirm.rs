//! Logins that are not fresh, and how they become so.

use crate::sequence::{ALICE, BOB, Sequence, UNICODE, sequence};

pub(crate) fn sequences() -> Vec<Sequence> {
    let stale = |name| sequence(name).log_in_with(ALICE, &[("fresh", "0")]);
    vec![
        stale("a_stale_login_is_sent_to_confirm_and_back")
            .get("/fresh-only?x=1")
            .get("/confirm?next=%2Ffresh-only%3Fx%3D1")
            .post(
                "/confirm?next=%2Ffresh-only%3Fx%3D1",
                &[("password", ALICE.password)],
            )
            .get("/fresh-only?x=1")
            .is("1 fresh"),
        stale("a_password_makes_a_login_fresh")
            .confirm(ALICE.password)
            .is("1 fresh")
            .get("/fresh-only"),
        stale("a_wrong_password_leaves_a_login_stale")
            .confirm("Wonderland")
            .is("1 stale"),
        stale("the_password_of_another_leaves_a_login_stale")
            .confirm(BOB.password)
            .is("1 stale"),
        stale("a_form_without_a_password_leaves_a_login_stale")
            .post("/confirm", &[])
            .is("1 stale"),
        stale("a_confirmation_does_not_follow_a_next_that_leads_elsewhere")
            .post(
                "/confirm?next=%2F%2Fevil.example",
                &[("password", ALICE.password)],
            )
            .is("1 fresh"),
        stale("each_refusal_of_a_stale_login_is_a_message")
            .get("/fresh-only")
            .get("/fresh-only")
            .head("/fresh-only")
            .get("/confirm")
            .get("/confirm"),
        sequence("a_fresh_login_can_be_confirmed")
            .log_in(ALICE)
            .confirm(ALICE.password)
            .is("1 fresh"),
        sequence("a_user_whose_password_is_chinese_confirms")
            .log_in_with(UNICODE, &[("fresh", "0")])
            .confirm(UNICODE.password)
            .is("4 fresh"),
        sequence("nobody_is_sent_to_log_in_where_a_fresh_login_is_needed")
            .get("/fresh-only?x=1")
            .get("/login?next=%2Ffresh-only%3Fx%3D1")
            .log_in_at("/login?next=%2Ffresh-only%3Fx%3D1", ALICE, &[])
            .get("/fresh-only?x=1"),
        sequence("nobody_can_confirm")
            .get("/confirm")
            .confirm(ALICE.password)
            .whoami(),
        sequence("nobody_can_confirm_with_data_in_the_session")
            .set("colour", "red")
            .confirm(ALICE.password)
            .whoami(),
        sequence("a_restored_login_becomes_fresh_and_stays_remembered")
            .log_in_remembered(ALICE)
            .close_the_browser()
            .get("/fresh-only")
            .post("/confirm", &[("password", ALICE.password)])
            .whoami()
            .get("/fresh-only"),
        sequence("a_deleted_user_can_not_confirm")
            .forge_session(&[("_user_id", "99".into())])
            .confirm(ALICE.password),
    ]
}
