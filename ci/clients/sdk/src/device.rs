//! A logged-in device, and what it was told.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use matrix_sdk::{
    Client, Room, RoomState,
    config::SyncSettings,
    ruma::{
        OwnedEventId, OwnedRoomId, RoomId, UserId,
        events::{
            Mentions,
            receipt::SyncReceiptEvent,
            room::{
                member::MembershipState,
                message::{OriginalSyncRoomMessageEvent, RoomMessageEventContent},
            },
        },
    },
};

/// How long anything may take.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Whatever is not as it must be.
pub type Off = Box<dyn std::error::Error>;

/// Ends the session unless something is so.
pub fn must(holds: bool, what: &str) -> Result<(), Off> {
    if !holds {
        return Err(what.into());
    }
    println!("  {what}");
    Ok(())
}

/// Waits for what the client learns by itself while it syncs.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, found: impl Fn() -> F) -> Result<T, Off> {
    let begun = Instant::now();
    loop {
        if let Some(found) = found().await {
            println!("  {what}");
            return Ok(found);
        }
        if begun.elapsed() > TIMEOUT {
            return Err(format!("{what}: not within {} s", TIMEOUT.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A message as it was received: its room, its id, its text.
pub type Message = (OwnedRoomId, OwnedEventId, String);

pub struct Device {
    pub client: Client,
    messages: Arc<Mutex<Vec<Message>>>,
    receipts: Arc<Mutex<Vec<OwnedEventId>>>,
}

impl Device {
    /// Logs in, syncs, and goes on syncing.
    pub async fn log_in(homeserver: &str, name: &str, device: &str) -> Result<Self, Off> {
        let client = Client::builder().homeserver_url(homeserver).build().await?;
        let login = client.matrix_auth().login_username(name, &password(name)).device_id(device);
        login.initial_device_display_name(&format!("{name}'s {device}")).send().await?;
        let (messages, receipts) = <(Arc<Mutex<Vec<Message>>>, Arc<Mutex<Vec<OwnedEventId>>>)>::default();
        let kept = Arc::clone(&messages);
        client.add_event_handler(move |event: OriginalSyncRoomMessageEvent, room: Room| {
            let message = (room.room_id().to_owned(), event.event_id, event.content.body().to_owned());
            kept.lock().expect("no holder panics").push(message);
            async {}
        });
        let kept = Arc::clone(&receipts);
        client.add_event_handler(move |event: SyncReceiptEvent| {
            kept.lock().expect("no holder panics").extend(event.content.0.into_keys());
            async {}
        });
        client.sync_once(SyncSettings::default()).await?;
        let syncing = client.clone();
        // It ends with the login.
        tokio::spawn(async move { syncing.sync(SyncSettings::default()).await });
        Ok(Self { client, messages, receipts })
    }

    pub fn room(&self, room: &RoomId) -> Result<Room, Off> {
        self.client.get_room(room).ok_or_else(|| format!("{room} is unknown").into())
    }

    pub async fn say(&self, room: &RoomId, text: &str) -> Result<OwnedEventId, Off> {
        self.send(room, RoomMessageEventContent::text_plain(text)).await
    }

    /// Says something that mentions somebody.
    pub async fn tell(&self, room: &RoomId, whom: &UserId, text: &str) -> Result<OwnedEventId, Off> {
        let mentions = Mentions::with_user_ids([whom.to_owned()]);
        self.send(room, RoomMessageEventContent::text_plain(text).add_mentions(mentions)).await
    }

    async fn send(&self, room: &RoomId, message: RoomMessageEventContent) -> Result<OwnedEventId, Off> {
        Ok(self.room(room)?.send(message).await?.response.event_id)
    }

    /// Waits for a message of this text; its id.
    pub async fn hears(&self, what: &str, room: &RoomId, text: &str) -> Result<OwnedEventId, Off> {
        until(what, async || {
            let messages = self.messages.lock().expect("no holder panics");
            messages.iter().find(|(of, _, said)| of == room && said == text).map(|(_, id, _)| id.clone())
        })
        .await
    }

    /// Waits until the device is in a room in this way.
    pub async fn is_in(&self, what: &str, room: &RoomId, state: RoomState) -> Result<(), Off> {
        until(what, async || (self.client.get_room(room)?.state() == state).then_some(())).await
    }

    /// Waits until the own membership of a room is this; the state of a room does not tell bans.
    pub async fn is_member(&self, what: &str, room: &RoomId, wanted: MembershipState) -> Result<(), Off> {
        until(what, async || {
            let me = self.client.get_room(room)?.get_member_no_sync(self.client.user_id()?).await.ok()??;
            (*me.membership() == wanted).then_some(())
        })
        .await
    }

    /// Waits for a receipt for an event.
    pub async fn sees_read(&self, what: &str, event: &OwnedEventId) -> Result<(), Off> {
        until(what, async || self.receipts.lock().expect("no holder panics").contains(event).then_some(()))
            .await
    }

    /// Waits until the homeserver counts so many unread messages, and so many that are highlighted.
    pub async fn counts(&self, what: &str, room: &RoomId, wanted: (u64, u64)) -> Result<(), Off> {
        until(what, async || {
            let counts = self.client.get_room(room)?.unread_notification_counts();
            ((counts.notification_count, counts.highlight_count) == wanted).then_some(())
        })
        .await
    }
}

/// Everybody's password.
pub fn password(name: &str) -> String {
    format!("{name}'s password")
}
