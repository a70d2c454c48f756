//! Any text as a scenario file: it is parsed, linted and its mistakes shown, or its cases are there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushproof_scenario::{Scenario, lint};
use pushproof_vocabulary::Catalogue;
use pushproof_yaml::Style;

fuzz_target!(|text: &str| {
    let found = match Scenario::parse("server/x", "x.yaml", text) {
        Ok(scenario) => lint(&scenario, Catalogue::embedded()),
        Err(found) => {
            assert!(!found.is_empty(), "a file is refused without a word");
            found
        }
    };
    for diagnostic in found {
        assert!(!diagnostic.render("x.yaml", text, Style::Plain).is_empty());
    }
});
