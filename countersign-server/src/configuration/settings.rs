//! Every setting there is. Help, example file, checks and the guide's reference are all made from this table.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use countersign::PublicUrl;
use countersign::accounts::Registration;
use countersign::password::PasswordNormalization;
use url::Url;

use super::key::{Key, Kind};
use super::parse;
use crate::observe::{LogFormat, LogLevel};

/// A setting whose value, or each of whose values, is a `T`.
#[derive(Debug)]
pub(super) struct Setting<T> {
    pub(super) key: Key,
    pub(super) parse: fn(&str) -> Result<T, String>,
}

/// Declares the settings, and the table of them all in the order of the file.
macro_rules! settings {
    ($($name:ident: $type:ty = {
        $path:literal, $kind:ident $value_name:literal, $parse:expr, default $default:expr, example $example:literal,
        $summary:literal $(, $more:literal)? $(, secret $secret:literal)?
    })*) => {
        $(pub(super) static $name: Setting<$type> = Setting {
            key: Key {
                path: $path,
                kind: Kind::$kind,
                value_name: $value_name,
                summary: $summary,
                more: concat!("" $(, $more)?),
                default: $default,
                example: $example,
                is_secret: false $(|| $secret)?,
            },
            parse: $parse,
        };)*

        /// The keys of all settings.
        pub(crate) static KEYS: &[&Key] = &[$(&$name.key),*];
    };
}

