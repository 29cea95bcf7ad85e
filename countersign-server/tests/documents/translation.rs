//! The README in Chinese says what the README says.

use super::markdown::Document;

#[test]
fn both_show_the_same_code() {
    let (english, chinese) = both();
    assert_eq!(english.blocks(), chinese.blocks());
    assert!(english.blocks().len() > 5);
}

#[test]
fn both_have_the_same_headings_and_tables() {
    let (english, chinese) = both();
    let levels = |document: &Document| {
        let headings = document.headings().into_iter();
        headings.map(|(level, _)| level).collect::<Vec<_>>()
    };
    assert_eq!(levels(&english), levels(&chinese));
    assert_eq!(english.tables(), chinese.tables());
}

#[test]
fn both_name_the_same_things_and_lead_to_the_same_places() {
    let (english, chinese) = both();
    assert_eq!(sorted(english.inline_code()), sorted(chinese.inline_code()));
    assert_eq!(places(&english), places(&chinese));
}

#[test]
fn each_leads_to_the_other_at_its_top() {
    for (document, other) in [(ENGLISH, CHINESE), (CHINESE, ENGLISH)] {
        let document = Document::read(document);
        assert_eq!(document.links().first().map(String::as_str), Some(other));
    }
}

#[test]
fn the_translation_is_one() {
    let (english, chinese) = both();
    for ((_, said), (_, translated)) in english.headings().iter().zip(chinese.headings()) {
        let is_a_name = said == "Countersign";
        assert!(is_a_name || translated.chars().any(is_han), "{translated}");
    }
    let han = chinese.text.chars().filter(|&character| is_han(character));
    assert!(han.count() > 1_000);
}

fn both() -> (Document, Document) {
    (Document::read(ENGLISH), Document::read(CHINESE))
}

/// Without the links to each other.
fn places(document: &Document) -> Vec<String> {
    let mut links = document.links();
    links.retain(|link| link != ENGLISH && link != CHINESE);
    sorted(links)
}

/// Another language has another order of words.
fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// The Unicode Standard, section 18.1: the block of CJK unified ideographs.
fn is_han(character: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&character)
}

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";
