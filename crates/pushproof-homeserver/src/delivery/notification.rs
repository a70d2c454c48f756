//! The body of `POST /_matrix/push/v1/notify` (push gateway API).

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Push, Tidings};
use crate::{
    ids::{EventId, PusherKey, RoomId, UserId},
    state::Event,
};

/// One request to a gateway, ready to be sent.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The number of the notification in its lane.
    pub(crate) id: u64,
    /// Where it goes.
    pub(crate) url: String,
    /// Whose notification it is.
    pub(crate) user: UserId,
    /// What it tells.
    pub(crate) push: Push,
    /// The pushers that it names.
    pub(crate) devices: Vec<Device>,
}

/// One pusher, as a notification names it.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) key: PusherKey,
    /// When the push key was first set, in milliseconds since the epoch.
    pub(crate) since_ms: u64,
    /// The pusher's `data`.
    pub(crate) data: Map<String, Value>,
}

#[derive(Serialize)]
struct Body<'a> {
    notification: Notification<'a>,
}

#[derive(Default, Serialize)]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'a RoomId>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    event_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_is_target: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prio: Option<&'static str>,
    counts: Counts,
    devices: Vec<NamedDevice<'a>>,
}

#[derive(Default, Serialize)]
struct Counts {
    unread: u64,
}

#[derive(Serialize)]
struct NamedDevice<'a> {
    app_id: &'a str,
    pushkey: &'a str,
    /// Seconds since the epoch.
    pushkey_ts: u64,
    data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tweaks: Option<&'a Value>,
}

impl Delivery {
    /// The body of the request.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut notification = match &self.push.tidings {
            Tidings::Counts => Notification::default(),
            Tidings::Event { event, .. } if self.wants_ids_only() => Notification {
                event_id: Some(&event.id),
                room_id: Some(&event.room),
                ..Notification::default()
            },
            Tidings::Event { event, room_name, sender_name, .. } => Notification {
                event_id: Some(&event.id),
                room_id: Some(&event.room),
                event_type: Some(&event.event_type),
                sender: Some(&event.sender),
                sender_display_name: sender_name.as_deref(),
                room_name: room_name.as_deref(),
                user_is_target: self.user_is_target(event),
                content: Some(&event.content),
                prio: Some("high"),
                ..Notification::default()
            },
        };
        notification.counts = Counts { unread: self.push.unread };
        notification.devices = self.devices.iter().map(|device| self.named(device)).collect();
        serde_json::to_vec(&Body { notification }).expect("a notification has string keys only")
    }

    /// Whether the pushers asked for `event_id_only`. Those of one request share the gateway, and the first decides.
    fn wants_ids_only(&self) -> bool {
        let format = self.devices.first().and_then(|device| device.data.get("format"));
        format.and_then(Value::as_str) == Some("event_id_only")
    }

    fn user_is_target(&self, event: &Arc<Event>) -> Option<bool> {
        (event.event_type == "m.room.member").then(|| event.state_key.as_deref() == Some(self.user.as_str()))
    }

    fn named<'a>(&'a self, device: &'a Device) -> NamedDevice<'a> {
        let tweaks = match &self.push.tidings {
            Tidings::Event { tweaks, .. } => Some(&**tweaks),
            Tidings::Counts => None,
        };
        let data = device.data.iter().filter(|(name, _)| *name != "url");
        NamedDevice {
            app_id: &device.key.app_id,
            pushkey: &device.key.pushkey,
            pushkey_ts: device.since_ms / 1000,
            data: data.map(|(name, value)| (name.clone(), value.clone())).collect(),
            tweaks,
        }
    }
}
