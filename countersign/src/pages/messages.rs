use std::fmt;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::TemplateError;

/// The words of the pages, in several languages.
#[derive(Clone)]
pub(super) struct Messages {
    languages: Arc<[Language]>,
}

/// One of the languages that there are words in; English unless it was chosen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Locale(usize);

struct Language {
    /// As in an account's `locale` and in `lang` attributes: `en`, `zh-Hans`.
    tag: Arc<str>,
    identifier: LanguageIdentifier,
    bundle: FluentBundle<FluentResource>,
}

impl Messages {
    /// The messages that come along, with changes and additions: languages and their sources, with the names under which
    /// errors speak of them.
    pub(super) fn new(changes: &[(String, String)]) -> Result<Self, TemplateError> {
        let mut languages = Vec::new();
        for (tag, source) in OWN {
            add(&mut languages, tag, source)?;
        }
        for (tag, source) in changes {
            add(&mut languages, tag, source)?;
        }
        Ok(Self {
            languages: languages.into(),
        })
    }

    /// All languages, the default one first.
    pub(super) fn locales(&self) -> impl Iterator<Item = Locale> {
        (0..self.languages.len()).map(Locale)
    }

    pub(super) fn tag(&self, locale: Locale) -> &str {
        &self.languages[locale.0].tag
    }

    /// The language with exactly this tag.
    pub(super) fn tagged(&self, tag: &str) -> Option<Locale> {
        let position = self.languages.iter().position(|own| &*own.tag == tag)?;
        Some(Locale(position))
    }

    /// The language that fits a tag best: that very one, or one of the same language. Somebody who asks for Chinese of
    /// whatever script and country reads Simplified Chinese more easily than English.
    pub(super) fn fitting(&self, tag: &str) -> Option<Locale> {
        self.tagged(tag).or_else(|| {
            let wanted: LanguageIdentifier = tag.parse().ok()?;
            let fits = |own: &Language| own.identifier.language == wanted.language;
            self.languages.iter().position(fits).map(Locale)
        })
    }

    /// The language that an `Accept-Language` (RFC 9110, section 12.5.4) asks for first, among those there are.
    pub(super) fn accepted(&self, accept_language: &str) -> Option<Locale> {
        let mut ranges: Vec<(f32, &str)> = accept_language
            .split(',')
            .take(MOST_RANGES)
            .filter_map(range)
            .collect();
        // Stable: of equal weights, the first one counts.
        ranges.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        ranges.into_iter().find_map(|(_, tag)| self.fitting(tag))
    }

    /// A message in a language, or else in English.
    pub(super) fn text(&self, locale: Locale, key: &str, arguments: &FluentArgs<'_>) -> String {
        for language in [&self.languages[locale.0], &self.languages[0]] {
            let bundle = &language.bundle;
            let pattern = bundle.get_message(key).and_then(|message| message.value());
            if let Some(pattern) = pattern {
                let mut errors = Vec::new();
                let text = bundle.format_pattern(pattern, Some(arguments), &mut errors);
                if !errors.is_empty() {
                    tracing::error!(
                        key,
                        language = &*language.tag,
                        ?errors,
                        "a message is broken"
                    );
                }
                return text.into_owned();
            }
        }
        tracing::error!(key, "there is no such message");
        key.to_owned()
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = self.languages.iter().map(|language| &language.tag);
        f.debug_list().entries(tags).finish()
    }
}

/// Adds messages to a language, which is new or not.
fn add(languages: &mut Vec<Language>, tag: &str, source: &str) -> Result<(), TemplateError> {
    let file = || format!("{tag}.ftl");
    let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| {
        TemplateError::Messages {
            file: file(),
            problem: errors.first().map(ToString::to_string).unwrap_or_default(),
        }
    })?;
    let present = languages.iter().position(|own| &*own.tag == tag);
    let position = match present {
        Some(position) => position,
        None => {
            let identifier: LanguageIdentifier =
                tag.parse().map_err(|error| TemplateError::Messages {
                    file: file(),
                    problem: format!("`{tag}` is no language tag: {error}"),
                })?;
            let mut bundle = FluentBundle::new_concurrent(vec![identifier.clone()]);
            // The marks that it would put around names show up in what people copy.
            bundle.set_use_isolating(false);
            languages.push(Language {
                tag: tag.into(),
                identifier,
                bundle,
            });
            languages.len() - 1
        }
    };
    languages[position].bundle.add_resource_overriding(resource);
    Ok(())
}

/// A language range and its weight; `None` for one that is refused, or is no range.
fn range(text: &str) -> Option<(f32, &str)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, "q=1"));
    let weight = parameters.trim().strip_prefix("q=")?.trim().parse().ok()?;
    (weight > 0.0).then_some((weight, tag.trim()))
}

/// More ranges than any browser sends.
const MOST_RANGES: usize = 32;

