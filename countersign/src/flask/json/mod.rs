//! JSON as Python's `json` module reads and writes it, with Flask's tags or without.

mod number;
mod read;
mod tag;
mod write;

pub(super) use number::write_float;
pub(super) use read::read;
pub(super) use write::write;

/// How values are written as JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PayloadFormat {
    /// As Flask's sessions are: `flask.json.tag.TaggedJSONSerializer`, with keys sorted, only ASCII characters, and tags
    /// for what JSON does not have.
    Tagged,
    /// As itsdangerous' serializers do by themselves, and so Flask-WTF's CSRF tokens: keys in their order, UTF-8, no
    /// tags. A tuple is written as a list, and `Markup` as text.
    Plain,
}
