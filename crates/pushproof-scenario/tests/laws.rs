//! What holds for any file.

use proptest::prelude::*;
use pushproof_scenario::{Scenario, embedded, lint};
use pushproof_vocabulary::Catalogue;
use pushproof_yaml::Style;

/// An embedded scenario with a stretch of it replaced, which is nearly right more often than not.
fn spoilt() -> impl Strategy<Value = String> {
    let stretch = prop_oneof![
        Just(String::new()),
        "[a-z$.:{}\\[\\], -]{1,6}",
        Just("\n".to_owned()),
        Just("  ".to_owned()),
        Just("$case.by".to_owned()),
        Just("{case.what}".to_owned()),
        Just("clause: settings.stored".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    (0..embedded().len(), any::<prop::sample::Index>(), 0..12usize, stretch).prop_map(
        |(source, at, len, stretch)| {
            let text: Vec<char> = embedded()[source].text.chars().collect();
            let from = at.index(text.len());
            let to = (from + len).min(text.len());
            text[..from].iter().chain(&stretch.chars().collect::<Vec<_>>()).chain(&text[to..]).collect()
        },
    )
}

proptest! {
    #[test]
    fn no_file_makes_the_parser_or_the_linter_panic(text in spoilt()) {
        let found = match Scenario::parse("server/x", "x.yaml", &text) {
            Ok(scenario) => lint(&scenario, Catalogue::embedded()),
            Err(found) => {
                prop_assert!(!found.is_empty(), "a file is refused without a word");
                found
            }
        };
        for diagnostic in found {
            let rendered = diagnostic.render("x.yaml", &text, Style::Plain);
            prop_assert!(rendered.starts_with("error: ") || rendered.starts_with("warning: "), "{rendered}");
            prop_assert!(diagnostic.span.line <= text.lines().count().max(1), "{diagnostic}");
        }
    }
}
