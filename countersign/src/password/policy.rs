use zeroize::Zeroizing;

use super::MAXIMUM_PASSWORD_LENGTH;

/// Which new passwords are taken. Length counts, not the mix of characters: there are no composition rules (NIST SP
/// 800-63B-4, section 3.1.1.2; ASVS 5.0, 6.2).
///
/// ```
/// use countersign::password::{PasswordPolicy, PolicyViolation};
///
/// let policy = PasswordPolicy::only_factor();
/// assert!(policy.check("all lower case", &[]).is_err());
/// assert!(policy.check("all lower case!!", &[]).is_ok());
/// assert_eq!(policy.check("Anna.Smith-1990!", &["anna.smith"]), Err(PolicyViolation::AboutYou));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PasswordPolicy {
    minimum: usize,
}

impl PasswordPolicy {
    /// For accounts that nothing but a password protects: at least 15 characters.
    pub const fn only_factor() -> Self {
        Self { minimum: 15 }
    }

    /// For accounts that ask for a second factor too: at least 8 characters.
    pub const fn with_second_factor() -> Self {
        Self { minimum: 8 }
    }

    /// The same policy with passwords of at least so many characters, where that is more than it asks for anyway.
    pub const fn at_least(self, characters: usize) -> Self {
        match characters > self.minimum {
            true => Self {
                minimum: characters,
            },
            false => self,
        }
    }

    /// The fewest characters: Unicode code points.
    pub const fn minimum(&self) -> usize {
        self.minimum
    }

    /// Judges a new password. `context` is what others would guess first for this account: the name of the application,
    /// the login name, the e-mail address.
    ///
    /// A password is refused when it is one of the commonest or a context word, whatever the case of its letters, with
    /// digits and punctuation behind it or repeated. One that merely contains such a word is taken.
    ///
    /// # Errors
    /// Why it is refused, in a sentence for whoever typed it.
    pub fn check(&self, password: &str, context: &[&str]) -> Result<(), PolicyViolation> {
        let found = password.chars().count();
        if found < self.minimum {
            return Err(PolicyViolation::TooShort {
                found,
                minimum: self.minimum,
            });
        }
        if password.len() > MAXIMUM_PASSWORD_LENGTH {
            return Err(PolicyViolation::TooLong {
                limit: MAXIMUM_PASSWORD_LENGTH,
            });
        }
        let password = Zeroizing::new(password.to_lowercase());
        let context: Vec<_> = context.iter().flat_map(|word| variants(word)).collect();
        for typed in [password.as_str(), without_tail(&password)] {
            for guess in repeated_parts(typed) {
                if context.iter().any(|word| word == guess) {
                    return Err(PolicyViolation::AboutYou);
                }
                if is_common(guess) {
                    return Err(PolicyViolation::Common);
                }
            }
        }
        Ok(())
    }
}

/// Why a new password was refused. The messages are for whoever typed it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyViolation {
    /// It has too few characters.
    #[error(
        "this password has {found} characters and needs at least {minimum}: four or five words in a row are easy to remember"
    )]
    TooShort {
        /// How many code points it has.
        found: usize,
        /// How many it needs.
        minimum: usize,
    },
    /// It has too many bytes.
    #[error(
        "this password is too long: use at most {limit} bytes, which are as many plain letters"
    )]
    TooLong {
        /// How many bytes it may have.
        limit: usize,
    },
    /// It is among the first that attackers try.
    #[error(
        "this password is one of those that attackers try first: choose one that nobody else would"
    )]
    Common,
    /// It is made of a name that belongs to the account or the application.
    #[error(
        "this password is made of your name, your address or the name of this site: choose one that is not"
    )]
    AboutYou,
}

/// A context word as it is compared: as it is, without digits and punctuation behind it, and of an address the part
/// before the `@`. In lower case; none empty.
fn variants(word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let local = word.split('@').next().unwrap_or_default();
    let mut variants: Vec<_> = [word.as_str(), local]
        .into_iter()
        .flat_map(|word| [word, without_tail(word)])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    variants.dedup();
    variants
}

/// The text without the digits and the ASCII punctuation at its end.
fn without_tail(text: &str) -> &str {
    text.trim_end_matches(|character: char| {
        character.is_ascii_digit() || character.is_ascii_punctuation()
    })
}

/// The beginnings that a text repeats, be the last repetition cut short, and the text itself: those of `ababa` are `ab`,
/// `abab` and `ababa`.
fn repeated_parts(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices()
        .map(|(position, _)| position)
        .skip(1)
        .filter(|period| text.as_bytes()[*period..] == text.as_bytes()[..text.len() - period])
        .chain([text.len()])
        .map(|period| &text[..period])
}

