//! Records whose every text is what somebody else chose: no rendering panics, and none is broken by it.

use proptest::prelude::*;
use pushproof_record::{
    Record,
    render::{
        Colour, Column, Detail, TerminalOptions, github_annotations, kinds, matrix, rendering, terminal,
    },
};
use serde_json::Value;

use crate::sample;

/// Texts of all characters, those more often that steer, mark or quote something.
fn any_text() -> impl Strategy<Value = String> {
    let steering = prop::sample::select(vec![
        '\0',
        '\u{1b}',
        '\n',
        '\r',
        '\t',
        '\u{9b}',
        '\u{7f}',
        '\u{202e}',
        '\u{feff}',
        '\u{fffe}',
        '\u{ffff}',
        '<',
        '>',
        '&',
        '"',
        '\'',
        '`',
        '#',
        ':',
        '/',
        '\\',
        ']',
        '|',
        '\u{1f600}',
    ]);
    let character = prop_oneof![steering, any::<char>()];
    prop::collection::vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
}

/// Fields that have to be what they are for the record to be one.
const CLOSED: [&str; 13] = [
    "format",
    "verdict",
    "side",
    "level",
    "role",
    "why",
    "kind",
    "half",
    "started",
    "fit",
    "direction",
    "missing",
    "reading",
];

/// The record with other texts, one after the other.
fn replace(value: &mut Value, name: &str, texts: &mut impl Iterator<Item = String>) {
    match value {
        Value::String(text) if !CLOSED.contains(&name) => *text = texts.next().unwrap_or_default(),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, name, texts)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| replace(field, name, texts)),
        _ => {}
    }
}

fn with_texts(record: &Record, texts: Vec<String>) -> Record {
    let mut value = serde_json::to_value(record).unwrap();
    replace(&mut value, "", &mut texts.into_iter().cycle());
    serde_json::from_value(value).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_breaks_a_rendering(texts in prop::collection::vec(any_text(), 1..40)) {
        for record in [sample::everything(), sample::unreachable(), sample::doubtful()] {
            let record = with_texts(&record, texts.clone());
            for kind in kinds() {
                for path in ["a", "a.svg"] {
                    if let Some(rendering) = rendering(kind, path) {
                        let text = rendering.of(&record);
                        if kind == "junit" || path == "a.svg" && kind == "badge" {
                            prop_assert!(text.chars().all(is_xml), "{kind}");
                        }
                        if ["json", "har", "ctrf"].contains(&kind) {
                            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{kind}");
                        }
                    }
                }
            }
            for detail in [Detail::Brief, Detail::Full] {
                let options = TerminalOptions { colour: Colour::Never, width: 80, detail };
                let text = terminal(&record, &options);
                prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
            }
            let columns = [Column { name: texts[0].clone(), record: record.clone() }];
            let options = TerminalOptions { colour: Colour::Never, width: 80, detail: Detail::Brief };
            let text = matrix(&columns, &options);
            prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
            for line in github_annotations(&record, &|_| None).lines() {
                prop_assert!(line.starts_with("::"), "{line}");
            }
        }
    }
}

/// Whether XML 1.0 may have the character.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
