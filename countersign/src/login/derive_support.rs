//! What the code that `#[derive(AuthUser)]` writes calls. Not for use by hand: it may change in any release.
//!
//! Each trait reads one kind of field, and says what to do when a field has another type.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A field that holds a password hash.
#[diagnostic::on_unimplemented(
    message = "a password hash can't be read from a field of type `{Self}`",
    label = "this is not a text, nor an optional text",
    note = "make it a `String` or an `Option<String>`, mark it with `#[auth(skip)]`, or implement `AuthUser` by hand"
)]
pub trait AsPasswordHash {
    /// The hash, where there is one.
    fn as_password_hash(&self) -> Option<&str>;
}

/// A field that tells whether a user may log in.
#[diagnostic::on_unimplemented(
    message = "the field that tells whether a user is active must be a `bool`, and this is `{Self}`",
    label = "this is not a `bool`",
    note = "make it a `bool`, mark it with `#[auth(skip)]` if it means something else, or implement `AuthUser` by hand"
)]
pub trait AsIsActive {
    /// Whether the user may log in.
    fn as_is_active(&self) -> bool;
}

/// A field that holds a security stamp.
#[diagnostic::on_unimplemented(
    message = "a security stamp can't be read from a field of type `{Self}`",
    label = "this is not a text, an integer or a `Uuid`, nor an optional one",
    note = "make it a `String`, mark it with `#[auth(skip)]`, or implement `AuthUser` by hand"
)]
pub trait AsSecurityStamp {
    /// The stamp as a text, where there is one.
    fn as_security_stamp(&self) -> Option<Cow<'_, str>>;
}

/// A field that holds a user's roles.
#[diagnostic::on_unimplemented(
    message = "roles can't be read from a field of type `{Self}`",
    label = "this is not a collection of texts",
    note = "make it a `Vec<String>`; mark it with `#[auth(role)]` if it is a single role, or with `#[auth(skip)]` if it is something else"
)]
pub trait AsRoles {
    /// Whether this role is among them.
    fn has_role(&self, role: &str) -> bool;
}

/// A field that holds a user's only role.
#[diagnostic::on_unimplemented(
    message = "a role can't be read from a field of type `{Self}`",
    label = "this is not a text, nor an optional text",
    note = "make it a `String`; mark it with `#[auth(roles)]` if it is a collection; or implement `AuthUser` by hand"
)]
pub trait AsRole {
    /// Whether it is this role.
    fn is_role(&self, role: &str) -> bool;
}

impl AsIsActive for bool {
    fn as_is_active(&self) -> bool {
        *self
    }
}

/// What holds a text: read as such.
macro_rules! texts {
    ($([$($parameter:tt)*] $text:ty),* $(,)?) => {$(
        impl<$($parameter)*> AsPasswordHash for $text {
            fn as_password_hash(&self) -> Option<&str> {
                Some(self)
            }
        }

        impl<$($parameter)*> AsSecurityStamp for $text {
            fn as_security_stamp(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Borrowed(self))
            }
        }

        impl<$($parameter)*> AsRole for $text {
            fn is_role(&self, role: &str) -> bool {
                let own: &str = self;
                own == role
            }
        }
    )*};
}

texts!([] String, [] Box<str>, [] Arc<str>, ['a] &'a str, ['a] Cow<'a, str>);

impl<T: AsPasswordHash> AsPasswordHash for Option<T> {
    fn as_password_hash(&self) -> Option<&str> {
        self.as_ref()?.as_password_hash()
    }
}

impl<T: AsSecurityStamp> AsSecurityStamp for Option<T> {
    fn as_security_stamp(&self) -> Option<Cow<'_, str>> {
        self.as_ref()?.as_security_stamp()
    }
}

impl<T: AsRole> AsRole for Option<T> {
    fn is_role(&self, role: &str) -> bool {
        self.as_ref().is_some_and(|own| own.is_role(role))
    }
}

/// What is a stamp as it is displayed.
macro_rules! displayed_stamps {
    ($($stamp:ty),*) => {$(
        impl AsSecurityStamp for $stamp {
            fn as_security_stamp(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        }
    )*};
}

displayed_stamps!(
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    uuid::Uuid
);

/// Collections of what can be read as a text.
macro_rules! collections {
    ($([$($parameter:tt)*] $collection:ty),* $(,)?) => {$(
        impl<$($parameter)*> AsRoles for $collection
        where
            T: AsRef<str>,
        {
            fn has_role(&self, role: &str) -> bool {
                self.iter().any(|own| own.as_ref() == role)
            }
        }
    )*};
}

collections!(
    [T] Vec<T>,
    [T] Box<[T]>,
    [T] Arc<[T]>,
    ['a, T] &'a [T],
    [T, const LENGTH: usize] [T; LENGTH],
    [T, S] HashSet<T, S>,
    [T] BTreeSet<T>,
);

impl<C: AsRoles> AsRoles for Option<C> {
    fn has_role(&self, role: &str) -> bool {
        self.as_ref().is_some_and(|roles| roles.has_role(role))
    }
}
