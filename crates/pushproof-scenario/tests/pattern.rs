//! Patterns: what matches, and what is told of what does not.

use proptest::prelude::*;
use pushproof_scenario::{Mismatch, Pattern, Placeholder, Resolve, Unresolved};
use pushproof_vocabulary::Dialect;
use pushproof_yaml::Node;
use rstest::rstest;
use serde_json::{Map, Value, json};

struct Nothing;

impl Resolve for Nothing {
    fn resolve(&self, placeholder: &Placeholder) -> Result<String, Unresolved> {
        Ok(placeholder.to_string())
    }
}

fn node(yaml: &str) -> Node {
    pushproof_yaml::parse(yaml).expect("it is YAML")
}

fn pattern(yaml: &str) -> Pattern {
    Pattern::new(&node(yaml), Dialect::stable(), &Nothing).expect("it is a pattern")
}

fn mismatch(yaml: &str, actual: &Value) -> Mismatch {
    *pattern(yaml).matches(actual).expect_err("it does not match")
}

#[rstest]
// Values.
#[case("1", json!(1), true)]
#[case("1", json!(1.0), true)]
#[case("1.0", json!(1), true)]
#[case("1", json!(2), false)]
#[case("1", json!("1"), false)]
#[case("9007199254740993", json!(9_007_199_254_740_992_u64), false)]
#[case("true", json!(true), true)]
#[case("true", json!(1), false)]
#[case("null", json!(null), true)]
#[case("null", json!(false), false)]
#[case("text", json!("text"), true)]
#[case("text", json!("Text"), false)]
#[case("\"{alice}\"", json!("{alice}"), true)]
#[case("$$any", json!("$any"), true)]
#[case("$disabled", json!(true), true)]
#[case("$enabled", json!(true), false)]
// Objects.
#[case("{}", json!({ "a": 1 }), true)]
#[case("{}", json!([]), false)]
#[case("{ a: 1 }", json!({ "a": 1, "b": 2 }), true)]
#[case("{ a: 1, b: 2 }", json!({ "a": 1 }), false)]
#[case("{ a: null }", json!({}), false)]
#[case("{ a: { b: 1 } }", json!({ "a": { "b": 1, "c": 2 } }), true)]
#[case("{ $state: $disabled }", json!({ "is_disabled": true }), true)]
#[case("{ $state: $disabled }", json!({ "is_disabled": false }), false)]
// Lists.
#[case("[]", json!([]), true)]
#[case("[]", json!([1]), false)]
#[case("[1, 2]", json!([1, 2]), true)]
#[case("[1, 2]", json!([2, 1]), false)]
#[case("[1, 2]", json!([1]), false)]
#[case("[{ a: 1 }]", json!([{ "a": 1, "b": 2 }]), true)]
// There or not.
#[case("$any", json!(null), true)]
#[case("{ a: $any }", json!({ "a": null }), true)]
#[case("{ a: $any }", json!({}), false)]
#[case("{ a: $absent }", json!({}), true)]
#[case("{ a: $absent }", json!({ "a": null }), false)]
#[case("{ $state: $absent }", json!({ "is_disabled": false }), false)]
#[case("{ a: { $any-of: [$absent, null] } }", json!({}), true)]
#[case("{ a: { $any-of: [$absent, null] } }", json!({ "a": null }), true)]
#[case("{ a: { $any-of: [$absent, null] } }", json!({ "a": 0 }), false)]
// Operators.
#[case("{ $exact: { a: 1 } }", json!({ "a": 1 }), true)]
#[case("{ $exact: { a: 1 } }", json!({ "a": 1, "b": 2 }), false)]
#[case("{ $exact: { a: { b: 1 } } }", json!({ "a": { "b": 1, "c": 2 } }), false)]
#[case("{ $exact: { a: $any } }", json!({ "a": { "b": 1 } }), true)]
#[case("{ $exact: { a: $absent } }", json!({}), true)]
#[case("{ $exact: [{ a: 1 }] }", json!([{ "a": 1, "b": 2 }]), false)]
#[case("{ $any-of: [1, text, { a: 1 }] }", json!({ "a": 1, "b": 2 }), true)]
#[case("{ $any-of: [1, text] }", json!(2), false)]
#[case("{ $type: string }", json!(""), true)]
#[case("{ $type: string }", json!(1), false)]
#[case("{ $type: number }", json!(1.5), true)]
#[case("{ $type: array }", json!([]), true)]
#[case("{ $type: object }", json!([]), false)]
#[case("{ $type: null }", json!(null), true)]
#[case("{ $type: [boolean, null] }", json!(false), true)]
#[case("{ $type: [boolean, \"null\"] }", json!(0), false)]
#[case("{ $regex: \"a+\" }", json!("aaa"), true)]
#[case("{ $regex: \"a+\" }", json!("aab"), false)]
#[case("{ $regex: \"a|b\" }", json!("ab"), false)]
#[case("{ $regex: \".*\" }", json!(1), false)]
#[case("{ $unordered: [1, 2] }", json!([2, 1]), true)]
#[case("{ $unordered: [1, 2] }", json!([2, 1, 3]), false)]
#[case("{ $unordered: [1, 1] }", json!([1, 2]), false)]
#[case("{ $unordered: [$any, 1] }", json!([1, 2]), true)]
#[case("{ $unordered: [{ a: 1 }, { b: 1 }, { a: 1, b: 1 }] }", json!([{ "a": 1, "b": 1 }, { "a": 1 }, { "a": 0, "b": 1 }]), true)]
#[case("{ $contains: 2 }", json!([1, 2, 3]), true)]
#[case("{ $contains: 2 }", json!([]), false)]
#[case("{ $contains: { a: 1 } }", json!([{ "b": 1 }, { "a": 1, "b": 2 }]), true)]
#[case("{ $each: { $type: number } }", json!([1, 2]), true)]
#[case("{ $each: { $type: number } }", json!([1, "2"]), false)]
#[case("{ $each: 1 }", json!([]), true)]
#[case("{ $each: 1 }", json!({}), false)]
fn a_pattern_matches(#[case] yaml: &str, #[case] actual: Value, #[case] expected: bool) {
    assert_eq!(pattern(yaml).matches(&actual).is_ok(), expected, "{:?}", pattern(yaml).matches(&actual));
}

