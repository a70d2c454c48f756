//! The scenarios that ship with the suite.

use pushproof_scenario::{Scenario, embedded, lint};
use pushproof_vocabulary::Catalogue;
use pushproof_yaml::Style;

#[test]
fn every_scenario_parses_and_lints_without_a_word() {
    let mut complaints = String::new();
    for source in embedded() {
        let found = match Scenario::parse(source.id, source.path, source.text) {
            Ok(scenario) => lint(&scenario, Catalogue::embedded()),
            Err(found) => found,
        };
        for diagnostic in found {
            complaints += &diagnostic.render(source.path, source.text, Style::Plain);
            complaints += "\n\n";
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}
