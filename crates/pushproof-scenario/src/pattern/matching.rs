//! Whether a value matches a pattern. The recursion is as deep as the pattern, which the YAML reader bounds, however
//! deep the value is.

use serde_json::{Number, Value};

use super::{Kind, Others, Pattern, Type};

/// Whether a value, or its absence, is what the pattern says.
pub(super) fn agrees(pattern: &Pattern, actual: Option<&Value>) -> bool {
    match (&pattern.kind, actual) {
        (Kind::AnyOf(patterns), _) => patterns.iter().any(|one| agrees(one, actual)),
        (Kind::Absent, None) | (Kind::Any, Some(_)) => true,
        (Kind::Equal(expected), Some(actual)) => equal(expected, actual),
        (Kind::Type(types), Some(actual)) => types.contains(&type_of(actual)),
        (Kind::Regex(regex), Some(Value::String(text))) => regex.is_match(text),
        (Kind::Object { fields, others }, Some(Value::Object(object))) => {
            let known = |key: &String| fields.iter().any(|(name, _)| name == key);
            fields.iter().all(|(name, field)| agrees(field, object.get(name)))
                && (*others == Others::Allowed || object.keys().all(known))
        }
        (Kind::List(patterns), Some(Value::Array(items))) => {
            patterns.len() == items.len()
                && patterns.iter().zip(items).all(|(one, item)| agrees(one, Some(item)))
        }
        (Kind::Unordered(patterns), Some(Value::Array(items))) => {
            patterns.len() == items.len() && unpaired(patterns, items).is_none()
        }
        (Kind::Contains(one), Some(Value::Array(items))) => items.iter().any(|item| agrees(one, Some(item))),
        (Kind::Each(one), Some(Value::Array(items))) => items.iter().all(|item| agrees(one, Some(item))),
        _ => false,
    }
}

/// A pattern that finds no element of its own, with the elements that no other pattern needs: a bipartite matching,
/// by augmenting paths.
pub(super) fn unpaired<'p, 'v>(
    patterns: &'p [Pattern],
    items: &'v [Value],
) -> Option<(&'p Pattern, Vec<(usize, &'v Value)>)> {
    let fits: Vec<Vec<bool>> =
        patterns.iter().map(|one| items.iter().map(|item| agrees(one, Some(item))).collect()).collect();
    let mut taken_by = vec![None; items.len()];
    let alone =
        (0..patterns.len()).find(|p| !pair(*p, &fits, &mut taken_by, &mut vec![false; items.len()]))?;
    let free = items.iter().enumerate().filter(|(i, _)| taken_by[*i].is_none()).collect();
    Some((&patterns[alone], free))
}

fn pair(pattern: usize, fits: &[Vec<bool>], taken_by: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for item in 0..taken_by.len() {
        if fits[pattern][item] && !seen[item] {
            seen[item] = true;
            if taken_by[item].is_none_or(|other| pair(other, fits, taken_by, seen)) {
                taken_by[item] = Some(pattern);
                return true;
            }
        }
    }
    false
}

/// How many parts of a pattern match; where nothing matches as a whole, the most is the nearest.
pub(super) fn agreement(pattern: &Pattern, actual: Option<&Value>) -> usize {
    match (&pattern.kind, actual) {
        (Kind::Object { fields, .. }, Some(Value::Object(object))) => {
            1 + fields.iter().map(|(name, field)| agreement(field, object.get(name))).sum::<usize>()
        }
        (Kind::List(patterns), Some(Value::Array(items))) => {
            1 + patterns.iter().zip(items).map(|(one, item)| agreement(one, Some(item))).sum::<usize>()
        }
        _ => usize::from(agrees(pattern, actual)),
    }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
    }
}

fn equal(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(a), Value::Number(b)) => equal_numbers(a, b),
        _ => expected == actual,
    }
}

/// `1` and `1.0` are one number. Whole numbers are compared as such, since a float cannot hold all of them.
fn equal_numbers(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}