fn is_common(text: &str) -> bool {
    let (_, list) = COMMON.split_once("\n\n").unwrap_or(("", COMMON));
    let (mut low, mut high) = (0, list.len());
    // A binary search over lines: `low` and `high` always stand at the beginning of one.
    while low < high {
        let middle = low + (high - low) / 2;
        let start = list[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = list[start..]
            .find('\n')
            .map_or(list.len(), |end| start + end);
        match list[start..end].cmp(text) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// A header, an empty line, and one password a line: in lower case, of eight characters or more, sorted by bytes.
const COMMON: &str = include_str!("common-passwords.txt");

#[cfg(test)]
mod tests {
    use super::*;

    const ONLY_FACTOR: PasswordPolicy = PasswordPolicy::only_factor();
    const WITH_SECOND: PasswordPolicy = PasswordPolicy::with_second_factor();

    #[test]
    fn length_is_counted_in_code_points() {
        assert_eq!(
            ONLY_FACTOR.check(&"é".repeat(14), &[]),
            Err(PolicyViolation::TooShort {
                found: 14,
                minimum: 15
            })
        );
        assert_eq!(ONLY_FACTOR.check("ééééééééééééèèè", &[]), Ok(()));
        assert_eq!(
            WITH_SECOND
                .check("🔑 🚪 🏠 🐈", &[])
                .unwrap_err()
                .to_string()
                .split(':')
                .next(),
            Some("this password has 7 characters and needs at least 8")
        );
        assert_eq!(WITH_SECOND.check("🔑 🚪 🏠 🐈 ", &[]), Ok(()));
        assert_eq!(
            WITH_SECOND.check("", &[]),
            Err(PolicyViolation::TooShort {
                found: 0,
                minimum: 8
            })
        );
    }

    #[test]
    fn no_mix_of_characters_is_asked_for() {
        for password in [
            "qmvtzkwhxrpdnlfj",
            "😀 😀 😀 😀 😀 😀 😀 😀 ",
            "                ",
            "8461029375610284",
            "пароль для работы",
            "nul \0 in the middle",
        ] {
            assert_eq!(ONLY_FACTOR.check(password, &["anna"]), Ok(()), "{password}");
        }
    }

    #[test]
    fn up_to_1_024_bytes_are_taken_and_not_one_more() {
        let long: String = ('a'..='z').cycle().step_by(3).take(1_024).collect();
        let long = format!("!{}", &long[1..]);
        assert_eq!(ONLY_FACTOR.check(&long, &[]), Ok(()));
        assert_eq!(
            ONLY_FACTOR.check(&format!("{long}x"), &[]),
            Err(PolicyViolation::TooLong { limit: 1_024 })
        );
        assert!(ONLY_FACTOR.check(&"x".repeat(1_000_000), &[]).is_err());
    }

    #[test]
    fn the_commonest_passwords_are_refused() {
        for password in [
            "password",
            "PassWord",
            "12345678",
            "qwertyuiop",
            "password1!",
            "password123456789",
            "PASSWORD2026!!!!",
            "passwordpassword",
            "passwordpasswo",
            "aaaaaaaaaaaaaaaaaaaa",
            "123456789012345",
            "12345678123456781234",
        ] {
            assert_eq!(
                WITH_SECOND.check(password, &[]),
                Err(PolicyViolation::Common),
                "{password}"
            );
        }
        // It contains one, and is none.
        assert_eq!(WITH_SECOND.check("my password is long", &[]), Ok(()));
    }

    #[test]
    fn context_words_are_refused() {
        let context = [
            "Anna1990",
            "anna.smith@example.com",
            "Example Shop",
            "",
            "@",
        ];
        for password in [
            "anna1990anna1990",
            "ANNA123456789012",
            "anna.smith@example.com",
            "Anna.Smith@Example.com2026",
            "anna.smith123456!!",
            "example shop 1234",
            "EXAMPLE SHOP!!!!",
            "annaannaannaanna",
        ] {
            let verdict = ONLY_FACTOR.check(password, &context);
            if password == "example shop 1234" {
                // A space is no punctuation, and stays.
                assert_eq!(verdict, Ok(()));
            } else {
                assert_eq!(verdict, Err(PolicyViolation::AboutYou), "{password}");
            }
        }
        assert_eq!(ONLY_FACTOR.check("anna likes long walks", &context), Ok(()));
        assert_eq!(ONLY_FACTOR.check("20261123!!!!!!!!!", &context), Ok(()));
    }

    #[test]
    fn every_listed_password_is_found_and_its_neighbours_are_not() {
        let (header, list) = COMMON.split_once("\n\n").unwrap();
        assert!(header.lines().all(|line| line.starts_with('#')));
        let lines: Vec<_> = list.lines().collect();
        assert!(lines.len() > 3_000);
        assert!(lines.is_sorted());
        for line in &lines {
            assert!(is_common(line), "{line}");
            assert!(line.chars().count() >= 8, "{line}");
            assert_eq!(line.to_lowercase(), *line);
            assert!(!is_common(&format!("{line}\n")));
            assert!(!is_common(&format!("{line}\u{1}")));
        }
        assert!(!is_common(""));
        assert!(!is_common("\u{10ffff}"));
        assert!(!is_common("\n"));
    }
}
