//! The JSON Schema of records.

use std::{env, fs, path::Path};

use pushproof_record::{Record, render, schema};
use rstest::rstest;
use serde_json::{Value, json};

use crate::run::{canon_of, read};

/// `UPDATE_SCHEMAS=1 cargo test` writes the file anew.
#[test]
fn the_checked_in_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/schemas/record.json");
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == current,
        "fixtures/schemas/record.json is not what the types say: run with UPDATE_SCHEMAS=1"
    );
}

fn errors(record: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    validator.iter_errors(record).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn written(record: &Record) -> Value {
    serde_json::from_str(&render::json(record)).unwrap()
}

#[rstest]
#[case::everything(crate::sample::everything())]
#[case::unreachable(crate::sample::unreachable())]
#[case::unimplemented(crate::sample::unimplemented())]
#[case::conformant(crate::sample::conformant())]
#[case::doubtful(crate::sample::doubtful())]
fn records_are_valid(#[case] record: Record) {
    assert_eq!(errors(&written(&record)), Vec::<String>::new());
}

#[rstest]
#[case::unknown_verdict("/verdict", json!("fine"))]
#[case::wrong_type("/duration_ms", json!("1 s"))]
#[case::unknown_evidence("/scenarios/0/steps/0/evidence", json!([{ "kind": "rumour" }]))]
fn what_is_no_record_is_invalid(#[case] pointer: &str, #[case] value: Value) {
    let mut record = written(&crate::sample::everything());
    *record.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
    assert_ne!(errors(&record), Vec::<String>::new());
}

#[test]
fn fields_of_later_versions_are_fine() {
    let mut record = written(&crate::sample::everything());
    for pointer in ["", "/subject", "/clauses/0", "/scenarios/0", "/scenarios/0/steps/0"] {
        record.pointer_mut(pointer).unwrap()["later"] = json!({ "a": 1 });
    }
    assert_eq!(errors(&record), Vec::<String>::new());
    let canon = canon_of(&crate::sample::everything());
    assert_eq!(read(&record, &canon).unwrap(), crate::sample::everything());
}
