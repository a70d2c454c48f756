//! Push rules (client-server API, "Push Rules"), stored as deviations from the server's defaults: most users have none.

use std::collections::BTreeMap;

use ruma_common::{
    UserId as RumaUserId,
    push::{Action, Ruleset},
};
use serde_json::{Value, json};

use super::{Position, State};
use crate::ids::UserId;

/// A user's push rules, as they differ from the server's.
#[derive(Default)]
pub(crate) struct PushRules {
    /// The rules that the user made.
    pub(crate) own: Ruleset,
    /// The server's rules that the user changed, by kind and rule id.
    pub(crate) changed: BTreeMap<(String, String), Change>,
    /// When they were last changed; 0 when never.
    pub(crate) position: Position,
}

/// What a user changed of a rule of the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) enabled: Option<bool>,
    pub(crate) actions: Option<Vec<Action>>,
}

impl PushRules {
    /// All rules that apply to a user, in the order in which they are tried.
    pub(crate) fn all(&self, user: &UserId) -> Ruleset {
        let defaults = RumaUserId::parse(user.as_str())
            .map_or_else(|_| Ruleset::new(), |user| Ruleset::server_default(&user));
        let mut all = self.own.clone();
        all.update_with_server_default(defaults);
        for ((kind, rule_id), change) in &self.changed {
            // A rule that the library no longer has by default is gone for everyone: nothing to change.
            if let Some(enabled) = change.enabled {
                let _ = all.set_enabled(kind.as_str().into(), rule_id, enabled);
            }
            if let Some(actions) = &change.actions {
                let _ = all.set_actions(kind.as_str().into(), rule_id, actions.clone());
            }
        }
        all
    }
}

impl State {
    /// The content of the `m.push_rules` account data event.
    pub(crate) fn push_rules_content(&self, user: &UserId) -> Value {
        json!({ "global": self.user(user).push_rules.all(user) })
    }
}
