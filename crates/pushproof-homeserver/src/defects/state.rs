//! Defects of a pusher's state.

use super::Defect;
use crate::behaviour::{
    AskedState, BadState, Deletion, OmittedOnCreate, OmittedOnUpdate, Reach, StateForm, StateRequired,
    StateShown,
};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "state-required",
        description: "a set without a state is refused",
        breaks: &["pusher.state.optional"],
        apply: |b| b.setting.state_required = StateRequired::Always,
    },
    Defect {
        name: "state-required-on-update",
        description: "a set without a state is refused once the pusher exists",
        breaks: &["pusher.state.optional"],
        apply: |b| b.setting.state_required = StateRequired::OnUpdate,
    },
    Defect {
        name: "created-disabled",
        description: "a pusher that is created without a state is disabled",
        breaks: &["pusher.state.default-on-create"],
        apply: |b| b.setting.omitted_on_create = OmittedOnCreate::Disabled,
    },
    Defect {
        name: "first-created-disabled",
        description: "a user's only pusher is disabled if it is created without a state",
        breaks: &["pusher.state.default-on-create"],
        apply: |b| b.setting.omitted_on_create = OmittedOnCreate::DisabledForFirst,
    },
    Defect {
        name: "update-keeps-state",
        description: "a set without a state leaves a pusher's state as it was",
        breaks: &["pusher.state.default-on-update"],
        apply: |b| b.setting.omitted_on_update = OmittedOnUpdate::Keep,
    },
    Defect {
        name: "unchanged-update-keeps-state",
        description: "a set without a state leaves a pusher's state as it was if it changes nothing else",
        breaks: &["pusher.state.default-on-update"],
        apply: |b| b.setting.omitted_on_update = OmittedOnUpdate::KeepWhenUnchanged,
    },
    Defect {
        name: "state-ignored-on-create",
        description: "the state that a pusher is created with is forgotten",
        breaks: &["pusher.state.round-trip"],
        apply: |b| b.setting.asked = AskedState::IgnoredOnCreate,
    },
    Defect {
        name: "enabling-ignored",
        description: "a set that enables a disabled pusher is answered like success, but leaves it disabled",
        breaks: &["pusher.state.round-trip"],
        apply: |b| b.setting.asked = AskedState::IgnoredWhenEnabling,
    },
    Defect {
        name: "state-as-text",
        description: "the state is listed as a string",
        breaks: &["pusher.state.round-trip", "pusher.state.default-on-create"],
        apply: |b| b.listing.state_form = StateForm::Text,
    },
    Defect {
        name: "state-listed-when-named",
        description: "the state is listed only if the latest set named one",
        // Pushers from before the proposal were never set with a state.
        breaks: &["pusher.state.always-returned", "pusher.migration"],
        apply: |b| b.listing.state_shown = StateShown::WhenSet,
    },
    Defect {
        name: "state-listed-when-disabled",
        description: "the state is listed only while the pusher is disabled",
        breaks: &["pusher.state.always-returned"],
        apply: |b| b.listing.state_shown = StateShown::WhenDisabled,
    },
    Defect {
        name: "bad-state-coerced",
        description: "a state that is no boolean is taken for one, as a scripting language would",
        breaks: &["pusher.state.bad-type"],
        apply: |b| b.setting.bad_state = BadState::Coerce,
    },
    Defect {
        name: "bad-state-half-done",
        description: "a state that is no boolean is refused, but the rest of the set is done",
        breaks: &["pusher.state.bad-type"],
        apply: |b| b.setting.bad_state = BadState::RefuseButApplyRest,
    },
    Defect {
        name: "null-state-fails",
        description: "a state of null is answered with status 500",
        breaks: &["pusher.state.bad-type"],
        apply: |b| b.setting.bad_state = BadState::FailOnNull,
    },
    Defect {
        name: "disabled-not-deleted",
        description: "a disabled pusher stays when it is deleted",
        breaks: &["pusher.state.deletion"],
        apply: |b| b.setting.deletion = Deletion::KeepsDisabled,
    },
    Defect {
        name: "deletion-remembers-state",
        description: "a pusher that is created again without a state gets that of the deleted one",
        breaks: &["pusher.state.deletion"],
        apply: |b| b.setting.deletion = Deletion::RemembersState,
    },
    Defect {
        name: "toggle-reaches-user",
        description: "a set changes the state of all pushers of the user",
        breaks: &["pusher.state.only-that-pusher"],
        apply: |b| b.setting.reach = Reach::SameUser,
    },
    Defect {
        name: "toggle-reaches-device",
        description: "a set changes the state of all pushers of the same device",
        breaks: &["pusher.state.only-that-pusher"],
        apply: |b| b.setting.reach = Reach::SameDevice,
    },
    Defect {
        name: "toggle-reaches-other-users",
        description: "a set changes the state of other users' pushers of the same app id and push key",
        breaks: &["pusher.state.only-that-pusher", "pusher.remote.other-user"],
        apply: |b| b.setting.reach = Reach::SameKeyOfOthers,
    },
];
