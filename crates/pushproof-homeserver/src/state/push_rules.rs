//! Push rules (client-server API, "Push Rules"), stored as deviations from the server's defaults: most users have none.

use std::collections::BTreeMap;

use http::StatusCode;
use ruma_common::{
    UserId as RumaUserId,
    push::{
        Action, AnyPushRuleRef, NewConditionalPushRule, NewPatternedPushRule, NewPushRule, NewSimplePushRule,
        RuleKind, Ruleset,
    },
};
use serde_json::{Map, Value, json};

use super::{Caller, Position, State};
use crate::{behaviour::Tallies, error::MatrixError, fields::Fields, ids::UserId};

/// A user's push rules, as they differ from the server's.
#[derive(Default)]
pub(crate) struct PushRules {
    /// The rules that the user made.
    own: Ruleset,
    /// The server's rules that the user changed.
    changed: BTreeMap<RuleAddress, Change>,
    /// When they were last changed; 0 when never.
    pub(crate) position: Position,
}

/// What a user changed of a rule of the server.
#[derive(Clone, Debug, Default)]
struct Change {
    enabled: Option<bool>,
    actions: Option<Vec<Action>>,
}

/// Which push rule is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleAddress {
    kind: String,
    rule_id: String,
}

impl RuleAddress {
    /// 400 for a scope or a kind that there is not.
    pub(crate) fn new(scope: &str, kind: &str, rule_id: &str) -> Result<Self, MatrixError> {
        if scope != "global" {
            return Err(MatrixError::invalid_param("the only scope is `global`"));
        }
        if !["override", "underride", "sender", "room", "content"].contains(&kind) {
            return Err(MatrixError::invalid_param(format!("there are no rules of kind `{kind}`")));
        }
        Ok(Self { kind: kind.to_owned(), rule_id: rule_id.to_owned() })
    }

    fn kind(&self) -> RuleKind {
        self.kind.as_str().into()
    }
}

impl PushRules {
    /// All rules that apply to a user, in the order in which they are tried.
    pub(crate) fn all(&self, user: &UserId) -> Ruleset {
        let defaults = RumaUserId::parse(user.as_str())
            .map_or_else(|_| Ruleset::new(), |user| Ruleset::server_default(&user));
        let mut all = self.own.clone();
        all.update_with_server_default(defaults);
        for (address, change) in &self.changed {
            // Err for a rule that is no longer a default of the library: then there is nothing to change.
            if let Some(enabled) = change.enabled {
                let _ = all.set_enabled(address.kind(), &address.rule_id, enabled);
            }
            if let Some(actions) = &change.actions {
                let _ = all.set_actions(address.kind(), &address.rule_id, actions.clone());
            }
        }
        all
    }
}

impl State {
    /// The content of the `m.push_rules` account data event.
    pub(crate) fn push_rules_content(&self, user: &UserId) -> Value {
        let mut all = self.user(user).push_rules.all(user);
        if self.behaviour.delivery.tallies == Tallies::ShownAsMuted && self.has_silent_pusher(user) {
            // Err for a rule that is no longer a default of the library: then there is nothing to change.
            let _ = all.set_enabled(RuleKind::Override, ".m.rule.master", true);
        }
        json!({ "global": all })
    }

    /// One rule, as JSON. 404 when there is none.
    pub(crate) fn push_rule(&self, user: &UserId, address: &RuleAddress) -> Result<Value, MatrixError> {
        let mut all = json!(self.user(user).push_rules.all(user));
        let rules = all.get_mut(&address.kind).and_then(Value::as_array_mut);
        let rule = rules.into_iter().flatten().find(|rule| rule["rule_id"] == *address.rule_id);
        rule.map(Value::take).ok_or_else(no_such_rule)
    }

    /// Makes or replaces a rule of the user's own.
    pub(crate) fn put_push_rule(
        &mut self,
        caller: &Caller,
        address: &RuleAddress,
        body: &Map<String, Value>,
        after: Option<&str>,
        before: Option<&str>,
    ) -> Result<(), MatrixError> {
        let rule = new_rule(address, body)?;
        if [after, before].contains(&Some(&address.rule_id)) {
            return Err(MatrixError::invalid_param("a rule cannot stand next to itself"));
        }
        let mut all = self.user(&caller.user).push_rules.all(&caller.user);
        // The library moves a rule that is there already past the end of the list: it must go first.
        let enabled = all.get(address.kind(), &address.rule_id).is_none_or(AnyPushRuleRef::enabled);
        let _ = all.remove(address.kind(), &address.rule_id);
        all.insert(rule, after, before).map_err(|error| MatrixError::invalid_param(error.to_string()))?;
        let _ = all.set_enabled(address.kind(), &address.rule_id, enabled);
        self.keep_own_rules(caller, all);
        Ok(())
    }

