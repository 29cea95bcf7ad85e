use std::fs;
use std::path::PathBuf;

use countersign::ClientAddresses;
use countersign::password::{Argon2Cost, ImportedHashes};
use countersign::secret::SecretKey;
use countersign::session::{Lifetime, Lifetimes};

use super::error::ConfigurationError;
use super::parse;
use super::reader::Reader;
use super::settings::*;
use super::sources::Sources;
use super::{Certificate, Configuration, Https, Log, Passwords, Proxy, Sessions};
use crate::serve::Limits;

impl Configuration {
    /// Reads every setting, and checks that all go together.
    pub(crate) fn read(sources: Sources) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(sources);
        // In the order of the table, which is that of `config show`.
        let configuration = Self {
            public_url: reader.optional(&PUBLIC_URL),
            listen: reader.required(&LISTEN),
            data: reader.path(&DATA).unwrap_or_default(),
            registration: reader.optional(&REGISTRATION),
            application_name: reader.required(&APPLICATION_NAME),
            templates: reader.path(&TEMPLATES),
            secret_key: secret_key(&mut reader),
            https: https(&mut reader),
            proxy: proxy(&mut reader),
            limits: limits(&mut reader),
            log: Log {
                format: reader.required(&LOG_FORMAT),
                level: reader.required(&LOG_LEVEL),
            },
            metrics_listen: reader.optional(&METRICS_LISTEN),
            traces_endpoint: reader.optional(&TRACES_ENDPOINT),
            passwords: passwords(&mut reader),
            sessions: sessions(&mut reader),
            effective: Vec::new(),
        };
        // What goes together can be judged only when everything could be read.
        if reader.problems.is_empty() {
            configuration.check_site(&mut reader);
            configuration.check_https(&mut reader);
            configuration.check_sessions(&mut reader);
        }
        ConfigurationError::unless_none(reader.problems)?;
        Ok(Self {
            effective: reader.effective,
            ..configuration
        })
    }

    fn check_site(&self, reader: &mut Reader) {
        let is_here = self.listen.ip().to_canonical().is_loopback();
        if self.public_url.is_none() && !is_here {
            reader.refuse(
                &LISTEN,
                format!(
                    "{} can be reached from other machines, so the server must know the address that people type: set \
                     `public_url` (`--public-url https://login.example.com`), or listen on 127.0.0.1",
                    self.listen
                ),
            );
        }
        if self.public_url.is_some() && self.registration.is_none() {
            reader.refuse(
                &REGISTRATION,
                "everybody who can reach the public URL can ask for an account, so the server must know who gets one: set \
                 `registration` (`--registration open`, `invitation` or `closed`)",
            );
        }
        let others = [
            (&METRICS_LISTEN, self.metrics_listen),
            (&HTTPS_REDIRECT_FROM, self.https.redirect_from),
        ];
        for (setting, address) in others {
            // Any number of listeners may ask for a port that is free.
            if address == Some(self.listen) && self.listen.port() != 0 {
                reader.refuse(
                    setting,
                    format!("`listen` is {} too: choose another port", self.listen),
                );
            }
        }
    }

    fn check_https(&self, reader: &mut Reader) {
        let is_https = self.is_https();
        if self.speaks_https() && !is_https {
            let setting =
                "a site with a certificate needs a `public_url` that begins with `https://`";
            reader.refuse(&PUBLIC_URL, setting);
        }
        if self.https.redirect_from.is_some() && !is_https {
            let setting = "there is nowhere to send browsers to: set a `public_url` that begins with `https://`";
            reader.refuse(&HTTPS_REDIRECT_FROM, setting);
        }
        if is_https && !self.speaks_https() && self.proxy.is_none() {
            reader.refuse(
                &PROXY_TRUSTED,
                "this server has no certificate of its own, so somebody else must speak https for it: name the reverse proxy \
                 (`--proxy-trusted 127.0.0.1`); or set `https.certificate` and `https.key`, or `https.acme`",
            );
        }
    }

    fn check_sessions(&self, reader: &mut Reader) {
        let Lifetimes {
            login, remembered, ..
        } = self.sessions.lifetimes;
        if login.idle > login.absolute {
            let sentence = longer(login, "sessions.absolute");
            reader.refuse(&SESSIONS_IDLE, sentence);
        }
        if remembered.idle > remembered.absolute {
            let sentence = longer(remembered, "sessions.remembered_absolute");
            reader.refuse(&SESSIONS_REMEMBERED_IDLE, sentence);
        }
    }
}

fn secret_key(reader: &mut Reader) -> Option<SecretKey> {
    let text = reader.optional(&SECRET_KEY);
    let file = reader.path(&SECRET_KEY_FILE);
    let fallbacks = reader.list(&SECRET_KEY_FALLBACKS);
    let text = match (text, file) {
        (Some(_), Some(_)) => {
            reader.refuse(
                &SECRET_KEY_FILE,
                "`secret_key` is set too: keep one of them",
            );
            return None;
        }
        (text, None) => text,
        (None, Some(file)) => match fs::read_to_string(&file) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                reader.refuse(&SECRET_KEY_FILE, format!("{file:?} can't be read: {error}"));
                return None;
            }
        },
    };
    let Some(text) = text else {
        if !fallbacks.is_empty() {
            reader.refuse(
                &SECRET_KEY_FALLBACKS,
                "there is no `secret_key` that they could come before",
            );
        }
        return None;
    };
    let key = fallbacks
        .iter()
        .try_fold(SecretKey::new(text), |key, fallback| {
            key.map(|key| key.fallback(fallback))
        });
    match key {
        Ok(Ok(key)) => Some(key),
        Ok(Err(error)) | Err(error) => {
            reader.refuse(&SECRET_KEY_FILE, parse::refused_key(&error));
            None
        }
    }
}

