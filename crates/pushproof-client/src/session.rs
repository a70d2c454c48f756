//! A started client: it syncs until it is stopped.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pushproof_vocabulary::driver::{ListedDevices, Notified, Settle, Start, WireNames};
use serde_json::{Map, Value};
use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    api::{Api, ApiError, POLL},
    behaviour::{Behaviour, Forgetting, Keeping, Malformed, Order, Taking, Toggling},
    model::{Model, Store},
    rules,
    settings::{PAUSE, Standing},
};

/// The exit code of a client that is defective and crashes.
const EXIT_CODE: i32 = 101;

/// A client that was started.
pub(crate) struct Session {
    pub(crate) api: Api,
    pub(crate) names: WireNames,
    pub(crate) user_id: String,
    pub(crate) device_id: String,
    pub(crate) behaviour: Behaviour,
    /// Whether the store was there already.
    pub(crate) is_restart: bool,
    /// The devices as they were first listed.
    pub(crate) listed: Mutex<Option<ListedDevices>>,
    /// The pushers as they were when the client was started, if it keeps them.
    pub(crate) pushers_at_start: Mutex<Option<Vec<Value>>>,
    store: Store,
    known: Mutex<Model>,
    /// What the settings said when the first sync was done.
    at_start: Mutex<Option<Standing>>,
    /// What they said to the rooms of the latest answer.
    latest: Mutex<Option<Standing>>,
    notified: Mutex<Vec<Notified>>,
    /// Changes when something was processed, or the client is stopped: whether it goes on.
    progress: watch::Sender<Phase>,
}

/// Whether a client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Stopped,
}

/// The tasks of a client; dropping them stops it.
pub(crate) struct Running {
    pub(crate) session: Arc<Session>,
    _tasks: JoinSet<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.session.progress.send_replace(Phase::Stopped);
    }
}

/// Syncing cannot go on.
enum End {
    /// The access token is no longer good, or a defect ends it.
    Over,
}

impl Running {
    /// Starts the client: its first sync is done when this returns, and it goes on by itself.
    pub(crate) async fn start(start: Start, behaviour: Behaviour) -> Result<Self, String> {
        let store = Store::new(&start.store);
        let known = store.load();
        let session = Arc::new(Session {
            api: Api::new(&start.homeserver, &start.access_token)?,
            names: start.dialect,
            user_id: start.user_id,
            device_id: start.device_id,
            behaviour,
            is_restart: known.since.is_some(),
            listed: Mutex::default(),
            pushers_at_start: Mutex::default(),
            store,
            known: Mutex::new(known),
            at_start: Mutex::new(None),
            latest: Mutex::new(None),
            notified: Mutex::default(),
            progress: watch::Sender::new(Phase::Running),
        });
        let answer =
            session.poll(Duration::ZERO).await.map_err(|error| format!("the first sync failed: {error}"))?;
        if behaviour.toggling == Toggling::AsAtStart {
            *lock(&session.pushers_at_start) = session.pushers().await.ok();
        }
        let mut tasks = JoinSet::new();
        let goes_on = session.take(&answer);
        *lock(&session.at_start) = Some(session.standing(&session.known()));
        tasks.spawn({
            let session = Arc::clone(&session);
            async move { session.ensure_all_settings().await }
        });
        if goes_on.is_ok() {
            let session = Arc::clone(&session);
            tasks.spawn(async move { session.go_on().await });
        }
        Ok(Self { session, _tasks: tasks })
    }
}

