//! Values out of texts. Each error is a sentence that says what is expected.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use countersign::accounts::Registration;
use countersign::password::{PasswordNormalization, PasswordPolicy};
use countersign::secret::{KeyError, SecretKey};
use countersign::{ClientAddresses, PublicUrl};
use url::Url;

use crate::observe::{LogFormat, LogLevel, LogLevelError};

pub(super) fn public_url(text: &str) -> Result<PublicUrl, String> {
    PublicUrl::parse(text).map_err(|error| error.to_string())
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "expected an IP address and a port, such as `127.0.0.1:3000` or `[::1]:3000`".to_owned()
    })
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    match text.is_empty() {
        true => Err("expected a path".to_owned()),
        false => Ok(text.into()),
    }
}

pub(super) fn registration(text: &str) -> Result<Registration, String> {
    match text {
        "open" => Ok(Registration::Open),
        "invitation" => Ok(Registration::ByInvitation),
        "closed" => Ok(Registration::Closed),
        _ => Err("expected `open`, `invitation` or `closed`".to_owned()),
    }
}

pub(super) fn line(text: &str) -> Result<String, String> {
    let is_line = !text.trim().is_empty() && !text.contains(char::is_control);
    match is_line && text.chars().count() <= LONGEST_LINE {
        true => Ok(text.trim().to_owned()),
        false => Err(format!(
            "expected one line of 1 to {LONGEST_LINE} characters"
        )),
    }
}

pub(super) fn secret_key(text: &str) -> Result<String, String> {
    match SecretKey::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(refused_key(&error)),
    }
}

/// The library's sentence, with this program's own way to make a key.
pub(super) fn refused_key(error: &KeyError) -> String {
    let reason = match error {
        KeyError::TooShort { found, needed } => {
            format!("the secret key has {found} bytes and needs at least {needed}")
        }
        KeyError::WellKnown => "the secret key is one that everybody knows".to_owned(),
        error => return error.to_string(),
    };
    format!("{reason}: make one with `countersign secret generate`")
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| "expected `true` or `false`".to_owned())
}

pub(super) fn email(text: &str) -> Result<String, String> {
    let is_address = text
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    match is_address
        && !text.contains(|character: char| character.is_whitespace() || character.is_control())
    {
        true => Ok(text.to_owned()),
        false => Err("expected an e-mail address, such as `admin@example.com`".to_owned()),
    }
}

pub(super) fn https_url(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.has_host() => Ok(url),
        _ => Err("expected an address that begins with `https://`".to_owned()),
    }
}

pub(super) fn http_url(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err("expected an address that begins with `http://` or `https://`".to_owned()),
    }
}

/// An address or a network, as the library reads it: it alone knows what is trusted.
pub(super) fn network(text: &str) -> Result<String, String> {
    match ClientAddresses::from_header("x-forwarded-for", [text]) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn proxy_header(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    match PROXY_HEADERS.contains(&name.as_str()) {
        true => Ok(name),
        false => Err("expected `x-forwarded-for`, `forwarded` or `x-real-ip`".to_owned()),
    }
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MOST) => Ok(count),
        _ => Err(format!("expected a whole number from 1 to {MOST}")),
    }
}

/// Each listener keeps a place free for its next connection, so fewer would leave some without any.
pub(super) fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ FEWEST_CONNECTIONS..=MOST) => Ok(count),
        _ => Err(format!(
            "expected a whole number from {FEWEST_CONNECTIONS} to {MOST}"
        )),
    }
}

pub(super) fn small_count(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count @ 1..=MOST_SMALL) => Ok(count),
        _ => Err(format!("expected a whole number from 1 to {MOST_SMALL}")),
    }
}

pub(super) fn minimum_length(text: &str) -> Result<usize, String> {
    let least = PasswordPolicy::only_factor().minimum();
    match text.parse() {
        Ok(length) if (least..=LONGEST_MINIMUM).contains(&length) => Ok(length),
        _ => Err(format!(
            "expected a whole number from {least} to {LONGEST_MINIMUM}"
        )),
    }
}

pub(super) fn normalization(text: &str) -> Result<PasswordNormalization, String> {
    match text {
        "none" => Ok(PasswordNormalization::None),
        "NFC" => Ok(PasswordNormalization::Nfc),
        "NFD" => Ok(PasswordNormalization::Nfd),
        "NFKC" => Ok(PasswordNormalization::Nfkc),
        "NFKD" => Ok(PasswordNormalization::Nfkd),
        _ => Err("NFC, NFD, NFKC, NFKD or none".to_owned()),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err("expected at most `3650d`".to_owned()),
        Err(_) => {
            Err("expected a number and its unit, such as `30s`, `15m`, `12h` or `7d`".to_owned())
        }
    }
}

/// A duration in which something can happen.
pub(super) fn some_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        found if found < SHORTEST => Err("expected at least `100ms`".to_owned()),
        found => Ok(found),
    }
}

pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    match text.parse::<ByteSize>() {
        Ok(size) if (1..=LARGEST.as_u64()).contains(&size.as_u64()) => Ok(size),
        Ok(_) => Err(format!("expected from 1 byte to {LARGEST}")),
        Err(_) => Err("expected a number and its unit, such as `64KiB` or `1MiB`".to_owned()),
    }
}

pub(super) fn head_size(text: &str) -> Result<ByteSize, String> {
    match size(text)? {
        found if (ByteSize::kib(8)..=ByteSize::mib(1)).contains(&found) => Ok(found),
        _ => Err("expected a size from `8KiB` to `1MiB`".to_owned()),
    }
}

/// The least for one hash, in the user's own units: what the library refuses it names in KiB.
pub(super) fn hash_memory(text: &str) -> Result<ByteSize, String> {
    match size(text)? {
        found if found >= LEAST_HASH_MEMORY => Ok(found),
        _ => Err("expected at least `7MiB`".to_owned()),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected `text` or `json`".to_owned()),
    }
}

pub(super) fn log_level(text: &str) -> Result<LogLevel, String> {
    text.parse()
        .map_err(|error: LogLevelError| error.to_string())
}

const PROXY_HEADERS: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];

/// In characters.
const LONGEST_LINE: usize = 100;

const MOST: usize = 1_000_000;

const FEWEST_CONNECTIONS: usize = 16;

const MOST_SMALL: u32 = 1_000;

/// In characters: a longer minimum leaves no room below the longest password (1,024 bytes).
const LONGEST_MINIMUM: usize = 128;

/// Ten years, so that no sum of a moment and a duration can overflow.
const LONGEST: Duration = Duration::from_secs(3_650 * 24 * 3_600);

const SHORTEST: Duration = Duration::from_millis(100);

/// That of [`Argon2Cost::new`](countersign::password::Argon2Cost::new).
const LEAST_HASH_MEMORY: ByteSize = ByteSize::mib(7);

const LARGEST: ByteSize = ByteSize::gib(1);