    /// Removes a rule of the user's own. 400 for one of the server's, 404 when there is none.
    pub(crate) fn delete_push_rule(
        &mut self,
        caller: &Caller,
        address: &RuleAddress,
    ) -> Result<(), MatrixError> {
        let mut all = self.user(&caller.user).push_rules.all(&caller.user);
        if all.get(address.kind(), &address.rule_id).is_none() {
            return Err(no_such_rule());
        }
        all.remove(address.kind(), &address.rule_id)
            .map_err(|error| MatrixError::invalid_param(error.to_string()))?;
        self.keep_own_rules(caller, all);
        Ok(())
    }

    /// Switches a rule on or off.
    pub(crate) fn enable_push_rule(
        &mut self,
        caller: &Caller,
        address: &RuleAddress,
        enabled: bool,
    ) -> Result<(), MatrixError> {
        self.change_push_rule(
            caller,
            address,
            |all| all.set_enabled(address.kind(), &address.rule_id, enabled),
            |change| {
                change.enabled = Some(enabled);
            },
        )
    }

    /// Changes what a rule does.
    pub(crate) fn set_push_rule_actions(
        &mut self,
        caller: &Caller,
        address: &RuleAddress,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let actions = read_actions(body)?;
        self.change_push_rule(
            caller,
            address,
            |all| all.set_actions(address.kind(), &address.rule_id, actions.clone()),
            |change| change.actions = Some(actions.clone()),
        )
    }

    fn change_push_rule<E>(
        &mut self,
        caller: &Caller,
        address: &RuleAddress,
        in_all: impl Fn(&mut Ruleset) -> Result<(), E>,
        in_change: impl Fn(&mut Change),
    ) -> Result<(), MatrixError> {
        let mut all = self.user(&caller.user).push_rules.all(&caller.user);
        let rule = all.get(address.kind(), &address.rule_id).ok_or_else(no_such_rule)?;
        if rule.is_server_default() {
            let rules = &mut self.user_mut(&caller.user).push_rules;
            in_change(rules.changed.entry(address.clone()).or_default());
            self.push_rules_changed(caller);
        } else {
            in_all(&mut all).map_err(|_| no_such_rule())?;
            self.keep_own_rules(caller, all);
        }
        Ok(())
    }

    /// Keeps of all rules those that are the user's own.
    fn keep_own_rules(&mut self, caller: &Caller, mut all: Ruleset) {
        all.override_.retain(|rule| !rule.default);
        all.underride.retain(|rule| !rule.default);
        all.content.retain(|rule| !rule.default);
        all.sender.retain(|rule| !rule.default);
        all.room.retain(|rule| !rule.default);
        self.user_mut(&caller.user).push_rules.own = all;
        self.push_rules_changed(caller);
    }

    fn push_rules_changed(&mut self, caller: &Caller) {
        let position = self.advance();
        let user = self.user_mut(&caller.user);
        user.push_rules.position = position;
        user.wake();
    }
}

fn no_such_rule() -> MatrixError {
    MatrixError::new(StatusCode::NOT_FOUND, "M_NOT_FOUND", "no such push rule")
}

fn read_actions(body: &Map<String, Value>) -> Result<Vec<Action>, MatrixError> {
    let actions = body.list("actions")?.ok_or_else(|| MatrixError::missing_param("actions"))?;
    serde_json::from_value(Value::Array(actions.clone()))
        .map_err(|error| MatrixError::bad_json(format!("`actions`: {error}")))
}

fn new_rule(address: &RuleAddress, body: &Map<String, Value>) -> Result<NewPushRule, MatrixError> {
    let actions = read_actions(body)?;
    let rule_id = address.rule_id.clone();
    let conditional = || {
        let conditions = body.list("conditions")?.cloned().unwrap_or_default();
        let conditions = serde_json::from_value(Value::Array(conditions))
            .map_err(|error| MatrixError::bad_json(format!("`conditions`: {error}")))?;
        Ok::<_, MatrixError>(NewConditionalPushRule::new(rule_id.clone(), conditions, actions.clone()))
    };
    Ok(match address.kind() {
        RuleKind::Override => NewPushRule::Override(conditional()?),
        RuleKind::Content => {
            let pattern = body.required_text("pattern")?.to_owned();
            NewPushRule::Content(NewPatternedPushRule::new(rule_id, pattern, actions))
        }
        RuleKind::Room => NewPushRule::Room(NewSimplePushRule::new(parsed(&rule_id)?, actions)),
        RuleKind::Sender => NewPushRule::Sender(NewSimplePushRule::new(parsed(&rule_id)?, actions)),
        _ => NewPushRule::Underride(conditional()?),
    })
}

/// A rule id that must be a room or user id.
fn parsed<T: for<'a> TryFrom<&'a str>>(rule_id: &str) -> Result<T, MatrixError> {
    T::try_from(rule_id).map_err(|_| MatrixError::invalid_param("the rule id is no id of its kind"))
}
