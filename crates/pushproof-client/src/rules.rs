//! Push rules (client-server API, "Push Rules"): a plain evaluation of those that the homeserver gives. The reference
//! homeserver evaluates with a library; were the client to do so with the same one, both would share its mistakes.

use std::collections::BTreeMap;

use serde_json::Value;

/// The kinds of rules, in the order in which they are tried.
const KINDS: [&str; 5] = ["override", "content", "room", "sender", "underride"];

/// What a rule is evaluated against.
pub(crate) struct Context<'a> {
    /// The room.
    pub(crate) room_id: &'a str,
    /// The user.
    pub(crate) user_id: &'a str,
    /// The members of the room with their display names.
    pub(crate) members: &'a BTreeMap<String, Option<String>>,
}

/// The actions of the first rule that applies to an event; none if no rule does.
pub(crate) fn actions(rules: &Value, event: &Value, context: &Context<'_>) -> Vec<Value> {
    let all = KINDS.iter().flat_map(|kind| {
        rules["global"][kind].as_array().into_iter().flatten().map(move |rule| (*kind, rule))
    });
    let mut applying =
        all.filter(|(kind, rule)| rule["enabled"] != false && applies(kind, rule, event, context));
    applying.next().and_then(|(_, rule)| rule["actions"].as_array().cloned()).unwrap_or_default()
}

fn applies(kind: &str, rule: &Value, event: &Value, context: &Context<'_>) -> bool {
    let id = rule["rule_id"].as_str().unwrap_or_default();
    match kind {
        "content" => {
            let pattern = rule["pattern"].as_str().unwrap_or_default();
            event["content"]["body"].as_str().is_some_and(|body| has_word(body, pattern))
        }
        "room" => id == context.room_id,
        "sender" => event["sender"] == id,
        _ => {
            let conditions = rule["conditions"].as_array();
            conditions.into_iter().flatten().all(|condition| holds(condition, event, context))
        }
    }
}

/// Whether a condition holds; one that is unknown does not.
fn holds(condition: &Value, event: &Value, context: &Context<'_>) -> bool {
    let found = || condition["key"].as_str().and_then(|key| at(event, key));
    match condition["kind"].as_str().unwrap_or_default() {
        "event_match" => {
            let pattern = condition["pattern"].as_str().unwrap_or_default();
            let text = match condition["key"].as_str() {
                Some("room_id") => Some(context.room_id),
                Some(_) => found().and_then(Value::as_str),
                None => None,
            };
            let in_body = condition["key"] == "content.body";
            text.is_some_and(|text| if in_body { has_word(text, pattern) } else { fits(pattern, text) })
        }
        "event_property_is" => found() == Some(&condition["value"]),
        "event_property_contains" => {
            found().and_then(Value::as_array).is_some_and(|items| items.contains(&condition["value"]))
        }
        "contains_display_name" => {
            let name = context.members.get(context.user_id).cloned().flatten();
            let name = name.unwrap_or_else(|| {
                let local = context.user_id.trim_start_matches('@').split(':').next();
                local.unwrap_or_default().to_owned()
            });
            event["content"]["body"].as_str().is_some_and(|body| has_word(body, &name))
        }
        "room_member_count" => {
            count_fits(condition["is"].as_str().unwrap_or_default(), context.members.len())
        }
        _ => false,
    }
}

/// The value at a key such as `content.body`; a dot within a name is escaped by a backslash.
fn at<'a>(event: &'a Value, key: &str) -> Option<&'a Value> {
    let mut names = vec![String::new()];
    let mut characters = key.chars();
    while let Some(character) = characters.next() {
        match (character, names.last_mut()) {
            ('.', _) => names.push(String::new()),
            ('\\', Some(name)) => name.extend(characters.next()),
            (character, Some(name)) => name.push(character),
            (_, None) => {}
        }
    }
    names.iter().try_fold(event, |value, name| value.get(name))
}

fn count_fits(is: &str, count: usize) -> bool {
    let digits = is.find(|c: char| c.is_ascii_digit()).unwrap_or(is.len());
    let (operator, number) = is.split_at(digits);
    let Ok(number) = number.parse::<usize>() else { return false };
    match operator {
        "" | "==" => count == number,
        "<" => count < number,
        ">" => count > number,
        "<=" => count <= number,
        ">=" => count >= number,
        _ => false,
    }
}

/// Whether the whole text fits a pattern in which `*` stands for any text and `?` for one character, in any case.
fn fits(pattern: &str, text: &str) -> bool {
    fn go(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=text.len()).any(|skipped| go(rest, &text[skipped..])),
            (Some(('?', rest)), Some((_, others))) => go(rest, others),
            (Some((wanted, rest)), Some((found, others))) if wanted == found => go(rest, others),
            _ => false,
        }
    }
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    go(&lower(pattern), &lower(text))
}

/// Whether a pattern fits some part of a text that begins and ends at the edge of a word.
fn has_word(text: &str, pattern: &str) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let edges: Vec<usize> = (0..=text.len())
        .filter(|at| {
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            !(is_word(before) && is_word(text.get(*at)))
        })
        .collect();
    edges.iter().enumerate().any(|(index, from)| {
        edges[index..].iter().any(|to| fits(pattern, &text[*from..*to].iter().collect::<String>()))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn context(members: &BTreeMap<String, Option<String>>) -> Context<'_> {
        Context { room_id: "!r:x", user_id: "@ann:x", members }
    }

    #[rstest]
    #[case::body(json!({"kind": "event_match", "key": "content.body", "pattern": "cake"}), true)]
    #[case::word(json!({"kind": "event_match", "key": "content.body", "pattern": "cak"}), false)]
    #[case::glob(json!({"kind": "event_match", "key": "type", "pattern": "m.room.*"}), true)]
    #[case::room(json!({"kind": "event_match", "key": "room_id", "pattern": "!r:x"}), true)]
    #[case::name(json!({"kind": "contains_display_name"}), true)]
    #[case::mention(json!({"kind": "event_property_contains", "key": "content.m\\.mentions.user_ids", "value": "@ann:x"}), true)]
    #[case::property(json!({"kind": "event_property_is", "key": "content.m\\.mentions.room", "value": true}), false)]
    #[case::two(json!({"kind": "room_member_count", "is": "2"}), true)]
    #[case::more(json!({"kind": "room_member_count", "is": ">2"}), false)]
    #[case::unknown(json!({"kind": "phase_of_the_moon"}), false)]
    fn conditions(#[case] condition: Value, #[case] expected: bool) {
        let members =
            BTreeMap::from([("@ann:x".to_owned(), Some("Ann".to_owned())), ("@bob:x".to_owned(), None)]);
        let event = json!({
            "type": "m.room.message",
            "content": { "body": "Cake for Ann!", "m.mentions": { "user_ids": ["@ann:x"] } },
        });
        assert_eq!(holds(&condition, &event, &context(&members)), expected);
    }

    #[test]
    fn the_first_rule_that_applies_decides() {
        let members = BTreeMap::new();
        let rule = |id: &str, enabled: bool, actions: Value| json!({ "rule_id": id, "enabled": enabled, "conditions": [], "actions": actions });
        let rules = json!({ "global": {
            "underride": [rule("c", true, json!(["notify"]))],
            "override": [rule("a", false, json!(["notify"])), rule("b", true, json!([]))],
        }});
        assert_eq!(actions(&rules, &json!({}), &context(&members)), Vec::<Value>::new());
    }
}
