//! The verbs, one file a subject. A field that is left out has the default that its documentation names.

mod client;
mod device;
mod email;
mod event;
mod pusher;
mod reference;
mod request;
mod restart;
mod settings;

pub use client::{
    AwaitSync, ClientSetsPush, ExpectNoLinkSent, ExpectNoSettingsWritten, ExpectNotNotified, ExpectNotified,
    ExpectPusherToggled, ExpectSettingsWritten, ExpectShownDevice, ExpectShownPusher, ObserveNotified,
    ObserveSettingsWritten, ObserveShownDevice, ObserveShownPusher, Shown, StartClient, StopClient,
    WrittenSettings,
};
pub use device::{Entry, LogIn, RemovalPath, RemoveDevice, ShareRoom};
pub use email::BindEmail;
pub use event::{
    EventKind, ExpectPush, ExpectPushAsListed, ExpectSilence, ExpectUnread, Invite, ObservePush, Read, Send,
    Sentinel,
};
pub use pusher::{
    DeletePusher, ExpectNoPusher, ExpectPusher, LinkToFind, PusherKind, SetPusher, StateToFind, StateToSet,
    TogglePusher,
};
pub use reference::{
    CutSync, ExpectOneSync, ExpireToken, HoldSync, HoldWrites, Homeserver, PutNonsense, ReleaseSync,
    ReleaseWrites,
};
pub use request::{Expect, Method, Readings, Request, StatusPattern};
pub use restart::Restart;
pub use settings::{
    ExpectSettings, ExpectSettingsBeforeEvents, ExpectSync, SetSettings, SettingsToFind, SettingsToSet, Sync,
    SyncFrom,
};
