//! Bodies: JSON in the names of a dialect.

use pushproof_scenario::{Placeholder, Resolve, Unresolved, render};
use pushproof_vocabulary::Dialect;
use rstest::rstest;
use serde_json::Value;

/// Every placeholder has its own text as its value.
struct Itself;

impl Resolve for Itself {
    fn resolve(&self, placeholder: &Placeholder) -> Result<String, Unresolved> {
        match placeholder {
            Placeholder::Capture(_) => Err(Unresolved::new(placeholder)),
            _ => Ok(placeholder.to_string().replace(['{', '}'], "|")),
        }
    }
}

fn rendered(yaml: &str, dialect: &str) -> Result<Value, String> {
    let node = pushproof_yaml::parse(yaml).expect("it is YAML");
    let dialect = Dialect::named(dialect).expect("it is embedded");
    render(&node, dialect, &Itself).map_err(|error| format!("{}: {error}", error.span))
}

#[rstest]
#[case::state("{ $state: $disabled }", r#"{"is_disabled":true}"#, r#"{"org.matrix.msc3881.enabled":false}"#)]
#[case::enabled("{ $state: $enabled }", r#"{"is_disabled":false}"#, r#"{"org.matrix.msc3881.enabled":true}"#)]
#[case::link("{ $link: x }", r#"{"device_id":"x"}"#, r#"{"org.matrix.msc3881.device_id":"x"}"#)]
#[case::paused("{ $paused: true }", r#"{"is_paused":true}"#, r#"{"is_silenced":true}"#)]
#[case::final_names(
    "{ $plain-state: $disabled, $plain-link: x }",
    r#"{"is_disabled":true,"device_id":"x"}"#,
    r#"{"is_disabled":true,"device_id":"x"}"#
)]
#[case::deep(
    "[{ a: { $state: [$enabled] } }]",
    r#"[{"a":{"is_disabled":[false]}}]"#,
    r#"[{"a":{"org.matrix.msc3881.enabled":[true]}}]"#
)]
#[case::other_values("[1, 1.5, null, true, \"\"]", r#"[1,1.5,null,true,""]"#, r#"[1,1.5,null,true,""]"#)]
#[case::templates(
    "{ \"{alice}\": \"/{alice.phone}\" }",
    r#"{"|alice|":"/|alice.phone|"}"#,
    r#"{"|alice|":"/|alice.phone|"}"#
)]
#[case::escapes(
    "{ $$state: $$disabled, a: $$$ }",
    r#"{"$state":"$disabled","a":"$$"}"#,
    r#"{"$state":"$disabled","a":"$$"}"#
)]
fn a_body_is_in_the_dialects_names(#[case] yaml: &str, #[case] stable: &str, #[case] msc3881: &str) {
    assert_eq!(rendered(yaml, "stable").map(|json| json.to_string()).as_deref(), Ok(stable));
    assert_eq!(rendered(yaml, "msc3881").map(|json| json.to_string()).as_deref(), Ok(msc3881));
}

#[test]
fn a_flag_is_there_only_where_the_dialect_has_one() {
    let yaml = "{ $advertised: true }";
    let prefixed = rendered(yaml, "msc3881").map(|json| json.to_string());
    assert_eq!(prefixed.as_deref(), Ok(r#"{"org.matrix.msc3881":true}"#));
    let error = "1:3: the dialect `stable` has no flag that servers advertise";
    assert_eq!(rendered(yaml, "stable"), Err(error.to_owned()));
}

#[rstest]
#[case("{ a: $off }", "1:6: `$off` means nothing here")]
#[case("{ $stat: 1 }", "1:3: `$stat` means nothing here")]
#[case("{ $disabled: 1 }", "1:3: `$disabled` means nothing here")]
#[case("{ a: $state }", "1:6: `$state` means nothing here")]
#[case("[a, \"{\"]", "1:5: this text has a `{` without its `}`")]
#[case("[\"{capture:x}\"]", "1:2: `{capture:x}` has no value: no step that ran has made it")]
fn what_cannot_be_rendered_is_told_where_it_stands(#[case] yaml: &str, #[case] message: &str) {
    assert_eq!(rendered(yaml, "stable"), Err(message.to_owned()));
}
