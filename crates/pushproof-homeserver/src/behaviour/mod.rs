//! How the reference homeserver behaves wherever it could behave wrongly: one value, [`Behaviour`], with a field for
//! each decision. The default of every field is the healthy one. A [defect](crate::Defect) is a named change of this
//! value; nothing else in the crate knows of defects.

mod answers;
mod base;
mod delivery;
mod listing;
mod removal;
mod restart;
mod setting;
mod settings_event;

pub use answers::{Answers, DeviceIds, Identifiers, Limits, Pace, SpareFields, Wire};
pub use base::{Base, Gateways, Lacks, PathUsers, Pushkeys, Syncs};
pub use delivery::{
    Backlog, CountsWhileDisabled, Delivery, EventsWhileDisabled, Notified, OnDisabling, Repeats, Tallies,
    Walk, Wrapping,
};
pub use listing::{
    EmailLinkShown, Freshness, LinkShown, Listing, Names, StateForm, StateShown, Whose, WithoutToken,
};
pub use removal::{
    EmailPushersOnRemoval, OnRemoval, PasswordChangeAlone, Prune, PruneScope, PushersOnRemoval, Removal,
    Returning,
};
pub use restart::{Migration, OverRestart, Restart};
pub use setting::{
    AskedState, BadState, Burst, Deletion, Enabling, Heeding, LinkAfterRemote, LinkOnSet, NamesTaken,
    OmittedOnCreate, OmittedOnUpdate, Reach, RefusalCode, RemoteSet, Setting, StateRequired, TokenlessSet,
};
pub use settings_event::{Order, OthersAccess, Readers, SettingsEvents, SyncedIn, Written};

/// Every decision of the homeserver that a defect or a variation can change. The default is a healthy server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// What `POST /pushers/set` does.
    pub setting: Setting,
    /// What `GET /pushers` shows.
    pub listing: Listing,
    /// What is sent to push gateways and by mail.
    pub delivery: Delivery,
    /// What the removal of a device takes along.
    pub removal: Removal,
    /// What a restart and an upgrade make of pushers.
    pub restart: Restart,
    /// What happens to settings events while their device exists.
    pub settings_events: SettingsEvents,
    /// How answers look and how long they take.
    pub answers: Answers,
    /// How it keeps to the specification where the proposal says nothing.
    pub base: Base,
}
