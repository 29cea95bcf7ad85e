use unicode_normalization::UnicodeNormalization as _;
use unicode_security::GeneralSecurityProfile as _;

use super::name::folded;

/// An e-mail address: as its owner writes it, and as addresses are compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct EmailAddress {
    /// As it was typed, without white space around it. Mail goes here.
    pub(super) shown: String,
    /// The same for all spellings of one address: NFKC, the local part case folded, the domain in ASCII (IDNA, Unicode
    /// Technical Standard 46). RFC 5321, section 2.4, lets a server tell `Ada` from `ada`, and none does.
    pub(super) key: String,
}

/// Why a text can't be an e-mail address. The messages are for whoever typed it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EmailProblem {
    /// It has more than [`EmailProblem::LIMIT`] bytes.
    #[error("this e-mail address is too long")]
    TooLong,
    /// It is no address.
    #[error("an e-mail address looks like ada@example.com")]
    NotAnAddress,
}

impl EmailProblem {
    /// The longest address, in bytes: 64 before the `@` and 255 behind it (RFC 5321, section 4.5.3.1).
    pub const LIMIT: usize = 320;
}

impl EmailAddress {
    /// The address that somebody typed.
    ///
    /// # Errors
    /// Why it can't be one. Whether it reaches anybody only a message to it can tell.
    pub(super) fn new(typed: &str) -> Result<Self, EmailProblem> {
        let shown = typed.trim();
        if shown.len() > EmailProblem::LIMIT {
            return Err(EmailProblem::TooLong);
        }
        let key = key(shown).ok_or(EmailProblem::NotAnAddress)?;
        Ok(Self {
            shown: shown.to_owned(),
            key,
        })
    }
}

fn key(typed: &str) -> Option<String> {
    let normal: String = typed.nfkc().collect();
    let (local, domain) = normal.rsplit_once('@')?;
    let fits = (1..=64).contains(&local.len()) && local.chars().all(is_allowed);
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let is_host = !domain.is_empty()
        && domain.len() <= 255
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty());
    (fits && is_host).then(|| format!("{}@{domain}", folded(local)))
}

/// The characters of an unquoted local part (RFC 5322, section 3.2.3, and RFC 6532 for letters beyond ASCII). A quoted
/// one could hold anything, line breaks included, and nobody has one.
fn is_allowed(character: char) -> bool {
    match character {
        '\u{200c}' | '\u{200d}' => false,
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        ascii if ascii.is_ascii() => "!#$%&'*+-/=?^_`{|}~.".contains(ascii),
        other => other.identifier_allowed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one_address() {
        let key = |typed: &str| EmailAddress::new(typed).map(|address| address.key);
        let ada = key("ada@example.com");
        assert_eq!(ada.as_deref(), Ok("ada@example.com"));
        for typed in [
            " Ada@Example.COM ",
            "ａｄａ@example.com",
            "ada＠example.com",
        ] {
            assert_eq!(key(typed), ada, "{typed}");
        }
        assert_eq!(key("ü@bücher.example"), key("Ü@xn--bcher-kva.example"));
        assert_ne!(key("ada+list@example.com"), ada);
        assert_eq!(
            EmailAddress::new(" Ada@Example.COM ").unwrap().shown,
            "Ada@Example.COM"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a@b@example.com",
            "ada@exa mple.com",
            "a\nb@example.com",
            "ada@example..com",
            "ada@.com",
            "\"a b\"@example.com",
            "ada@example.com\r\nBcc: x@example.com",
            "a\u{200d}@example.com",
        ] {
            assert_eq!(
                EmailAddress::new(typed),
                Err(EmailProblem::NotAnAddress),
                "{typed:?}"
            );
        }
        let long = format!("ada@{}.example", "x".repeat(400));
        assert_eq!(EmailAddress::new(&long), Err(EmailProblem::TooLong));
    }
}