settings! {
    PUBLIC_URL: PublicUrl = {
        "public_url", Text "URL", parse::public_url, default None, example "https://login.example.com",
        "The address that people type; without it only this machine is served",
        "It decides the cookies' names and flags, the origin that requests must come from, and links. Beyond this machine it \
         begins with `https://`."
    }
    LISTEN: SocketAddr = {
        "listen", Text "ADDRESS", parse::address, default Some("127.0.0.1:3000"), example "0.0.0.0:443",
        "The address and port to listen on",
        "`0.0.0.0` is every address of IPv4; `[::]` is every address of IPv6 and, on Linux, of IPv4 too."
    }
    DATA: PathBuf = {
        "data", Text "FOLDER", parse::path, default Some("data"), example "/var/lib/countersign",
        "The folder of the database; it is made if it does not exist"
    }
    REGISTRATION: Registration = {
        "registration", Text "WHO", parse::registration, default None, example "invitation",
        "Who may make an account: open, invitation or closed",
        "It must be said together with a public URL; without one it is `open`."
    }
    APPLICATION_NAME: String = {
        "application_name", Text "NAME", parse::line, default Some("Countersign"), example "Example Shop",
        "What the pages call this site",
        "Nobody's password may be made of it."
    }
    TEMPLATES: PathBuf = {
        "templates", Text "FOLDER", parse::path, default None, example "/etc/countersign/templates",
        "A folder with pages, messages and styles in place of the built-in ones",
        "It is read once, at start."
    }
    SECRET_KEY: String = {
        "secret_key", Text "KEY", parse::secret_key, default None, example "a line that `countersign secret generate` printed",
        "The key that signs what browsers keep for a long time",
        "At least 32 bytes. Without it the database keeps a random one.", secret true
    }
    SECRET_KEY_FILE: PathBuf = {
        "secret_key_file", Text "FILE", parse::path, default None, example "/run/secrets/countersign-key",
        "A file with the secret key, in place of `secret_key`",
        "White space around the key does not count."
    }
    SECRET_KEY_FALLBACKS: String = {
        "secret_key_fallbacks", List "KEYS", parse::secret_key, default None, example "the key before,and the one before that",
        "Keys that were used before, so that what they signed still counts", "", secret true
    }

    HTTPS_CERTIFICATE: PathBuf = {
        "https.certificate", Text "FILE", parse::path, default None, example "/etc/countersign/fullchain.pem",
        "The certificate with those that signed it, in PEM",
        "It is read again when the file changes and on SIGHUP; connections go on."
    }
    HTTPS_KEY: PathBuf = {
        "https.key", Text "FILE", parse::path, default None, example "/etc/countersign/privkey.pem",
        "The certificate's private key, in PEM"
    }
    HTTPS_ACME: bool = {
        "https.acme", Switch "BOOL", parse::switch, default Some("false"), example "true",
        "Get certificates from an ACME authority such as Let's Encrypt, and renew them",
        "The authority connects to port 443 of the public URL's host, and whoever sets this agrees to its terms."
    }
    HTTPS_ACME_CONTACT: String = {
        "https.acme_contact", Text "ADDRESS", parse::email, default None, example "admin@example.com",
        "Where the ACME authority writes when something is wrong"
    }
    HTTPS_ACME_DIRECTORY: Url = {
        "https.acme_directory", Text "URL", parse::https_url,
        default Some("https://acme-v02.api.letsencrypt.org/directory"), example "https://acme-staging-v02.api.letsencrypt.org/directory",
        "The ACME authority's directory"
    }
    HTTPS_ACME_ROOT: PathBuf = {
        "https.acme_root", Text "FILE", parse::path, default None, example "/etc/countersign/company-root.pem",
        "A certificate by which the ACME authority itself is known, in PEM",
        "Needed for an authority of one's own, such as step-ca."
    }
    HTTPS_REDIRECT_FROM: SocketAddr = {
        "https.redirect_from", Text "ADDRESS", parse::address, default None, example "0.0.0.0:80",
        "Where to listen for plain http, and send browsers to https"
    }
    HTTPS_HSTS: Duration = {
        "https.hsts", Text "DURATION", parse::duration, default Some("365d"), example "0s",
        "For how long browsers remember to come by https only",
        "RFC 6797. Sent with a public https URL; `0s` takes it back. Subdomains are not included."
    }

    PROXY_TRUSTED: String = {
        "proxy.trusted", List "NETWORKS", parse::network, default None, example "127.0.0.1,10.0.0.0/8",
        "The reverse proxies: addresses or networks",
        "A public site without a certificate of its own is served to them alone."
    }
    PROXY_HEADER: String = {
        "proxy.header", Text "NAME", parse::proxy_header, default Some("x-forwarded-for"), example "forwarded",
        "The header in which they say who their clients are: x-forwarded-for, forwarded or x-real-ip",
        "It is read from the right and counts only from the proxies named in `proxy.trusted`."
    }

    LIMITS_CONNECTIONS: usize = {
        "limits.connections", Number "NUMBER", parse::connections, default Some("10000"), example "2000",
        "How many connections may be open"
    }
    LIMITS_CONNECTIONS_PER_CLIENT: usize = {
        "limits.connections_per_client", Number "NUMBER", parse::count, default Some("256"), example "64",
        "How many of them one client may have",
        "A client is an IPv4 address or a /64 of IPv6. It does not hold for the proxies named in `proxy.trusted`."
    }
    LIMITS_HEAD: Duration = {
        "limits.head", Text "DURATION", parse::some_duration, default Some("10s"), example "5s",
        "How long a TLS handshake, and how long the head of a request may take"
    }
    LIMITS_REQUEST: Duration = {
        "limits.request", Text "DURATION", parse::some_duration, default Some("30s"), example "1m",
        "How long a request may take until its answer begins, its body included"
    }
    LIMITS_IDLE: Duration = {
        "limits.idle", Text "DURATION", parse::some_duration, default Some("60s"), example "15s",
        "How long a connection may wait for its next request"
    }
    LIMITS_HEAD_SIZE: ByteSize = {
        "limits.head_size", Text "SIZE", parse::head_size, default Some("16KiB"), example "32KiB",
        "The most bytes in the head of a request, from 8KiB to 1MiB"
    }
    LIMITS_BODY_SIZE: ByteSize = {
        "limits.body_size", Text "SIZE", parse::size, default Some("64KiB"), example "1MiB",
        "The most bytes in the body of a request"
    }
    LIMITS_SHUTDOWN: Duration = {
        "limits.shutdown", Text "DURATION", parse::duration, default Some("10s"), example "30s",
        "How long requests may go on after the server was told to stop"
    }

    LOG_FORMAT: LogFormat = {
        "log.format", Text "FORMAT", parse::log_format, default Some("text"), example "json",
        "How the log is written: text or json"
    }
    LOG_LEVEL: LogLevel = {
        "log.level", Text "LEVEL", parse::log_level, default Some("info"), example "debug",
        "What is logged: off, error, warn, info, debug or trace, or a list such as info,countersign=debug",
        "No level logs passwords, tokens, cookies or what people type as their name."
    }
    METRICS_LISTEN: SocketAddr = {
        "metrics.listen", Text "ADDRESS", parse::address, default None, example "127.0.0.1:9464",
        "Where Prometheus finds /metrics; keep it where strangers can't come"
    }
    TRACES_ENDPOINT: Url = {
        "traces.endpoint", Text "URL", parse::http_url, default None, example "http://127.0.0.1:4318",
        "Where OpenTelemetry traces are sent, by OTLP over HTTP; to /v1/traces there unless a path is named",
        "Only in a server that was built with the feature `opentelemetry`."
    }

    PASSWORDS_MEMORY: ByteSize = {
        "passwords.memory", Text "SIZE", parse::hash_memory, default Some("19MiB"), example "64MiB",
        "The memory that hashing a password takes (Argon2id)",
        "`countersign password calibrate` finds values for this machine. Older hashes are replaced at the next login."
    }
    PASSWORDS_ITERATIONS: u32 = {
        "passwords.iterations", Number "NUMBER", parse::small_count, default Some("2"), example "3",
        "How often hashing passes over that memory"
    }
    PASSWORDS_PARALLELISM: u32 = {
        "passwords.parallelism", Number "NUMBER", parse::small_count, default Some("1"), example "1",
        "The lanes of a hash"
    }
    PASSWORDS_WORKERS: usize = {
        "passwords.workers", Number "NUMBER", parse::count, default None, example "2",
        "How many threads hash; as many as this program may use cores, unless it is said"
    }
    PASSWORDS_MINIMUM_LENGTH: usize = {
        "passwords.minimum_length", Number "NUMBER", parse::minimum_length, default Some("15"), example "20",
        "The fewest characters of a new password, 15 or more"
    }
    PASSWORDS_FLASK_SECURITY_SALT_FILE: PathBuf = {
        "passwords.flask_security_salt_file", Text "FILE", parse::path, default None, example "/run/secrets/flask-security-salt",
        "A file with Flask-Security's SECURITY_PASSWORD_SALT, so that users who come from there can log in",
        "The end of its line does not count, blanks do. It is needed as long as hashes that begin with `flask-security$` are left."
    }
    PASSWORDS_FLASK_SECURITY_NORMALIZATION: PasswordNormalization = {
        "passwords.flask_security_normalization", Text "FORM", parse::normalization, default Some("NFKD"), example "none",
        "Flask-Security's SECURITY_PASSWORD_NORMALIZE_FORM: NFC, NFD, NFKC, NFKD or none"
    }
    PASSWORDS_DEVISE_PEPPER_FILE: PathBuf = {
        "passwords.devise_pepper_file", Text "FILE", parse::path, default None, example "/run/secrets/devise-pepper",
        "A file with Devise's config.pepper, so that users who come from there can log in",
        "The end of its line does not count, blanks do. It is needed as long as hashes that begin with `devise$` are left."
    }

    SESSIONS_IDLE: Duration = {
        "sessions.idle", Text "DURATION", parse::some_duration, default Some("12h"), example "30m",
        "When a login ends that is not used"
    }
    SESSIONS_ABSOLUTE: Duration = {
        "sessions.absolute", Text "DURATION", parse::some_duration, default Some("7d"), example "12h",
        "When a login ends in any case"
    }
    SESSIONS_REMEMBERED_IDLE: Duration = {
        "sessions.remembered_idle", Text "DURATION", parse::some_duration, default Some("14d"), example "7d",
        "When a remembered login ends that is not used"
    }
    SESSIONS_REMEMBERED_ABSOLUTE: Duration = {
        "sessions.remembered_absolute", Text "DURATION", parse::some_duration, default Some("30d"), example "14d",
        "When a remembered login ends in any case"
    }
    SESSIONS_FRESH: Duration = {
        "sessions.fresh", Text "DURATION", parse::some_duration, default Some("15m"), example "5m",
        "For how long somebody who proved who he is need not prove it again"
    }
}
