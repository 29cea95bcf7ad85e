use unicode_normalization::UnicodeNormalization as _;

/// The name of an account: as it was typed, and as names are compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Name {
    shown: String,
    canonical: String,
}

/// Why a text can't be the name of an account. The messages are for whoever typed it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum NameProblem {
    /// Nothing was typed, or nothing but white space.
    #[error("choose a name")]
    Empty,
    /// It has too many characters.
    #[error("this name is too long: use at most {LIMIT} characters")]
    TooLong,
    /// It has a character that nobody sees, so that two different names would look alike.
    #[error("this name has an invisible character: leave it out")]
    Invisible,
}

impl Name {
    /// The name that somebody chose for a new account.
    pub(crate) fn new(typed: &str) -> Result<Self, NameProblem> {
        let shown = typed.trim();
        if shown.is_empty() {
            Err(NameProblem::Empty)
        } else if shown.chars().count() > LIMIT {
            Err(NameProblem::TooLong)
        } else if shown.chars().any(is_invisible) {
            Err(NameProblem::Invisible)
        } else {
            Ok(Self {
                shown: shown.to_owned(),
                canonical: canonical(shown),
            })
        }
    }

    /// The name as it was typed, without the white space around it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The form that is the same for all names that count as one.
    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// The form by which names are compared: no white space around it, NFKC (Unicode Standard Annex 15), lower case.
fn canonical(name: &str) -> String {
    // Lower case can leave the normal form, so it is made anew.
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.trim().to_owned()
}

/// Control characters, and those that join, separate or turn around what stands beside them.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The longest name, in characters.
const LIMIT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_read_the_same_are_the_same() {
        let ada = Name::new("Ada").unwrap();
        for typed in [" ada ", "ADA", "Ａｄａ", "ad\u{41}"] {
            let name = Name::new(typed).unwrap();
            assert_eq!(name.canonical(), ada.canonical(), "{typed}");
        }
        assert_ne!(Name::new("ada2").unwrap().canonical(), ada.canonical());
        let (composed, decomposed) = (Name::new("Zo\u{eb}"), Name::new("Zoe\u{308}"));
        assert_eq!(
            composed.unwrap().canonical(),
            decomposed.unwrap().canonical()
        );
    }

    #[test]
    fn a_name_is_shown_as_it_was_typed() {
        assert_eq!(
            Name::new("  Ada Lovelace ").unwrap().shown(),
            "Ada Lovelace"
        );
    }

    #[test]
    fn what_nobody_can_read_is_no_name() {
        for (typed, problem) in [
            ("", NameProblem::Empty),
            (" \t\u{3000}", NameProblem::Empty),
            ("a\u{0}b", NameProblem::Invisible),
            ("a\nb", NameProblem::Invisible),
            ("ada\u{200b}", NameProblem::Invisible),
            ("\u{202e}ada", NameProblem::Invisible),
            ("\u{3164}", NameProblem::Invisible),
        ] {
            assert_eq!(Name::new(typed), Err(problem), "{typed:?}");
        }
        assert_eq!(Name::new(&"a".repeat(65)), Err(NameProblem::TooLong));
        assert!(Name::new(&"ä".repeat(64)).is_ok());
    }
}