#[rstest]
#[case::value("{ a: 1 }", json!({ "a": 2 }), "1:6 at `/a`: expected 1, found 2")]
#[case::missing("{ a: 1 }", json!({}), "1:6 at `/a`: expected 1, found nothing")]
#[case::root("{ a: 1 }", json!([]), "1:1 expected an object with `a`, found []")]
#[case::escaped_pointer("{ a/b~c: 1 }", json!({ "a/b~c": 2 }), "1:10 at `/a~1b~0c`: expected 1, found 2")]
#[case::first_in_order("{ b: 1, a: 1 }", json!({ "a": 2, "b": 2 }), "1:6 at `/b`: expected 1, found 2")]
#[case::deep("{ a: [{ b: true }] }", json!({ "a": [{ "b": null }] }), "1:12 at `/a/0/b`: expected true, found null")]
#[case::short_list("[1, 2]", json!([1]), "1:5 at `/1`: expected 2, found nothing")]
#[case::long_list("[1]", json!([1, 2]), "1:1 at `/1`: expected nothing, found 2")]
#[case::other_key("{ $exact: { a: 1 } }", json!({ "a": 1, "b": 2 }), "1:11 at `/b`: expected nothing, found 2")]
#[case::absent("{ a: $absent }", json!({ "a": 1 }), "1:6 at `/a`: expected nothing, found 1")]
#[case::any("{ a: $any }", json!({}), "1:6 at `/a`: expected any value, found nothing")]
#[case::any_of("{ $any-of: [1, { $type: string }, null] }", json!(2), "1:1 expected 1, text or null, found 2")]
#[case::types("{ $type: [string, boolean] }", json!(2), "1:1 expected text or a boolean, found 2")]
#[case::regex("{ $regex: \"M_.+\" }", json!("X"), "1:1 expected text like /M_.+/, found \"X\"")]
#[case::each("{ $each: 1 }", json!([1, 2, 3]), "1:10 at `/1`: expected 1, found 2")]
#[case::contains_nothing("{ $contains: 1 }", json!([]), "1:1 expected a list that contains 1, found []")]
#[case::contains_nearest(
    "{ $contains: { a: 1, b: 2 } }",
    json!([{ "a": 0, "b": 0 }, { "a": 1, "b": 0 }, 5]),
    "1:25 at `/1/b`: expected 2, found 0"
)]
#[case::unordered_length("{ $unordered: [1, 2] }", json!([1]), "1:1 expected a list of 2 elements in any order, found [1]")]
#[case::unordered_nearest(
    "{ $unordered: [{ a: 1, b: 1 }, { a: 2 }] }",
    json!([{ "a": 2 }, { "a": 1, "b": 0 }]),
    "1:27 at `/1/b`: expected 1, found 0"
)]
fn a_mismatch_names_the_place(#[case] yaml: &str, #[case] actual: Value, #[case] told: &str) {
    let mismatch = mismatch(yaml, &actual);
    assert_eq!(format!("{} {mismatch}", mismatch.span), told);
}

