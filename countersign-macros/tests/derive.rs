//! The derive compiled and used.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use countersign::AuthUser;
use uuid::Uuid;

#[test]
fn fields_are_taken_by_name() {
    #[derive(AuthUser)]
    struct User {
        id: i64,
        password_hash: String,
        is_active: bool,
        security_stamp: Uuid,
        roles: Vec<String>,
    }
    let user = User {
        id: 7,
        password_hash: "$argon2id$".to_owned(),
        is_active: false,
        security_stamp: Uuid::from_u128(1),
        roles: vec!["admin".to_owned(), "editor".to_owned()],
    };
    assert_eq!(user.id(), 7i64);
    assert_eq!(user.password_hash(), Some("$argon2id$"));
    assert!(!user.is_active());
    assert_eq!(
        user.security_stamp().as_deref(),
        Some("00000000-0000-0000-0000-000000000001")
    );
    assert!(user.has_role("editor"));
    assert!(!user.has_role("Editor"));
    assert!(!user.has_role("edit"));
}

#[test]
fn what_is_not_there_keeps_the_default() {
    #[derive(AuthUser)]
    struct User {
        id: String,
        #[allow(dead_code, reason = "a field that the derive must leave alone")]
        role: String,
    }
    let user = User {
        id: "ada".to_owned(),
        role: "admin".to_owned(),
    };
    assert_eq!(user.id(), "ada");
    assert_eq!(user.password_hash(), None);
    assert!(user.is_active());
    assert_eq!(user.security_stamp(), None);
    assert!(!user.has_role("admin"));
}

#[test]
fn attributes_take_fields_of_other_names_and_go_before_names() {
    #[derive(AuthUser)]
    #[allow(dead_code, reason = "fields that the derive must leave alone")]
    struct Member {
        id: i64,
        #[auth(id)]
        number: Uuid,
        #[auth(password_hash)]
        secret: Option<Box<str>>,
        #[auth(is_active)]
        enabled: bool,
        #[auth(security_stamp)]
        generation: u32,
        #[auth(role)]
        rank: Option<&'static str>,
        roles: f64,
        #[auth(skip)]
        is_active: u8,
    }
    let mut member = Member {
        id: 1,
        number: Uuid::from_u128(2),
        secret: Some("hash".into()),
        enabled: false,
        generation: 5,
        rank: Some("captain"),
        roles: 0.5,
        is_active: 1,
    };
    assert_eq!(member.id(), Uuid::from_u128(2));
    assert_eq!(member.password_hash(), Some("hash"));
    assert!(!member.is_active());
    assert_eq!(member.security_stamp().as_deref(), Some("5"));
    assert!(member.has_role("captain"));
    (member.secret, member.rank) = (None, None);
    assert_eq!(member.password_hash(), None);
    assert!(!member.has_role("captain"));
}

#[test]
fn one_field_may_be_several_things() {
    #[derive(AuthUser)]
    struct User {
        id: i64,
        #[auth(password_hash, security_stamp)]
        secret: Arc<str>,
    }
    let user = User {
        id: 1,
        secret: "hash".into(),
    };
    assert_eq!(user.id(), 1);
    assert_eq!(user.password_hash(), Some("hash"));
    assert_eq!(user.security_stamp().as_deref(), Some("hash"));
}

#[test]
fn parameters_and_lifetimes_of_the_struct_are_carried_over() {
    #[derive(AuthUser)]
    struct User<'a, I, S: Clone = String, const N: usize = 2>
    where
        I: Copy,
    {
        id: I,
        password_hash: Option<S>,
        security_stamp: Cow<'a, str>,
        roles: [&'a str; N],
    }
    let user: User<'static, u8, String, 2> = User {
        id: 3,
        password_hash: Some("hash".to_owned()),
        security_stamp: Cow::Borrowed("stamp"),
        roles: ["a", "b"],
    };
    assert_eq!(user.id(), 3);
    assert_eq!(user.password_hash(), Some("hash"));
    assert_eq!(user.security_stamp().as_deref(), Some("stamp"));
    assert!(user.has_role("b"));
}

#[test]
fn roles_are_read_from_every_usual_collection() {
    struct Role;
    impl AsRef<str> for Role {
        fn as_ref(&self) -> &str {
            "admin"
        }
    }
    #[derive(AuthUser)]
    struct User<R> {
        r#id: u8,
        roles: R,
    }
    fn check<R>(roles: R)
    where
        User<R>: AuthUser<Id = u8>,
    {
        let user = User { id: 1, roles };
        assert_eq!(user.id(), 1);
        assert!(user.has_role("admin"));
        assert!(!user.has_role("adm"));
    }
    check(vec!["admin"]);
    check([Role]);
    check(HashSet::from(["admin".to_owned()]));
    check(BTreeSet::from(["admin".to_owned()]));
    check(Some(vec![Cow::Borrowed("admin")]));
    check(Box::<[&str]>::from(["other", "admin"]));
    check(Arc::<[Role]>::from([Role]));
    check(&["admin"][..]);
}
