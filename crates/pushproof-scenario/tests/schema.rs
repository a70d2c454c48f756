//! The JSON Schema of scenario files.

use std::{env, fs, path::Path};

use jsonschema::Validator;
use pushproof_scenario::{StepKind, embedded, schema};
use rstest::rstest;
use serde_json::Value;

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).expect("the schema is one")
}

fn json(yaml: &str) -> Value {
    pushproof_yaml::parse(yaml).expect("it is YAML").to_json()
}

/// `UPDATE_SCHEMAS=1 cargo test` writes the file anew.
#[test]
fn the_checked_in_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/schemas/scenario.json");
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == current,
        "fixtures/schemas/scenario.json is not what the types say: run with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn every_embedded_scenario_is_valid() {
    let validator = validator();
    for source in embedded() {
        let errors: Vec<_> =
            validator.iter_errors(&json(source.text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", source.path);
    }
}

#[test]
fn every_verb_has_documentation_and_the_common_fields() {
    let schema = schema();
    let verbs = schema["$defs"]["Step"]["properties"].as_object().unwrap();
    let names: Vec<_> = verbs.keys().map(String::as_str).collect();
    assert_eq!(names, StepKind::VERBS);
    for (verb, payload) in verbs.iter().filter(|(verb, _)| *verb != "at_once") {
        let definition = payload["$ref"].as_str().unwrap().trim_start_matches("#/$defs/");
        let definition = &schema["$defs"][definition];
        assert!(definition["description"].is_string(), "{verb}");
        for field in ["clause", "given", "capture"] {
            assert!(definition["properties"][field].is_object(), "{verb} has no {field}");
        }
    }
}

#[rstest]
#[case::no_title("actors: { alice: [phone] }\nsteps: []")]
#[case::unknown_key("title: x\nactors: { alice: [phone] }\nsteps: []\nneed: [mail]")]
#[case::unknown_need("title: x\nactors: { alice: [phone] }\nsteps: []\nneeds: [post]")]
#[case::bad_name("title: x\nactors: { Alice: [phone] }\nsteps: []")]
#[case::unknown_verb("title: x\nactors: { alice: [phone] }\nsteps: [{ snc: { by: alice.phone } }]")]
#[case::two_verbs("title: x\nactors: { alice: [phone] }\nsteps: [{ sync: { by: alice.phone }, send: {} }]")]
#[case::unknown_field("title: x\nactors: { alice: [phone] }\nsteps: [{ sync: { by: alice.phone, at: 1 } }]")]
#[case::missing_field("title: x\nactors: { alice: [phone] }\nsteps: [{ sync: {} }]")]
#[case::bad_device("title: x\nactors: { alice: [phone] }\nsteps: [{ sync: { by: alice } }]")]
#[case::bad_state(
    "title: x\nactors: { alice: [phone] }\nsteps: [{ set_pusher: { by: alice.phone, pusher: p, state: quiet } }]"
)]
fn a_wrong_scenario_is_invalid(#[case] yaml: &str) {
    assert!(!validator().is_valid(&json(yaml)));
}

#[test]
fn variables_stand_for_any_value() {
    let yaml = "
        title: x
        actors: { alice: [phone] }
        cases: { one: { by: alice.phone, state: enabled, step: { sync: { by: alice.phone } } } }
        steps:
          - $case.step
          - at_once: [{ sync: { by: $case.by } }, $case.step]
          - set_pusher: { by: $case.by, pusher: 'main-{case.state}', state: $case.state, append: $case.append }
    ";
    let value = json(yaml);
    let errors: Vec<_> = validator().iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}
