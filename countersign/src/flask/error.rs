use std::time::Duration;

use crate::clock::Timestamp;

/// Why a signed value was not read, or not made.
///
/// No message has a key, a signature or the value in it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FlaskError {
    /// No key made this signature, or there is none: itsdangerous' `BadSignature`.
    #[error("the signature does not match: compare secret key, salt, digest and key derivation")]
    BadSignature,
    /// The signature is good and too old: itsdangerous' `SignatureExpired`.
    #[error("signed {} s ago, which is more than {} s", age.as_secs(), max_age.as_secs())]
    Expired {
        /// When it was signed; whole seconds.
        signed_at: Timestamp,
        /// How long ago that was; whole seconds.
        age: Duration,
        /// How old it may be; whole seconds.
        max_age: Duration,
    },
    /// The signature is good and of a time that is yet to come: the clocks of two machines differ. For itsdangerous this
    /// is a `SignatureExpired` too, however little it is.
    #[error("signed {} s in the future: set the clocks of both machines", ahead.as_secs())]
    FromTheFuture {
        /// When it was signed; whole seconds.
        signed_at: Timestamp,
        /// How far ahead that is; whole seconds.
        ahead: Duration,
    },
    /// Signed with the right key, but not what was expected: itsdangerous' `BadTimeSignature` and `BadPayload`. So is
    /// what is longer than the limits allow, whoever signed it.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The value can't be written as its reader would read it.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// The separator could be part of a signature: it consists of letters, digits, `-`, `_` or `=` alone, or is empty.
    #[error("a separator needs a character that base64 does not use, such as `.` or `:`")]
    Separator,
    /// The secret key is no text that Latin-1 has, so Flask-Login can't sign with it.
    #[error(
        "Flask-Login reads the text of a key as Latin-1, and this key is no such text: if Flask has it as bytes, \
         use `FlaskSessions::with_bytes_key`, or `RememberTokens::of_bytes`; else choose a key of ASCII"
    )]
    KeyIsNotLatin1,
}

/// What is wrong with a value whose signature is good.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It is longer than [`Limits::input`](super::Limits::input); the signature was not looked at.
    #[error("the signed text is longer than {limit} bytes")]
    TooLong {
        /// How many bytes it may have.
        limit: usize,
    },
    /// There is no timestamp, or none of a year up to 9999.
    #[error("the timestamp is missing or unreadable")]
    Timestamp,
    /// The payload is not base64.
    #[error("the payload is not base64")]
    Base64,
    /// The payload begins with `.` and is not a whole zlib stream (RFC 1950).
    #[error("the payload is not a zlib stream")]
    Zlib,
    /// It inflates to more than [`Limits::inflated`](super::Limits::inflated).
    #[error("the payload inflates to more than {limit} bytes")]
    Inflated {
        /// How many bytes it may have.
        limit: usize,
    },
    /// What was signed is not UTF-8.
    #[error("the payload is not UTF-8")]
    Utf8,
    /// It is not what Python's `json.loads` reads.
    #[error("the payload is not JSON: look at byte {offset}")]
    Json {
        /// The byte at which it stopped to be JSON, counted from 0.
        offset: usize,
    },
    /// Lists and dicts are in one another more deeply than [`Limits::depth`](super::Limits::depth).
    #[error("the payload is nested more than {limit} levels deep")]
    TooDeep {
        /// How many levels it may have.
        limit: usize,
    },
    /// An integer has more than 4300 digits: Python refuses it too (`sys.int_info.default_max_str_digits`).
    #[error("an integer has more than 4300 digits")]
    IntegerTooLong,
    /// What stands under a tag is nothing that Flask writes there.
    #[error("what stands under the tag {tag:?} is nothing that Flask writes there")]
    Tag {
        /// The tag, with the blank that it begins with.
        tag: &'static str,
    },
}

/// Why a value can't be written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unwritable {
    /// Lists and dicts are in one another more deeply than [`Limits::depth`](super::Limits::depth).
    #[error("the value is nested more than {limit} levels deep")]
    TooDeep {
        /// How many levels it may have.
        limit: usize,
    },
    /// A moment outside the years 1 to 9999, which are all that Python's `datetime` has.
    #[error("a moment lies outside the years 1 to 9999")]
    Year,
    /// JSON without tags has no bytes, UUID or datetime.
    #[error(
        "JSON without Flask's tags has no {kind}: sign as Flask's sessions do, or write it as text"
    )]
    NeedsTags {
        /// What it is.
        kind: &'static str,
    },
    /// Half of a surrogate pair, which UTF-8 can't hold; JSON with ASCII escapes can.
    #[error("a text has half of a surrogate pair, which UTF-8 can't hold")]
    Surrogate,
    /// It would be longer than [`Limits::input`](super::Limits::input) or, before it was compressed, than
    /// [`Limits::inflated`](super::Limits::inflated), so that it could not be read again.
    #[error("the value is too long to be read again: keep less in it")]
    TooLong,
}
