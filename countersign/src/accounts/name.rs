use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::GeneralSecurityProfile as _;
use unicode_security::confusable_detection::skeleton;

/// The name of an account: as its owner writes it, and as names are compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LoginName {
    /// In Unicode's form NFKC (Unicode Standard Annex 15), each white space one blank, none around it.
    pub(super) shown: String,
    /// The same for all spellings of one name: case folded. By it an account is found.
    pub(super) key: String,
    /// The same for all names that look alike. It keeps two of them from existing, and finds nothing.
    pub(super) lookalike: String,
}

/// Why a text can't be the name of an account. The messages are for whoever typed it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// Nothing was typed, or nothing but white space.
    #[error("choose a name")]
    Empty,
    /// It has more than [`NameProblem::LIMIT`] characters.
    #[error("this name is too long: use at most {limit} characters", limit = NameProblem::LIMIT)]
    TooLong,
    /// It has a character that stands in no word of any living language, or that nobody sees.
    #[error(
        "names are made of letters, digits, blanks and any of -_.'+, and this one has something else"
    )]
    Character,
    /// It has no letter and no digit.
    #[error("a name has at least one letter or digit")]
    NoLetter,
    /// Nobody may have it, because others would take its owner for somebody who speaks for this site.
    #[error("this name is reserved: choose another")]
    Reserved,
    /// Somebody has it, or one that looks like it.
    #[error("this name is taken: choose another")]
    Taken,
}

impl NameProblem {
    /// The longest name, in characters (Unicode code points).
    pub const LIMIT: usize = 64;
}

impl LoginName {
    /// The name that somebody chose.
    ///
    /// # Errors
    /// Why it can't be one. Whether it is reserved or taken is not asked here.
    pub(super) fn new(typed: &str) -> Result<Self, NameProblem> {
        // Beyond any name that is taken, and short enough to be looked at.
        if typed.len() > LOOKED_AT {
            return Err(NameProblem::TooLong);
        }
        let shown = shown(typed);
        if shown.is_empty() {
            return Err(NameProblem::Empty);
        }
        if shown.chars().count() > NameProblem::LIMIT {
            return Err(NameProblem::TooLong);
        }
        if !shown.chars().all(is_allowed) {
            return Err(NameProblem::Character);
        }
        if !shown.chars().any(char::is_alphanumeric) {
            return Err(NameProblem::NoLetter);
        }
        Ok(Self {
            key: folded(&shown),
            lookalike: lookalike(&shown),
            shown,
        })
    }

    /// The key of a name that somebody typed to log in. Any text has one.
    pub(super) fn key_of(typed: &str) -> String {
        folded(&shown(&typed[..typed.floor_char_boundary(LOOKED_AT)]))
    }
}

/// Names that nobody may choose.
#[derive(Clone, Debug)]
pub(super) struct ReservedNames {
    /// Keys and lookalikes, sorted.
    forms: Vec<String>,
}

impl ReservedNames {
    pub(super) fn add(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        for name in names {
            let name = shown(&name.into());
            self.forms.push(folded(&name));
            self.forms.push(lookalike(&name));
        }
        self.forms.sort_unstable();
        self.forms.dedup();
    }

    pub(super) fn has(&self, name: &LoginName) -> bool {
        let has = |form: &String| self.forms.binary_search(form).is_ok();
        has(&name.key) || has(&name.lookalike)
    }
}

impl Default for ReservedNames {
    fn default() -> Self {
        let mut names = Self { forms: Vec::new() };
        names.add(RESERVED.iter().copied());
        names
    }
}