impl Session {
    /// What the client knows.
    pub(crate) fn known(&self) -> MutexGuard<'_, Model> {
        lock(&self.known)
    }

    /// Adds a notification.
    pub(crate) fn add(&self, notified: Notified) {
        lock(&self.notified).push(notified);
    }

    /// The notifications, of one room or of all.
    pub(crate) fn notifications(&self, room_id: Option<&str>) -> Vec<Notified> {
        let all = lock(&self.notified);
        all.iter().filter(|one| room_id.is_none_or(|room| one.room_id == room)).cloned().collect()
    }

    /// Waits until the event was processed.
    pub(crate) async fn settle(&self, settle: &Settle) -> Result<(), String> {
        let is_processed = || {
            let known = self.known();
            match &settle.event_id {
                Some(event_id) => known.events.contains(event_id),
                None => known.invites.contains(&settle.room_id),
            }
        };
        let mut progress = self.progress.subscribe();
        let settled = progress.wait_for(|phase| *phase == Phase::Stopped || is_processed());
        match timeout(Duration::from_millis(settle.deadline_ms), settled).await {
            Ok(_) if is_processed() => Ok(()),
            Ok(_) => Err("the client was stopped".to_owned()),
            Err(_) => Err(format!("not processed within {} ms", settle.deadline_ms)),
        }
    }

    async fn go_on(self: Arc<Self>) {
        loop {
            match self.poll(POLL).await {
                Ok(answer) => {
                    if self.take(&answer).is_err() {
                        return;
                    }
                }
                Err(error) if error.is(401) => {
                    self.forget(Forgetting::AtExpiry);
                    return;
                }
                Err(_) => {
                    self.forget(Forgetting::AtLoss);
                    self.write_over(Keeping::ResumedAfterLoss).await;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Forgets the settings event, if this makes the client do so.
    fn forget(&self, why: Forgetting) {
        if self.behaviour.forgetting == why {
            let mut known = self.known();
            known.account_data.remove(&self.settings_type(&self.device_id));
            let _ = self.store.save(&known);
        }
    }

    async fn poll(&self, wait: Duration) -> Result<Value, ApiError> {
        let wait = wait.as_millis().to_string();
        let since = self.known().since.clone();
        let mut query = vec![("timeout", wait.as_str())];
        query.extend(since.as_deref().map(|since| ("since", since)));
        self.api.get(&["sync"], &query).await
    }

    /// Takes in a sync answer: settings, then rooms, each event with what there is to tell of it.
    fn take(self: &Arc<Self>, answer: &Value) -> Result<(), End> {
        let mut known = self.known().clone();
        let before = self.standing(&known);
        let mut malformed = self.take_account_data(&mut known, answer);
        let standing = self.in_force(before, self.standing(&known));
        *lock(&self.latest) = Some(standing);
        // What was there before the client began is history, of which nobody is told.
        let tells = known.since.is_some();
        malformed |= self.take_joined(&mut known, answer, tells.then_some(standing));
        self.take_invites(&mut known, answer, tells.then_some(standing));
        known.since = answer["next_batch"].as_str().map(str::to_owned).or(known.since);
        // Without a store a restart begins anew; the client of today goes on.
        let _ = self.store.save(&known);
        *self.known() = known;
        self.progress.send_if_modified(|_| true);
        match (malformed, self.behaviour.malformed) {
            (true, Malformed::EndProcess) => std::process::exit(EXIT_CODE),
            (true, _) => Err(End::Over),
            (false, _) => Ok(()),
        }
    }

    /// What the settings say to the rooms of an answer that changes them.
    fn in_force(&self, before: Standing, after: Standing) -> Standing {
        let at_start = *lock(&self.at_start);
        match (self.behaviour.taking, at_start) {
            (Taking::AtStart, Some(at_start)) => return at_start,
            (Taking::ResumedAtStart, Some(_)) if *lock(&self.latest) == Some(Standing::Paused) => {
                return Standing::Paused;
            }
            _ => {}
        }
        match self.behaviour.order {
            Order::RoomsFirst => before,
            Order::ResumingLast if before == Standing::Paused => before,
            Order::SettingsFirst | Order::ResumingLast => after,
        }
    }

    /// Takes in account data. Gives whether a defect stops at what is malformed.
    fn take_account_data(&self, known: &mut Model, answer: &Value) -> bool {
        let mut stops = false;
        for event in answer["account_data"]["events"].as_array().into_iter().flatten() {
            match (event["type"].as_str(), event["content"].as_object()) {
                (Some(event_type), Some(content)) => {
                    known.account_data.insert(event_type.to_owned(), content.clone());
                }
                _ => stops |= self.behaviour.malformed != Malformed::PassedOver,
            }
        }
        stops
    }

    fn take_joined(self: &Arc<Self>, known: &mut Model, answer: &Value, standing: Option<Standing>) -> bool {
        let mut stops = false;
        for (room_id, room) in entries(&answer["rooms"]["join"]) {
            for event in room["state"]["events"].as_array().into_iter().flatten() {
                known.member(room_id, event);
            }
            for event in room["timeline"]["events"].as_array().into_iter().flatten() {
                known.member(room_id, event);
                if !event["content"].is_object() {
                    stops |=
                        matches!(self.behaviour.malformed, Malformed::EndSyncing | Malformed::EndProcess);
                }
                let Some(event_id) = event["event_id"].as_str() else { continue };
                let is_new = known.events.insert(event_id.to_owned());
                if let Some(standing) = standing.filter(|_| is_new && event["sender"] != self.user_id) {
                    let actions = self.actions(known, room_id, event);
                    self.tell(room_id, Some(event_id), &actions, standing);
                }
            }
        }
        for (room_id, _) in entries(&answer["rooms"]["leave"]) {
            known.rooms.remove(room_id);
            known.invites.remove(room_id);
        }
        stops
    }

    fn take_invites(self: &Arc<Self>, known: &mut Model, answer: &Value, standing: Option<Standing>) {
        for (room_id, room) in entries(&answer["rooms"]["invite"]) {
            let is_new = known.invites.insert(room_id.clone());
            let events = room["invite_state"]["events"].as_array().into_iter().flatten();
            let own = events
                .rev()
                .find(|event| event["type"] == "m.room.member" && event["state_key"] == self.user_id);
            if let (Some(standing), Some(event), true) = (standing, own, is_new) {
                let actions = self.actions(known, room_id, event);
                self.tell(room_id, None, &actions, standing);
            }
        }
    }

    fn actions(&self, known: &Model, room_id: &str, event: &Value) -> Vec<Value> {
        let none = std::collections::BTreeMap::new();
        let members = known.rooms.get(room_id).unwrap_or(&none);
        let context = rules::Context { room_id, user_id: &self.user_id, members };
        let rules = known.account_data.get("m.push_rules").cloned().unwrap_or_default();
        rules::actions(&Value::Object(rules), event, &context)
    }
}

impl Model {
    /// Remembers who is in a room, if the event tells that.
    fn member(&mut self, room_id: &str, event: &Value) {
        let (Some("m.room.member"), Some(user)) = (event["type"].as_str(), event["state_key"].as_str())
        else {
            return;
        };
        let members = self.rooms.entry(room_id.to_owned()).or_default();
        if event["content"]["membership"] == "join" {
            members.insert(user.to_owned(), event["content"]["displayname"].as_str().map(str::to_owned));
        } else {
            members.remove(user);
        }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
