//! What a driver declares of its client, and what belongs together.

use pushproof_vocabulary::driver::{Initialized, Kind};

use super::Finding;

/// What is wrong with a declaration, if anything is.
#[must_use]
pub(crate) fn wrong_declaration(declared: &Initialized) -> Option<Finding> {
    let capabilities = declared.capabilities;
    let wrong = if declared.dialects.is_empty() {
        "no dialect"
    } else if capabilities.pusherless && !declared.kinds.contains(&Kind::Message) {
        "`pusherless` without the kind `message`, which every such client tells of"
    } else if capabilities.pusherless && declared.effects.is_empty() {
        "`pusherless` without any effect: nothing could be seen of its notifications"
    } else {
        return None;
    };
    Some(Finding::Declares(wrong.to_owned()))
}
