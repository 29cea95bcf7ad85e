use std::fmt;

use super::error::FlaskError;
use super::mac::{Digest, MacKey};
use super::{base64, bytes};
use crate::secret::SecretKey;

/// Signs bytes and verifies them: itsdangerous' `Signer`. There is no time in it, so what was signed counts for ever.
///
/// The key signs, and its fallbacks verify after it, as Flask's `SECRET_KEY_FALLBACKS` do.
///
/// ```
/// use countersign::flask::{FlaskError, Signer, SignerSettings};
/// use countersign::secret::SecretKey;
///
/// let key = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?;
/// let signer = Signer::new(&key, SignerSettings::itsdangerous().salt("activate"));
/// let signed = signer.sign("alice");
/// assert_eq!(signed, b"alice.l1Io8PCCiEGn8sOEh9EZ8xp5kCU");
/// assert_eq!(signer.unsign(&signed), Ok(&b"alice"[..]));
/// assert_eq!(signer.unsign(b"malice.l1Io8PCCiEGn8sOEh9EZ8xp5kCU"), Err(FlaskError::BadSignature));
/// # Ok::<(), countersign::secret::KeyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    /// Never empty; the first one signs.
    keys: Vec<MacKey>,
    separator: Vec<u8>,
}

impl Signer {
    /// A signer with a key and its fallbacks.
    pub fn new(key: &SecretKey, settings: SignerSettings) -> Self {
        Self {
            keys: key.newest_first().map(|key| settings.derive(key)).collect(),
            separator: settings.separator,
        }
    }

    /// The value, the separator and the signature.
    pub fn sign(&self, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        [value, &self.separator, self.signature(value).as_bytes()].concat()
    }

    /// The value of what was signed: what stands before the last separator.
    ///
    /// The signature is read as Python reads base64: with foreign characters, padding and spare bits. So several texts
    /// count as one signature; don't remember a value by its text.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`] when no key made the signature, or there is none.
    pub fn unsign<'a>(&self, signed: &'a [u8]) -> Result<&'a [u8], FlaskError> {
        let (value, signature) =
            bytes::rsplit_once(signed, &self.separator).ok_or(FlaskError::BadSignature)?;
        let is_good = base64::with_decoded_url_safe(signature, |signature| {
            self.keys.iter().any(|key| key.verify(value, signature))
        });
        match is_good {
            Some(true) => Ok(value),
            _ => Err(FlaskError::BadSignature),
        }
    }

    /// The signature of a value, as text.
    pub fn signature(&self, value: impl AsRef<[u8]>) -> String {
        self.keys[0].with_signature(&[value.as_ref()], |signature| {
            let mut text = String::new();
            base64::encode_url_safe(signature, &mut text);
            text
        })
    }

    pub(super) fn separator(&self) -> &[u8] {
        &self.separator
    }
}

/// What is signed beside the value, and how.
#[derive(Clone, Eq, PartialEq)]
pub struct SignerSettings {
    salt: Vec<u8>,
    separator: Vec<u8>,
    key_derivation: KeyDerivation,
    digest: Digest,
}

impl SignerSettings {
    /// itsdangerous' own: the salt `itsdangerous.Signer`, the separator `.`, the key derivation `django-concat` and
    /// SHA-1. Its serializers have the salt `itsdangerous`.
    pub fn itsdangerous() -> Self {
        Self {
            salt: b"itsdangerous.Signer".to_vec(),
            separator: b".".to_vec(),
            key_derivation: KeyDerivation::DjangoConcat,
            digest: Digest::Sha1,
        }
    }

    /// Those of Flask's sessions: the salt `cookie-session`, the separator `.`, the key derivation `hmac` and SHA-1.
    pub fn flask_session() -> Self {
        Self {
            salt: b"cookie-session".to_vec(),
            key_derivation: KeyDerivation::Hmac,
            ..Self::itsdangerous()
        }
    }

