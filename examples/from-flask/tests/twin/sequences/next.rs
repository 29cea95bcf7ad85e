//! Where a visitor is sent to log in, and back.

use crate::sequence::{ALICE, Sequence, sequence};

pub(crate) fn sequences() -> Vec<Sequence> {
    [denials(), returns()].into_iter().flatten().collect()
}

fn denials() -> Vec<Sequence> {
    let denied = |name, path: &str| sequence(name).get(path);
    vec![
        sequence("a_visitor_is_sent_to_log_in_and_back")
            .get("/protected?x=1&y=a%20b")
            .get("/login?next=%2Fprotected%3Fx%3D1%26y%3Da%2520b")
            .log_in_at("/login?next=%2Fprotected%3Fx%3D1%26y%3Da%2520b", ALICE, &[])
            .get("/protected?x=1&y=a%20b"),
        sequence("a_form_that_was_denied_is_asked_for_again")
            .post("/protected", &[("a", "b")])
            .log_in_at("/login?next=%2Fprotected", ALICE, &[])
            .get("/protected"),
        denied("an_empty_query_is_none", "/protected?"),
        denied(
            "a_query_in_chinese_is_kept",
            "/protected?q=%E4%BD%A0%E5%A5%BD",
        ),
        denied(
            "a_query_with_signs_is_kept",
            "/protected?q=a+b&r=%2B%2f%26%3D%25&s=~!*'();:@$,[]",
        ),
        denied("a_query_that_is_no_text_is_kept", "/protected?q=%FF%zz%"),
        denied(
            "a_query_with_quotes_is_kept",
            "/protected?q=%22%3Cb%3E%22&r=%27",
        ),
        denied(
            "a_next_in_the_query_is_part_of_it",
            "/protected?next=/public",
        ),
        denied(
            "a_question_mark_in_the_query_is_part_of_it",
            "/protected?a?b?next=c",
        ),
        denied("a_path_with_a_slash_more_is_another", "/protected/"),
    ]
}

fn returns() -> Vec<Sequence> {
    let returning = |name, nexts: &[&str]| {
        nexts.iter().fold(sequence(name), |sequence, next| {
            let path: String = url::form_urlencoded::Serializer::new("/login?".to_owned())
                .append_pair("next", next)
                .finish();
            sequence.log_in_at(&path, ALICE, &[])
        })
    };
    vec![
        returning(
            "a_path_of_this_site_is_followed",
            &["/protected", "/", "/public?a=b#c", "/@evil.example"],
        ),
        returning("a_path_in_chinese_is_followed", &["/公共?q=你 好", "/a b"]),
        returning("a_next_that_is_empty_is_none", &["", " "]),
        returning(
            "a_path_without_a_slash_is_not_followed",
            &["public", "?a", "#a"],
        ),
        returning(
            "another_host_is_not_followed",
            &[
                "//evil.example",
                "///evil.example",
                "https://evil.example/",
                "https:evil.example",
            ],
        ),
        returning(
            "what_browsers_take_for_another_host_is_not_followed",
            &[
                "/\\evil.example",
                "\\\\evil.example",
                "/\t/evil.example",
                "/.//evil.example",
            ],
        ),
        returning(
            "what_is_no_address_is_not_followed",
            &["javascript:alert(1)", "/a\r\nSet-Cookie: x=1", "/\u{0}"],
        ),
        sequence("the_first_next_counts").log_in_at(
            "/login?next=%2Fpublic&next=%2Fprotected",
            ALICE,
            &[],
        ),
        sequence("a_next_in_the_form_does_not_count").log_in_with(ALICE, &[("next", "/protected")]),
        sequence("a_refused_login_goes_nowhere")
            .post(
                "/login?next=%2Fprotected",
                &[("username", "nobody"), ("password", "x")],
            )
            .is("nobody"),
    ]
}
