//! `#[derive(AuthUser)]` for [countersign](https://docs.rs/countersign), which re-exports it: depend on that.

use proc_macro::TokenStream;

mod attributes;
mod expand;
mod fields;

/// Implements `countersign::AuthUser` for a struct with named fields.
///
/// ```
/// use countersign::AuthUser;
///
/// #[derive(AuthUser)]
/// struct User {
///     id: i64,
///     name: String,
///     password_hash: String,
///     is_active: bool,
/// }
///
/// let ada = User { id: 7, name: "Ada".into(), password_hash: "…".into(), is_active: true };
/// assert_eq!((ada.id(), ada.password_hash()), (7, Some("…")));
/// # let _ = ada.name;
/// ```
///
/// Each method of the trait takes the field of its name, where there is one, and otherwise keeps the trait's default. An attribute
/// takes a field of another name, and goes before one that has the name:
///
/// | method | field | attribute | types |
/// | --- | --- | --- | --- |
/// | `id` (required) | `id` | `#[auth(id)]` | any with `Clone`, `Display` and `FromStr`, not optional |
/// | `password_hash` | `password_hash` | `#[auth(password_hash)]` | `String`, `Box<str>`, `Arc<str>`, `Cow<str>`, `&'static str`, an `Option` of these |
/// | `is_active` | `is_active` | `#[auth(is_active)]` | `bool` |
/// | `security_stamp` | `security_stamp` | `#[auth(security_stamp)]` | as `password_hash`; also integers and `Uuid` |
/// | `has_role` | `roles` | `#[auth(roles)]` | `Vec`, array, slice, `HashSet`, `BTreeSet` of strings, or of what is `AsRef<str>` |
/// | `has_role` | | `#[auth(role)]` | one role: as `password_hash` |
///
/// `#[auth(skip)]` leaves a field alone that only happens to have one of these names. A role is compared exactly, upper and
/// lower case included.
///
/// ```
/// use countersign::AuthUser;
///
/// #[derive(AuthUser)]
/// struct Member {
///     #[auth(id)]
///     member_number: u32,
///     #[auth(password_hash)]
///     secret: Option<String>,
///     #[auth(role)]
///     rank: String,
///     /// Whether the member skates at present, which has nothing to do with logging in.
///     #[auth(skip)]
///     is_active: bool,
/// }
///
/// let member = Member { member_number: 7, secret: None, rank: "captain".into(), is_active: false };
/// assert!(member.is_active() && member.has_role("captain"));
/// # let _ = member.is_active;
/// ```
///
/// For anything else, implement the trait by hand: only `type Id` and `fn id` are required.
#[proc_macro_derive(AuthUser, attributes(auth))]
pub fn derive_auth_user(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
