//! The JSON Schema of the driver protocol.

use std::{env, fs, path::Path};

use pushproof_vocabulary::driver::{Method, schema};

/// `UPDATE_SCHEMAS=1 cargo test` writes the file anew.
#[test]
fn the_checked_in_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/schemas/driver.json");
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == current,
        "fixtures/schemas/driver.json is not what the types say: run with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn every_method_has_a_request_and_an_answer() {
    let schema = schema();
    for method in Method::ALL {
        assert_eq!(Method::named(method.name()), Some(method));
        for message in ["request", "answer"] {
            let name = format!("{}_{message}", method.name());
            assert!(schema["$defs"][&name].is_object(), "{name}");
        }
    }
}
