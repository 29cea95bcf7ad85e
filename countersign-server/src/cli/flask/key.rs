//! The `SECRET_KEY` of a Flask application, of any length.

use std::path::{Path, PathBuf};

use clap::Args;
use countersign::flask::{FlaskError, RememberTokens};
use countersign::secret::SecretKey;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::CommandError;
use super::super::byte_box::{ByteBox, Hex};

/// Where people have it. Never in an argument: everybody on the machine can read command lines.
#[derive(Debug, Args)]
pub(super) struct KeyInput {
    /// A file with the `SECRET_KEY`, without which it is taken from FLASK_SECRET_KEY, where Flask's
    /// `config.from_prefixed_env()` finds it
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// The key stands as hexadecimal digits, because it is `bytes` in Flask; so do the fallbacks
    #[arg(long)]
    hex: bool,
}

/// Files with `SECRET_KEY_FALLBACKS`.
#[derive(Debug, Args)]
pub(super) struct FallbackInput {
    /// A file with one of the SECRET_KEY_FALLBACKS; can be given several times
    #[arg(long, value_name = "FILE")]
    fallback_file: Vec<PathBuf>,
}

/// Where programs have it.
#[derive(Deserialize)]
pub(super) struct KeyFields {
    secret: ByteBox,
    #[serde(default)]
    fallbacks: Vec<ByteBox>,
}

impl KeyInput {
    /// The key without fallbacks.
    pub(super) fn key(&self) -> Result<SecretKey, CommandError> {
        let key = match &self.secret_file {
            Some(file) => self.bytes_of(file)?,
            None => {
                let key = std::env::var_os(VARIABLE).filter(|key| !key.is_empty());
                let key = key.ok_or(CommandError::NoSecretKey)?;
                self.bytes(&Zeroizing::new(key.into_encoded_bytes()), VARIABLE)?
            }
        };
        Ok(SecretKey::danger_unchecked(&*key))
    }

    /// The key with its fallbacks.
    pub(super) fn key_with(&self, fallbacks: &FallbackInput) -> Result<SecretKey, CommandError> {
        let mut files = fallbacks.fallback_file.iter();
        files.try_fold(self.key()?, |key, file| {
            Ok(key.danger_unchecked_fallback(&*self.bytes_of(file)?))
        })
    }

    /// What signs with it as Flask-Login does.
    pub(super) fn remember_tokens(&self) -> Result<RememberTokens, CommandError> {
        let tokens = remember_tokens(&self.key()?, !self.hex);
        tokens.map_err(|error| CommandError::Refused(error.to_string()))
    }

    fn bytes_of(&self, file: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        let content = std::fs::read(file).map_err(|source| CommandError::Read {
            path: file.to_owned(),
            source,
        });
        let content = Zeroizing::new(content?);
        let line = content.strip_suffix(b"\n").unwrap_or(&content);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.bytes(line, &format!("{file:?}"))
    }

    fn bytes(&self, written: &[u8], place: &str) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        if !self.hex {
            return Ok(Zeroizing::new(written.to_vec()));
        }
        let digits = std::str::from_utf8(written).ok();
        let bytes = digits.and_then(|digits| Hex::read(digits.trim()));
        let bytes = bytes.ok_or_else(|| CommandError::KeyIsNotHex(place.to_owned()))?;
        Ok(bytes.0)
    }
}

impl KeyFields {
    /// The key with its fallbacks.
    pub(super) fn key(&self) -> SecretKey {
        let key = SecretKey::danger_unchecked(self.secret.bytes());
        let fallbacks = self.fallbacks.iter();
        fallbacks.fold(key, |key, fallback| {
            key.danger_unchecked_fallback(fallback.bytes())
        })
    }

    /// What signs with it as Flask-Login does, which knows of no fallbacks.
    pub(super) fn remember_tokens(&self) -> Result<RememberTokens, String> {
        remember_tokens(&self.key(), self.secret.is_text()).map_err(|error| error.to_string())
    }
}

fn remember_tokens(key: &SecretKey, is_text: bool) -> Result<RememberTokens, FlaskError> {
    match is_text {
        true => RememberTokens::of_text(key),
        false => Ok(RememberTokens::of_bytes(key)),
    }
}

/// Where `config.from_prefixed_env()` of Flask finds the key.
const VARIABLE: &str = "FLASK_SECRET_KEY";
