//! Where a source is, as people write it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use percent_encoding::percent_decode_str;
use sqlx::postgres::PgConnectOptions;

use super::ImportError;
use super::source::Format;

/// Where a source is.
#[derive(Debug)]
pub(super) enum Address {
    Sqlite(PathBuf),
    // Large beside the others.
    Postgres(Box<PgConnectOptions>),
    Csv(PathBuf),
    JsonLines(PathBuf),
}

impl Address {
    /// Reads a URL or a path.
    pub(super) fn parse(text: &str, format: Option<Format>) -> Result<Self, ImportError> {
        let wrong = || ImportError::Address(without_password(text));
        let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme))
        else {
            return Self::file(PathBuf::from(text), format);
        };
        // SQLAlchemy names the driver behind a plus sign.
        match scheme.split('+').next() {
            Some("sqlite" | "sqlite3") => Ok(Self::Sqlite(sqlite_path(rest).ok_or_else(wrong)?)),
            Some("postgresql" | "postgres") => {
                if let Some(unknown) = unknown_parameter(rest) {
                    return Err(ImportError::Parameter(unknown));
                }
                let options = PgConnectOptions::from_str(&format!("postgresql:{rest}"));
                Ok(Self::Postgres(Box::new(options.map_err(|_| wrong())?)))
            }
            _ => Err(wrong()),
        }
    }

    fn file(path: PathBuf, format: Option<Format>) -> Result<Self, ImportError> {
        match format.or_else(|| format_of(&path)) {
            Some(Format::Csv) => Ok(Self::Csv(path)),
            Some(Format::Jsonl) => Ok(Self::JsonLines(path)),
            Some(Format::Sqlite) => Ok(Self::Sqlite(path)),
            None if path.exists() => Err(ImportError::Format(path)),
            None => Err(ImportError::File {
                path,
                source: std::io::ErrorKind::NotFound.into(),
            }),
        }
    }
}

/// A letter alone is a drive of Windows.
fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The path in a URL: SQLAlchemy has three slashes before a relative one, and four before an absolute one.
fn sqlite_path(rest: &str) -> Option<PathBuf> {
    let path = rest.split('?').next().unwrap_or_default();
    let path = match path.strip_prefix("//") {
        Some(path) => match path.strip_prefix('/') {
            Some(relative_or_absolute) => relative_or_absolute,
            None => path,
        },
        None => path,
    };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(&*path))
}

/// What a file has in it, by the end of its name, or else by its first bytes.
fn format_of(path: &Path) -> Option<Format> {
    let end = path.extension().and_then(|end| end.to_str());
    match end.map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "tsv") => return Some(Format::Csv),
        Some("jsonl" | "ndjson" | "json") => return Some(Format::Jsonl),
        _ => {}
    }
    if !path.is_file() {
        return None;
    }
    let mut head = [0; SQLITE.len()];
    let mut file = std::fs::File::open(path).ok()?;
    file.read_exact(&mut head).ok()?;
    (head == *SQLITE).then_some(Format::Sqlite)
}

/// A URL that can be shown.
fn without_password(text: &str) -> String {
    // Parameters may have one, too.
    let (text, parameters) = match text.split_once('?') {
        Some((text, _)) => (text, "?[…]"),
        None => (text, ""),
    };
    match (text.rsplit_once('@'), text.split_once("://")) {
        (Some((_, rest)), Some((scheme, _))) => format!("{scheme}://[…]@{rest}{parameters}"),
        (Some((_, rest)), None) => format!("[…]@{rest}{parameters}"),
        (None, _) => format!("{text}{parameters}"),
    }
}

/// A parameter that would have no effect: what was meant by it, such as TLS, is not done, and a log would have its value.
fn unknown_parameter(rest: &str) -> Option<String> {
    let (_, parameters) = rest.split_once('?')?;
    let parameters = parameters.split('#').next().unwrap_or_default();
    let names = parameters
        .split('&')
        .map(|parameter| parameter.split('=').next().unwrap_or_default());
    let is_known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    names
        .filter(|name| !name.is_empty())
        .find(|name| !is_known(name))
        .map(str::to_owned)
}

/// Those that `sqlx` understands (its `PgConnectOptions`).
const PARAMETERS: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// How every database of SQLite begins (its file format, section 1.3).
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_database_is_named_in_all_ways() {
        for (text, path) in [
            ("sqlite:///app.db", "app.db"),
            ("sqlite:////srv/app.db", "/srv/app.db"),
            ("sqlite://app.db", "app.db"),
            ("sqlite:app.db", "app.db"),
            ("sqlite+pysqlite:///a%20b.db?timeout=5", "a b.db"),
        ] {
            match Address::parse(text, None).unwrap() {
                Address::Sqlite(found) => assert_eq!(found, Path::new(path), "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_postgresql_database_is_named_in_all_ways() {
        for text in [
            "postgresql://ada:secret@db.example.com:5433/shop",
            "postgres://ada:secret@db.example.com:5433/shop",
            "postgresql+psycopg2://ada:secret@db.example.com:5433/shop?sslmode=require",
        ] {
            match Address::parse(text, None).unwrap() {
                Address::Postgres(options) => {
                    assert_eq!(options.get_host(), "db.example.com", "{text}");
                    assert_eq!(options.get_port(), 5433, "{text}");
                    assert_eq!(options.get_database(), Some("shop"), "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_no_password_repeated() {
        for text in [
            "mysql://ada:secret@localhost/shop",
            "sqlite://",
            "postgresql://db:x/shop?password=secret",
            "ada:secret@db/shop",
            "ftp:ada:secret@db/shop",
            "sqlite:///:memory:",
            "postgresql://ada:secret@db:x/shop",
        ] {
            let error = Address::parse(text, None).unwrap_err();
            assert!(matches!(error, ImportError::Address(_)), "{text}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
