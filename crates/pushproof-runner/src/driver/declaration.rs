//! What a driver declares of its client: what belongs together, and that it is the same in every process.

use std::collections::BTreeSet;

use pushproof_vocabulary::driver::{Effects, Initialized, Kind, Lack, Method, code};

use super::Finding;

/// What is wrong with a declaration, if anything is.
#[must_use]
pub(crate) fn wrong_declaration(declared: &Initialized) -> Option<Finding> {
    let wrong = if declared.dialects.is_empty() {
        "no dialect".to_owned()
    } else if let Some(lack) = declared.lacks.iter().find_map(|lack| wrong_lack(lack, declared)) {
        lack
    } else if !declared.capabilities.pusherless {
        return None;
    } else if !declared.kinds.contains(&Kind::Message) {
        "`pusherless` without the kind `message`, of which every such client notifies".to_owned()
    } else if let Some(kind) = declared.kinds.iter().find(|kind| declared.effects.of(**kind).is_empty()) {
        match &declared.effects {
            Effects::OfAll(_) => {
                "`pusherless` without any effect: nothing could be seen of its notifications".to_owned()
            }
            Effects::ByKind(_) => format!("the kind `{}` without any effect", kind.name()),
        }
    } else {
        return None;
    };
    Some(Finding::Declares(wrong))
}

/// A lack that nothing can be judged with, or that fits no method.
fn wrong_lack(lack: &Lack, declared: &Initialized) -> Option<String> {
    let answers_always = match lack.method {
        Method::Initialize | Method::Start | Method::Stop => true,
        Method::Settle => declared.capabilities.pusherless,
        Method::Notifications | Method::ListPushers | Method::ListDevices | Method::SetPush => false,
    };
    if answers_always {
        return Some(format!("that it lacks `{}`, which every driver answers", lack.method.name()));
    }
    let of = lack.of.filter(|of| !of.fit(lack.method))?;
    Some(format!("that it lacks `{}` of {}, which it is never asked of", lack.method.name(), of.name()))
}

/// In what a declaration differs from that of another process of the same driver, if it does.
#[must_use]
pub(crate) fn declares_otherwise(first: &Initialized, now: &Initialized) -> Option<Finding> {
    let differs = [
        ("name", first.name != now.name),
        ("version", first.version != now.version),
        ("language", first.language != now.language),
        ("dialects", set(&first.dialects) != set(&now.dialects)),
        ("capabilities", first.capabilities != now.capabilities),
        ("effects", !same_effects(first, now)),
        ("kinds", set(&first.kinds) != set(&now.kinds)),
        ("lacks", set(&first.lacks) != set(&now.lacks)),
    ];
    let differs: Vec<&str> =
        differs.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect();
    (!differs.is_empty()).then(|| Finding::DeclaresOtherwise { what: differs.join(", ") })
}

fn same_effects(first: &Initialized, now: &Initialized) -> bool {
    let by_kind = [first.effects.are_by_kind(), now.effects.are_by_kind()];
    let same_of = |kind: &Kind| set(first.effects.of(*kind)) == set(now.effects.of(*kind));
    by_kind[0] == by_kind[1] && Kind::ALL.iter().all(same_of)
}

/// The order of a list says nothing.
fn set<T: Ord>(list: &[T]) -> BTreeSet<&T> {
    list.iter().collect()
}

/// What is wrong with an error that answers a valid request for something that was declared. `None` for the refusal of a
/// client, which counts as not done.
#[must_use]
pub(crate) fn wrong_error(method: &str, number: i64, message: &str) -> Option<Finding> {
    let (method, message) = (method.to_owned(), message.to_owned());
    match number {
        code::METHOD_NOT_FOUND => Some(Finding::Undeclared { method, message }),
        code::INVALID_PARAMS | code::INVALID_REQUEST | code::PARSE_ERROR => {
            Some(Finding::Misunderstands { method, code: number, message })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pushproof_vocabulary::driver::{Effect, Those};
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn declared(with: &Value) -> Initialized {
        let mut all = json!({
            "name": "one", "version": "1", "language": "sh", "dialects": ["*", "stable"],
            "capabilities": { "pusherless": true }, "effects": ["banner", "sound"], "kinds": ["message", "call"],
        });
        for (key, value) in with.as_object().expect("an object") {
            all[key] = value.clone();
        }
        serde_json::from_value(all).expect("a declaration")
    }

    #[rstest]
    #[case::all_at_once(json!({}), None)]
    #[case::by_kind(json!({ "effects": { "message": ["banner"], "call": ["sound"] } }), None)]
    #[case::a_kind_without(json!({ "effects": { "message": ["banner"] } }), Some("the kind `call` without any effect"))]
    #[case::without_effects(json!({ "effects": [] }), Some("without any effect"))]
    #[case::without_message(json!({ "kinds": ["call"] }), Some("without the kind `message`"))]
    #[case::without_dialect(json!({ "dialects": [] }), Some("no dialect"))]
    #[case::lacks_some(json!({ "lacks": [{ "method": "set_push", "of": "devices with neither", "why": "-" }] }), None)]
    #[case::sends_notify(json!({ "lacks": [{ "method": "notifications", "why": "it sends notify" }] }), None)]
    #[case::lacks_settle(
        json!({ "lacks": [{ "method": "settle", "why": "-" }] }),
        Some("that it lacks `settle`, which every driver answers")
    )]
    #[case::lacks_what_is_not_asked(
        json!({ "lacks": [{ "method": "list_pushers", "of": "pusherless devices", "why": "-" }] }),
        Some("that it lacks `list_pushers` of pusherless devices, which it is never asked of")
    )]
    fn what_belongs_together(#[case] with: Value, #[case] wrong: Option<&str>) {
        let found = wrong_declaration(&declared(&with)).map(|finding| finding.to_string());
        match wrong {
            None => assert_eq!(found, None),
            Some(wrong) => assert!(found.as_deref().unwrap_or_default().contains(wrong), "{found:?}"),
        }
    }

    #[rstest]
    #[case::the_same(json!({}), None)]
    #[case::another_order(json!({ "kinds": ["call", "message"], "effects": ["sound", "banner"] }), None)]
    #[case::fewer(json!({ "kinds": ["message"] }), Some("kinds"))]
    #[case::capable_of_more(json!({ "capabilities": { "toggle": true } }), Some("capabilities"))]
    #[case::lacking(json!({ "lacks": [{ "method": "set_push", "why": "-" }] }), Some("lacks"))]
    #[case::of_each_kind(json!({ "effects": { "message": ["banner", "sound"], "call": ["banner", "sound"] } }), Some("effects"))]
    fn every_process_declares_the_same(#[case] with: Value, #[case] what: Option<&str>) {
        let differs = declares_otherwise(&declared(&json!({})), &declared(&with));
        assert_eq!(differs, what.map(|what| Finding::DeclaresOtherwise { what: what.to_owned() }));
    }

    #[test]
    fn a_lack_says_of_what() {
        let lacks =
            json!({ "lacks": [{ "method": "list_devices", "of": "pusherless devices", "why": "-" }] });
        let declared = declared(&lacks);
        assert_eq!(declared.lacks[0].to_string(), "list_devices (of pusherless devices)");
        assert!(declared.lack(Method::ListDevices, Those::PusherlessDevices).is_some());
        assert!(declared.lack(Method::ListDevices, Those::DevicesWithNeither).is_none());
        assert!(declared.lack(Method::SetPush, Those::PusherlessDevices).is_none());
        assert_eq!(declared.effects.of(Kind::Call), [Effect::Banner, Effect::Sound]);
    }
}