    /// Sets the salt: what the signature is for. A value that was signed for one purpose is worth nothing for another.
    pub fn salt(mut self, salt: impl AsRef<[u8]>) -> Self {
        self.salt = salt.as_ref().to_vec();
        self
    }

    /// Sets what stands between a value and its signature.
    ///
    /// # Errors
    /// [`FlaskError::Separator`] when it could be part of a signature.
    pub fn separator(mut self, separator: impl AsRef<[u8]>) -> Result<Self, FlaskError> {
        let separator = separator.as_ref();
        let in_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_=".contains(byte);
        if separator.iter().all(in_base64) {
            return Err(FlaskError::Separator);
        }
        self.separator = separator.to_vec();
        Ok(self)
    }

    /// Sets how the key that signs is made of the secret key and the salt.
    pub fn key_derivation(mut self, key_derivation: KeyDerivation) -> Self {
        self.key_derivation = key_derivation;
        self
    }

    /// Sets the hash.
    pub fn digest(mut self, digest: Digest) -> Self {
        self.digest = digest;
        self
    }

    fn derive(&self, key: &[u8]) -> MacKey {
        let digest = self.digest;
        match self.key_derivation {
            KeyDerivation::Hmac => MacKey::new(digest, key)
                .with_signature(&[&self.salt], |derived| MacKey::new(digest, derived)),
            KeyDerivation::DjangoConcat => {
                MacKey::new(digest, &digest.hash(&[&self.salt, b"signer", key]))
            }
            KeyDerivation::Concat => MacKey::new(digest, &digest.hash(&[&self.salt, key])),
            KeyDerivation::None => MacKey::new(digest, key),
        }
    }
}

impl fmt::Debug for SignerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerSettings")
            .field("salt", &self.salt.escape_ascii().to_string())
            .field("separator", &self.separator.escape_ascii().to_string())
            .field("key_derivation", &self.key_derivation)
            .field("digest", &self.digest)
            .finish()
    }
}

