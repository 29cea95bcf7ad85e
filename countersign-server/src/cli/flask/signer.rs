//! How an application signs its sessions; all as Flask does, unless it is said.

use clap::{Args, ValueEnum};
use countersign::flask::{
    Digest, KeyDerivation, PayloadFormat, SignerSettings, UrlSafeTimedSerializer,
};
use countersign::secret::SecretKey;
use serde::Deserialize;

/// What differs in an application that has an interface of sessions of its own.
#[derive(Debug, Args, Deserialize)]
pub(super) struct SignerFields {
    /// What the signature is for
    #[arg(long, default_value = "cookie-session")]
    #[serde(default = "flask_salt")]
    salt: String,
    /// The hash
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    digest: DigestName,
    /// How the key that signs is made
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    key_derivation: KeyDerivationName,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum DigestName {
    #[default]
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum KeyDerivationName {
    #[default]
    Hmac,
    DjangoConcat,
    Concat,
    None,
}

impl SignerFields {
    /// What reads and writes the sessions.
    pub(super) fn serializer(&self, key: &SecretKey) -> UrlSafeTimedSerializer {
        let settings = SignerSettings::flask_session()
            .salt(&self.salt)
            .digest(match self.digest {
                DigestName::Sha1 => Digest::Sha1,
                DigestName::Sha256 => Digest::Sha256,
                DigestName::Sha512 => Digest::Sha512,
            })
            .key_derivation(match self.key_derivation {
                KeyDerivationName::Hmac => KeyDerivation::Hmac,
                KeyDerivationName::DjangoConcat => KeyDerivation::DjangoConcat,
                KeyDerivationName::Concat => KeyDerivation::Concat,
                KeyDerivationName::None => KeyDerivation::None,
            });
        UrlSafeTimedSerializer::new(key, settings, PayloadFormat::Tagged)
    }
}

fn flask_salt() -> String {
    "cookie-session".to_owned()
}