#[test]
fn a_long_value_is_cut_in_the_message_alone() {
    let actual = json!("x".repeat(1000));
    let mismatch = mismatch("1", &actual);
    assert!(mismatch.message.chars().count() < 200, "{}", mismatch.message);
    assert_eq!(mismatch.actual, Some(actual));
}

/// Patterns within patterns are compared in a time that does not double with each level.
#[test]
fn nested_operators_are_fast() {
    let deep = 50;
    let yaml = "{ $contains: ".repeat(deep) + "1" + &" }".repeat(deep);
    let actual = (0..deep).fold(json!(2), |inner, _| json!([inner]));
    assert_eq!(mismatch(&yaml, &actual).pointer, "/0".repeat(deep));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5..5).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c/~]{1,2}", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// The value as a pattern for itself.
fn of(value: &Value) -> Pattern {
    pattern(&value.to_string())
}

fn exactly(value: &Value) -> Pattern {
    pattern(&format!("{{ $exact: {value} }}"))
}

/// The value without some of the keys of its objects.
fn thinned(value: &Value, keep: &mut impl Iterator<Item = bool>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| thinned(item, keep)).collect(),
        Value::Object(object) => {
            let mut kept = Map::new();
            for (key, value) in object {
                if keep.next().unwrap_or(true) {
                    kept.insert(key.clone(), thinned(value, keep));
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_value_matches_itself(value in value()) {
        prop_assert!(of(&value).matches(&value).is_ok());
        prop_assert!(exactly(&value).matches(&value).is_ok());
    }

    #[test]
    fn exactly_equal_values_match_exactly(a in value(), b in value()) {
        prop_assert_eq!(exactly(&a).matches(&b).is_ok(), a == b);
    }

    #[test]
    fn fewer_keys_in_the_pattern_match_as_well(value in value(), keep in prop::collection::vec(any::<bool>(), 30)) {
        let thinned = thinned(&value, &mut keep.into_iter());
        prop_assert!(of(&thinned).matches(&value).is_ok(), "{thinned} against {value}");
    }

    #[test]
    fn what_matches_exactly_matches(a in value(), b in value()) {
        if exactly(&a).matches(&b).is_ok() {
            prop_assert!(of(&a).matches(&b).is_ok());
        }
    }

    #[test]
    fn lists_match_in_any_order(items in prop::collection::vec(value(), 0..5), by in 0usize..5) {
        let mut turned = items.clone();
        turned.rotate_left(by % items.len().max(1));
        turned.reverse();
        let pattern = if items.is_empty() {
            pattern("[]")
        } else {
            pattern(&format!("{{ $unordered: {} }}", Value::from(items)))
        };
        prop_assert!(pattern.matches(&Value::from(turned)).is_ok());
    }

    #[test]
    fn a_mismatch_points_into_the_value(a in value(), b in value(), operator in 0..4) {
        let yaml = match operator {
            0 => a.to_string(),
            1 => format!("{{ $exact: {a} }}"),
            2 => format!("{{ $contains: {a} }}"),
            _ => format!("{{ $each: {a} }}"),
        };
        if let Err(mismatch) = pattern(&yaml).matches(&b) {
            prop_assert_eq!(mismatch.actual.as_ref(), b.pointer(&mismatch.pointer));
            let parent = mismatch.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(b.pointer(parent).is_some(), "{} in {}", mismatch.pointer, b);
        }
    }

    #[test]
    fn no_yaml_makes_a_pattern_panic(text in "[a-c{}\\[\\]:, $\"]{0,30}|\\{ \\$(exact|any-of|type|regex|unordered|contains|each): [\\PC]{0,12} \\}") {
        if let Ok(node) = pushproof_yaml::parse(&text) {
            let _ = Pattern::new(&node, Dialect::stable(), &Nothing);
        }
    }
}