/// How the key that signs is made of the secret key and the salt.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyDerivation {
    /// `hmac`, as in Flask's sessions: HMAC of the salt, under the key.
    Hmac,
    /// `django-concat`, as in itsdangerous unless told otherwise: the hash of salt, `signer` and key.
    #[default]
    DjangoConcat,
    /// `concat`: the hash of salt and key.
    Concat,
    /// `none`: the key itself. The salt then counts for nothing, so that every signature is good for every purpose.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made by itsdangerous 2.2: `Signer(KEY, salt="s", key_derivation=…, digest_method=…).sign("v")`.
    #[test]
    fn every_derivation_and_digest_signs_as_itsdangerous_does() {
        use {Digest::*, KeyDerivation::*};
        for (key_derivation, digest, expected) in [
            (Hmac, Sha1, "v.TA7vLcK_yJvwE-rZz0OLFpPs0i4"),
            (
                Hmac,
                Sha256,
                "v.X9gFpea7q37tsmgSQUUUiCRt1BKwsviOCksENll1Z1c",
            ),
            (
                Hmac,
                Sha512,
                "v.veMOPCYSpxFM6fEUno1CSBJSXVi3S2T3Cwm0jpbOlAlXChVBL0YAi4LyegrOm6yXkY59XitLt6o8DcISr9co1A",
            ),
            (DjangoConcat, Sha1, "v.rcEDKa93K13h68Uv326sASsNP_4"),
            (
                DjangoConcat,
                Sha256,
                "v.YIF4yVsfts54Gm0eK3c2Dko2rFal0Hy2CWCtkkPZ_OQ",
            ),
            (
                DjangoConcat,
                Sha512,
                "v.01o6rVY6a-7TCk8-uvWfsiqmTx1Rq73UTIVNkf41nR-jutmQeI-ORsZcmzMi0Jpjsc6J0R6Bb2fibDhaGwFJuA",
            ),
            (Concat, Sha1, "v.nmSoOSouLaEtS3dq3Tmp3vAEe2I"),
            (
                Concat,
                Sha256,
                "v.IidhLyVsZGasL6_VMricmA19IAd50ircGbfzwGxwufE",
            ),
            (
                Concat,
                Sha512,
                "v.ZMVP__MLK4a-tt6cCbh833yI-7Pj7k8tT0NZ0WwMxokY86TttjNH3rtMuqc9UJUv317U64lXZrlAgUwgAwxGSQ",
            ),
            (None, Sha1, "v.5HmmGQr8FFpahZR_aeXZhXhBH_s"),
            (
                None,
                Sha256,
                "v.LFNZjZkgK3s7JH2CgN-4_g1FabxAtWe1sQ2Kout8794",
            ),
            (
                None,
                Sha512,
                "v.KZjkpedi_hMbWNGwaxfAqQDu8vLCC-TzjdCTTyOVsmSalQCvNXLHSpx6MQlT0_PU0c-0h9UXuRvbLPHEPyl8fg",
            ),
        ] {
            let settings = SignerSettings::itsdangerous().salt("s");
            let settings = settings.key_derivation(key_derivation).digest(digest);
            let signer = Signer::new(&key(), settings);
            let signed = signer.sign("v");
            assert_eq!(String::from_utf8(signed).unwrap(), expected);
            assert_eq!(signer.unsign(expected.as_bytes()), Ok(&b"v"[..]));
        }
    }

    #[test]
    fn fallbacks_verify_and_never_sign() {
        let settings = SignerSettings::flask_session;
        let old = Signer::new(&key(), settings());
        let rotated = SecretKey::new(OTHER_KEY).unwrap().fallback(KEY).unwrap();
        let rotated = Signer::new(&rotated, settings());
        assert_eq!(rotated.unsign(&old.sign("v")), Ok(&b"v"[..]));
        assert_eq!(
            old.unsign(&rotated.sign("v")),
            Err(FlaskError::BadSignature)
        );
        let only = Signer::new(&SecretKey::new(OTHER_KEY).unwrap(), settings());
        assert_eq!(only.sign("v"), rotated.sign("v"));
    }

    #[test]
    fn the_last_separator_ends_the_value() {
        let settings = SignerSettings::itsdangerous().separator("::").unwrap();
        let signer = Signer::new(&key(), settings);
        for value in ["", "a::b", "a:", "::", ":::"] {
            assert_eq!(
                signer.unsign(&signer.sign(value)),
                Ok(value.as_bytes()),
                "{value:?}"
            );
        }
    }

    #[test]
    fn what_is_not_signed_has_a_bad_signature() {
        let signer = Signer::new(&key(), SignerSettings::itsdangerous());
        let signed = signer.sign("v");
        let halved = &signed[..signed.len() / 2];
        for text in [
            b"",
            &b"."[..],
            b"v",
            b"v.",
            b"....",
            halved,
            b"v.\xff\xff",
            &[b'='; 200],
        ] {
            assert_eq!(
                signer.unsign(text),
                Err(FlaskError::BadSignature),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_separator_that_could_be_part_of_a_signature_is_refused() {
        for separator in ["", "a", "-", "_", "=", "aZ0-_="] {
            let refused = SignerSettings::itsdangerous().separator(separator);
            assert_eq!(refused, Err(FlaskError::Separator), "{separator:?}");
        }
        for separator in [".", ":", "a.", "é"] {
            assert!(
                SignerSettings::itsdangerous().separator(separator).is_ok(),
                "{separator:?}"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let signer = Signer::new(&key(), SignerSettings::itsdangerous());
        assert_eq!(
            format!("{signer:?}"),
            "Signer { keys: [[redacted]], separator: [46] }"
        );
    }

    fn key() -> SecretKey {
        SecretKey::new(KEY).unwrap()
    }

    const KEY: &str = "c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1";
    const OTHER_KEY: &str = "e0d4f3c6a1b84d2f9e7a6c5b4a39281706f5";
}