fn shown(typed: &str) -> String {
    let normal: String = typed.nfkc().collect();
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Unicode's default case folding (section 3.13 of its core specification), in NFKC.
pub(super) fn folded(text: &str) -> String {
    // Folding can leave the normal form, and the normal form of what was folded can have a fold of its own.
    let once: String = text.nfkc().default_case_fold().nfkc().collect();
    once.chars().default_case_fold().nfkc().collect()
}

/// What a name looks like: its skeleton (Unicode Technical Standard 39, section 4), whatever its case. `I` looks like
/// `l` and `i` does not, so the skeleton is taken before the case is folded and after.
fn lookalike(shown: &str) -> String {
    let first: String = skeleton(shown).collect();
    let folded = folded(&first);
    skeleton(&folded).nfkc().collect()
}

/// Characters of words in living languages (Unicode Technical Standard 39, section 3.1), and a few that stand between
/// them. An `@` is none of these, so that no name is somebody's e-mail address.
fn is_allowed(character: char) -> bool {
    match character {
        ' ' | '-' | '_' | '.' | '\'' | '+' => true,
        // They join letters and are not seen.
        '\u{200c}' | '\u{200d}' => false,
        other => other.identifier_allowed(),
    }
}

/// How many bytes of a text are looked at: more than the longest name and the longest e-mail address have.
const LOOKED_AT: usize = 1_024;

/// Names that seem to speak for a site, or that programs take for something else.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administration",
    "administrator",
    "admins",
    "anonymous",
    "api",
    "billing",
    "contact",
    "countersign",
    "everybody",
    "everyone",
    "guest",
    "help",
    "helpdesk",
    "hostmaster",
    "info",
    "login",
    "logout",
    "mail",
    "me",
    "moderator",
    "moderators",
    "nobody",
    "no-reply",
    "noreply",
    "null",
    "official",
    "operator",
    "owner",
    "postmaster",
    "register",
    "root",
    "security",
    "service",
    "settings",
    "staff",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "team",
    "undefined",
    "user",
    "users",
    "webmaster",
    "www",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(typed: &str) -> LoginName {
        LoginName::new(typed).unwrap_or_else(|problem| panic!("{typed:?}: {problem}"))
    }

    #[test]
    fn spellings_of_one_name_are_one_name() {
        for (one, other) in [
            ("Ada", " ADA "),
            ("ada", "Ａｄａ"),
            ("Ada Lovelace", "ada\u{3000}  lovelace"),
            ("Zo\u{eb}", "zoe\u{308}"),
            ("Straße", "STRASSE"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ] {
            assert_eq!(name(one).key, name(other).key, "{one} {other}");
            assert_eq!(LoginName::key_of(one), name(other).key, "{one} {other}");
        }
        assert_ne!(name("ada").key, name("ada2").key);
        assert_ne!(name("jose").key, name("josé").key);
    }

    #[test]
    fn names_that_look_alike_have_one_look() {
        for (one, other) in [
            ("paypal", "paypaI"),
            ("paypal", "paypa1"),
            ("bob", "Вob"),
            ("ada", "аdа"),
            ("modern", "modem"),
            ("Modern", "Modem"),
            ("modern", "Modem"),
            ("bob", "b0b"),
            ("ian", "Ian"),
        ] {
            let (one, other) = (name(one), name(other));
            let same = one.key == other.key || one.lookalike == other.lookalike;
            assert!(same, "{one:?} {other:?}");
        }
        for (one, other) in [
            ("ada", "bob"),
            ("ian", "lan"),
            ("anna", "hanna"),
            ("小明", "小红"),
        ] {
            let (one, other) = (name(one), name(other));
            assert_ne!(one.key, other.key);
            assert_ne!(one.lookalike, other.lookalike);
        }
    }

    #[test]
    fn the_key_of_a_key_is_that_key() {
        for typed in [
            "İstanbul",
            "ǅ",
            "ﬀ",
            "Ⅷ",
            "Å",
            "ẞ",
            "a\u{345}\u{301}",
            "ΑΣ",
            "ada",
        ] {
            let key = LoginName::key_of(typed);
            assert_eq!(LoginName::key_of(&key), key, "{typed}");
        }
    }

    #[test]
    fn people_of_many_tongues_find_their_names_taken_as_they_write_them() {
        for typed in [
            "Ada",
            "Zoë",
            "O'Brien",
            "Jean-Luc",
            "小明",
            "محمد",
            "Ольга",
            "नेहा",
            "たろう",
            "김철수",
            "j.r.r",
        ] {
            assert_eq!(
                name(&format!(" {typed} ")).shown,
                typed.nfkc().collect::<String>()
            );
        }
    }

    #[test]
    fn what_nobody_can_read_is_no_name() {
        for (typed, problem) in [
            ("", NameProblem::Empty),
            (" \t\u{3000}", NameProblem::Empty),
            ("a\u{0}b", NameProblem::Character),
            ("ada\u{200b}", NameProblem::Character),
            ("ad\u{200d}a", NameProblem::Character),
            ("\u{202e}ada", NameProblem::Character),
            ("\u{3164}", NameProblem::Character),
            ("ada\u{fe0f}", NameProblem::Character),
            ("ada@example.com", NameProblem::Character),
            ("ada＠example.com", NameProblem::Character),
            ("<script>", NameProblem::Character),
            ("-.-", NameProblem::NoLetter),
        ] {
            assert_eq!(LoginName::new(typed), Err(problem), "{typed:?}");
        }
        assert_eq!(LoginName::new(&"a".repeat(65)), Err(NameProblem::TooLong));
        assert_eq!(
            LoginName::new(&"a".repeat(1 << 20)),
            Err(NameProblem::TooLong)
        );
        assert!(LoginName::new(&"ä".repeat(64)).is_ok());
        assert!(LoginName::key_of(&"ﷺ".repeat(1 << 20)).len() < 64 * 1_024);
    }

    #[test]
    fn reserved_names_are_reserved_in_every_spelling() {
        let mut reserved = ReservedNames::default();
        reserved.add(["Böss"]);
        for typed in ["admin", "ADMIN", "Аdmin", "rооt", "r00t", "böss", "BÖSS"] {
            assert!(reserved.has(&name(typed)), "{typed}");
        }
        for typed in ["ada", "adm", "boss2"] {
            assert!(!reserved.has(&name(typed)), "{typed}");
        }
    }
}