/// The languages that come along; the first is the default.
pub(super) const OWN: [(&str, &str); 2] = [
    ("en", include_str!("messages/en.ftl")),
    ("zh-Hans", include_str!("messages/zh-Hans.ftl")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn messages() -> Messages {
        Messages::new(&[]).unwrap()
    }

    fn keys(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key)
            .collect()
    }

    /// The texts of all templates and of all code of the pages.
    fn users_of_messages(folder: &Path, texts: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                users_of_messages(&path, texts);
            } else if path
                .extension()
                .is_some_and(|kind| kind == "rs" || kind == "html")
            {
                let text = fs::read_to_string(path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let lines = code.lines().filter(|line| !line.trim().starts_with("//"));
                texts.push(lines.collect::<Vec<_>>().join("\n"));
            }
        }
    }

    /// What stands in quotes behind `t(`, `Words::new(` and their like.
    fn asked_for(text: &str) -> BTreeSet<String> {
        let openings = ["t(\"", "t('", "Words::new(\"", "Some(\"done-", "\"refused-"];
        let mut found = BTreeSet::new();
        for opening in openings {
            for (start, _) in text.match_indices(opening) {
                let word_before = text[..start].chars().next_back();
                if opening.starts_with("t(") && word_before.is_some_and(char::is_alphanumeric) {
                    continue;
                }
                let quote = opening.find(['"', '\'']).unwrap();
                let key = &text[start + quote + 1..];
                let end = key.find(['"', '\'']).unwrap();
                found.insert(key[..end].to_owned());
            }
        }
        found
    }

    #[test]
    fn all_languages_have_the_same_messages() {
        let [(_, english), others @ ..] = OWN;
        for (tag, source) in others {
            assert_eq!(keys(source), keys(english), "{tag}");
        }
    }

    #[test]
    fn every_message_is_used_and_none_is_missing() {
        let mut texts = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
        users_of_messages(&folder, &mut texts);
        let known = keys(OWN[0].1);
        for key in &known {
            let quoted = [format!("\"{key}\""), format!("'{key}'")];
            let is_used = texts
                .iter()
                .any(|text| quoted.iter().any(|key| text.contains(key)));
            assert!(is_used, "nobody uses `{key}`");
        }
        let asked: BTreeSet<_> = texts.iter().flat_map(|text| asked_for(text)).collect();
        assert!(asked.len() > 50, "the keys were not found: {asked:?}");
        for key in asked {
            assert!(known.contains(key.as_str()), "there is no message `{key}`");
        }
    }

    #[test]
    fn messages_take_the_same_arguments_in_all_languages() {
        let arguments = |source: &str, key: &str| -> BTreeSet<String> {
            let start = source.find(&format!("\n{key} =")).unwrap() + 1;
            let rest = &source[start..];
            let end = rest
                .match_indices('\n')
                .map(|(end, _)| end)
                .find(|end| !rest[end + 1..].starts_with(' '))
                .unwrap_or(rest.len());
            rest[..end]
                .split('$')
                .skip(1)
                .map(|part| {
                    part.split(|c: char| !c.is_alphanumeric())
                        .next()
                        .unwrap()
                        .to_owned()
                })
                .collect()
        };
        for key in keys(OWN[0].1) {
            let [english, chinese] = OWN.map(|(_, source)| arguments(source, key));
            assert_eq!(english, chinese, "{key}");
        }
    }

    #[test]
    fn a_browser_gets_the_language_that_it_asks_for_first() {
        let messages = messages();
        for (accept, tag) in [
            ("en", Some("en")),
            ("zh-Hans", Some("zh-Hans")),
            ("zh", Some("zh-Hans")),
            ("zh-CN,zh;q=0.9,en;q=0.8", Some("zh-Hans")),
            ("zh-TW", Some("zh-Hans")),
            ("en-GB,zh;q=0.9", Some("en")),
            ("en;q=0.4, zh;q=0.5", Some("zh-Hans")),
            ("fr, de;q=0.9, zh;q=0.1", Some("zh-Hans")),
            ("zh;q=0, en", Some("en")),
            ("fr", None),
            ("*", None),
            ("", None),
            (";;q=,,\u{ff}", None),
        ] {
            let locale = messages.accepted(accept);
            assert_eq!(locale.map(|locale| messages.tag(locale)), tag, "{accept}");
        }
    }

    #[test]
    fn an_application_changes_messages_and_adds_languages() {
        let changes = [
            ("en".to_owned(), "log-in = Come in".to_owned()),
            ("fr".to_owned(), "log-in = Se connecter".to_owned()),
        ];
        let messages = Messages::new(&changes).unwrap();
        let say = |tag, key| {
            let locale = messages.tagged(tag).unwrap();
            messages.text(locale, key, &FluentArgs::new())
        };
        assert_eq!(say("en", "log-in"), "Come in");
        assert_eq!(say("fr", "log-in"), "Se connecter");
        assert_eq!(say("fr", "log-out"), "Log out");
        assert_eq!(say("zh-Hans", "log-in"), "登录");
        assert_eq!(say("en", "no-such-key"), "no-such-key");
    }

    #[test]
    fn broken_messages_are_refused_with_their_file() {
        for (tag, source) in [("en", "log-in"), ("no language", "log-in = x")] {
            let error = Messages::new(&[(tag.to_owned(), source.to_owned())]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(&format!("`{tag}.ftl`")), "{text}");
        }
    }
}