fn https(reader: &mut Reader) -> Https {
    let files = (reader.path(&HTTPS_CERTIFICATE), reader.path(&HTTPS_KEY));
    let acme = reader.required(&HTTPS_ACME);
    let contact = reader.optional(&HTTPS_ACME_CONTACT);
    let directory = reader.required(&HTTPS_ACME_DIRECTORY);
    let root = reader.path(&HTTPS_ACME_ROOT);
    let certificate = match (files, acme) {
        ((None, None), false) => Certificate::None,
        ((None, None), true) => Certificate::Acme {
            contact,
            directory,
            root,
        },
        ((Some(certificate), Some(key)), false) => Certificate::Files { certificate, key },
        ((_, _), true) => {
            reader.refuse(
                &HTTPS_ACME,
                "`https.certificate` or `https.key` is set too: keep one or the other",
            );
            Certificate::None
        }
        ((Some(_), None), false) => {
            reader.refuse(
                &HTTPS_KEY,
                "it belongs to `https.certificate`: set both, or neither",
            );
            Certificate::None
        }
        ((None, Some(_)), false) => {
            reader.refuse(
                &HTTPS_CERTIFICATE,
                "it belongs to `https.key`: set both, or neither",
            );
            Certificate::None
        }
    };
    Https {
        certificate,
        redirect_from: reader.optional(&HTTPS_REDIRECT_FROM),
        hsts: reader.required(&HTTPS_HSTS),
    }
}

fn proxy(reader: &mut Reader) -> Option<Proxy> {
    let trusted = reader.list(&PROXY_TRUSTED);
    let header = reader.required(&PROXY_HEADER);
    if trusted.is_empty() {
        return None;
    }
    match ClientAddresses::from_header(&header, trusted) {
        Ok(addresses) => Some(Proxy { header, addresses }),
        Err(error) => {
            reader.refuse(&PROXY_TRUSTED, error.to_string());
            None
        }
    }
}

fn limits(reader: &mut Reader) -> Limits {
    Limits {
        connections: reader.required(&LIMITS_CONNECTIONS),
        connections_per_client: reader.required(&LIMITS_CONNECTIONS_PER_CLIENT),
        head: reader.required(&LIMITS_HEAD),
        request: reader.required(&LIMITS_REQUEST),
        idle: reader.required(&LIMITS_IDLE),
        head_size: u32::try_from(bytes(reader.required(&LIMITS_HEAD_SIZE))).unwrap_or(u32::MAX),
        body_size: bytes(reader.required(&LIMITS_BODY_SIZE)),
        shutdown: reader.required(&LIMITS_SHUTDOWN),
    }
}

fn bytes(size: bytesize::ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}

fn passwords(reader: &mut Reader) -> Passwords {
    let memory = reader.required(&PASSWORDS_MEMORY).as_u64() / 1_024;
    let memory_kib = u32::try_from(memory).unwrap_or(u32::MAX);
    let iterations = reader.required(&PASSWORDS_ITERATIONS);
    let parallelism = reader.required(&PASSWORDS_PARALLELISM);
    let cost = Argon2Cost::new(memory_kib, iterations, parallelism).unwrap_or_else(|error| {
        let sentence = format!("{error}; change this or `passwords.iterations`");
        reader.refuse(&PASSWORDS_MEMORY, sentence);
        Argon2Cost::default()
    });
    Passwords {
        cost,
        workers: reader.optional(&PASSWORDS_WORKERS),
        minimum_length: reader.required(&PASSWORDS_MINIMUM_LENGTH),
        imported: imported_hashes(reader),
    }
}

fn imported_hashes(reader: &mut Reader) -> ImportedHashes {
    let salt = secret_of_file(reader, &PASSWORDS_FLASK_SECURITY_SALT_FILE);
    let form = reader.required(&PASSWORDS_FLASK_SECURITY_NORMALIZATION);
    let pepper = secret_of_file(reader, &PASSWORDS_DEVISE_PEPPER_FILE);
    let mut imported = ImportedHashes::new().flask_security_normalization(form);
    if let Some(salt) = salt {
        imported = imported.flask_security_salt(salt);
    }
    if let Some(pepper) = pepper {
        imported = imported.devise_pepper(pepper);
    }
    imported
}

/// What stands in a file with a secret of another system.
fn secret_of_file(reader: &mut Reader, setting: &'static Setting<PathBuf>) -> Option<String> {
    let file = reader.path(setting)?;
    let text = match fs::read_to_string(&file) {
        // A blank may belong to the secret; the end of the line does not.
        Ok(text) => text.trim_end_matches(['\r', '\n']).to_owned(),
        Err(error) => {
            reader.refuse(setting, format!("{file:?} can't be read: {error}"));
            return None;
        }
    };
    if text.trim().is_empty() {
        reader.refuse(setting, format!("{file:?} is empty"));
        return None;
    }
    Some(text)
}

fn sessions(reader: &mut Reader) -> Sessions {
    let login = Lifetime::new(
        reader.required(&SESSIONS_IDLE),
        reader.required(&SESSIONS_ABSOLUTE),
    );
    let remembered = Lifetime::new(
        reader.required(&SESSIONS_REMEMBERED_IDLE),
        reader.required(&SESSIONS_REMEMBERED_ABSOLUTE),
    );
    let fresh = reader.required(&SESSIONS_FRESH);
    let lifetimes = Lifetimes {
        login,
        remembered,
        ..Lifetimes::default()
    };
    Sessions { lifetimes, fresh }
}

fn longer(lifetime: Lifetime, absolute: &str) -> String {
    let [idle, end] = [lifetime.idle, lifetime.absolute].map(humantime::format_duration);
    format!("{idle} is longer than `{absolute}`, which is {end}")
}
