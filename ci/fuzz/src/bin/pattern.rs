//! A pattern, a line with `---`, and any JSON: it matches, or the mismatch points at what differs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushproof_scenario::{Pattern, Placeholder, Resolve, Unresolved};
use pushproof_vocabulary::Dialect;
use serde_json::Value;

struct Itself;

impl Resolve for Itself {
    fn resolve(&self, placeholder: &Placeholder) -> Result<String, Unresolved> {
        Ok(placeholder.to_string())
    }
}

fuzz_target!(|text: &str| {
    let Some((pattern, json)) = text.split_once("\n---\n") else { return };
    let Ok(node) = pushproof_yaml::parse(pattern) else { return };
    let Ok(pattern) = Pattern::new(&node, Dialect::stable(), &Itself) else { return };
    let Ok(value) = serde_json::from_str::<Value>(json) else { return };
    if let Err(mismatch) = pattern.matches(&value) {
        assert_eq!(mismatch.actual.as_ref(), value.pointer(&mismatch.pointer), "{mismatch}");
    }
});
