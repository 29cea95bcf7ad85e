/// Why a setting was refused. Settings are read once, at start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// A cookie's name has a character that none may have, or no character at all (RFC 6265, section 4.1.1).
    #[error(
        "`{found}` is no name for a cookie: use letters, digits and any of !#$%&'*+-.^_`|~, such as `countersign`"
    )]
    CookieName {
        /// The name.
        found: String,
    },
    /// A cookie's name asks browsers for `Secure` (RFC 6265bis, section 4.1.3), which a site without https can't set.
    #[error(
        "browsers refuse a cookie named `{found}` from a site without https: set an https public URL, or choose a name that does not begin with `__`"
    )]
    CookiePrefix {
        /// The name.
        found: String,
    },
    /// Something that should be a site's address is no URL.
    #[error("`{found}` is no URL: a site's address looks like `https://example.com`")]
    NotAUrl {
        /// What was given, without what may be a password.
        found: String,
        /// What is wrong with it.
        source: url::ParseError,
    },
    /// A site's address has more than scheme, host and port, or is written in a way that browsers would correct.
    #[error(
        "`{found}` {problem}: a site's address is scheme, host and port alone, such as `https://example.com`"
    )]
    NotASite {
        /// What was given, without what may be a password.
        found: String,
        /// What it has that it should not have.
        problem: &'static str,
    },
    /// A site's address does not begin with `https://`.
    #[error(
        "`{found}` must begin with `https://`: `http://` is for `localhost`, `127.0.0.1` and `[::1]` only"
    )]
    PlainHttp {
        /// What was given.
        found: String,
    },
    /// The name of a header has a character that none may have (RFC 9110, section 5.1).
    #[error("`{found}` is no name of a header: expected one such as `X-Forwarded-For`")]
    HeaderName {
        /// The name.
        found: String,
    },
    /// A trusted proxy is neither an address nor a network.
    #[error(
        "`{found}` is neither an address such as `10.0.0.7` nor a network such as `10.0.0.0/8`"
    )]
    Network {
        /// What was given.
        found: String,
    },
    /// A trusted network holds every address, so anybody could claim to be anybody.
    #[error(
        "`{found}` would trust every address in the world: name the proxies, such as `10.0.0.0/8`"
    )]
    EveryAddress {
        /// What was given.
        found: String,
    },
    /// No proxy is trusted, so the header would never count.
    #[error("the header `{header}` counts only when a trusted proxy sends it: name at least one")]
    NoTrustedProxy {
        /// The header.
        header: String,
    },
    /// A manager of accounts, or of Flask's sessions, was given a realm. Accounts end the sessions that they know of, and those of
    /// a realm they would not; and Flask knows of no realms.
    #[error(
        "a manager of accounts or of Flask's sessions can't have a realm: keep other accounts in another database, and other sessions under another key"
    )]
    NoRealms,
    /// A manager of Flask's sessions was given a name for its cookie.
    #[error(
        "the session cookie has the name that Flask knows: set it by `FlaskSessions::session_cookie_name`"
    )]
    CookieOfFlask,
    /// A realm's name has control characters.
    #[error("a realm's name can't have control characters: choose a short word, such as `staff`")]
    Realm,
}
