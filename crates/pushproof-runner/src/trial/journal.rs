//! What the reference homeserver saw of a client.

use std::sync::Mutex;

use percent_encoding::percent_decode_str;
use pushproof_vocabulary::control::{Control, Happening, Journal, JournalEntry, Refusal};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{http, inspection::Inspect, outcome::Missed};

/// The inspection port of a reference homeserver.
#[derive(Debug)]
pub(crate) struct Inspection {
    client: reqwest::Client,
    port: Inspect,
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    entries: Vec<JournalEntry>,
    next: u64,
}

/// The journal as far as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Journalled(Vec<JournalEntry>);

/// Account data that a device wrote.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// The type.
    pub event_type: String,
    /// The content.
    pub content: Value,
}

/// The query parameter by which the suite's own writes are told from those of a client with the same token.
pub(super) const MARK: &str = "org.pushproof.suite";

/// A settings event was written.
#[derive(Clone, Debug)]
pub(super) struct SettingsWrite<'a> {
    /// The number of the entry.
    pub seq: u64,
    /// The type.
    pub event_type: String,
    /// The device that it is for.
    pub of_device: String,
    /// The content.
    pub content: &'a Value,
    /// The mark that the request carried.
    pub mark: Option<String>,
}

/// A pusher was set.
#[derive(Clone, Debug)]
pub(super) struct PusherSet<'a> {
    /// The number of the entry.
    pub seq: u64,
    /// The request.
    pub body: &'a Value,
    /// The mark that the request carried.
    pub mark: Option<String>,
}

impl Inspection {
    pub(crate) fn new(port: Inspect) -> Self {
        Self { client: http::local(), port, read: Mutex::default() }
    }

    /// Has the homeserver do something.
    pub(crate) async fn control(&self, control: &Control) -> Result<(), Missed> {
        let request = self.port.control(&self.client, control).map_err(Missed::error)?;
        self.send::<Value>(request).await.map(drop)
    }

    /// Everything that it saw until now.
    pub(crate) async fn journal(&self) -> Result<Journalled, Missed> {
        loop {
            let since = self.read.lock().expect("no holder of this lock panics").next;
            let journal: Journal = self.get(&format!("/journal?since={since}")).await?;
            if journal.dropped > 0 {
                return Err(Missed::error("the journal of the reference homeserver has lost entries"));
            }
            let mut read = self.read.lock().expect("no holder of this lock panics");
            let is_end = journal.entries.is_empty();
            // Two steps that are done at once may have read the same.
            let known = read.next;
            read.entries.extend(journal.entries.into_iter().filter(|entry| entry.seq >= known));
            read.next = read.next.max(journal.next);
            if is_end {
                return Ok(Journalled(read.entries.clone()));
            }
        }
    }

    /// Whether a device has taken in all that there is.
    pub(crate) async fn is_up_to_date(&self, user_id: &str, device_id: &str) -> Result<bool, Missed> {
        let mut url = Url::parse("x:/synced").map_err(|error| Missed::error(error.to_string()))?;
        url.query_pairs_mut().extend_pairs([("user_id", user_id), ("device_id", device_id)]);
        let answer: Value = self.get(&format!("/synced?{}", url.query().unwrap_or_default())).await?;
        Ok(answer["synced"] == true)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Missed> {
        let request = self.port.read(&self.client, path).map_err(|error| Missed::error(error.to_string()))?;
        self.send(request).await
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, Missed> {
        let failed = |error: String| Missed::error(format!("the inspection port does not answer: {error}"));
        let response = request.send().await.map_err(|error| failed(error.to_string()))?;
        let refused = !response.status().is_success();
        let body = response.bytes().await.map_err(|error| failed(error.to_string()))?;
        if refused {
            let Refusal { error } =
                serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
            return Err(Missed::error(format!("the reference homeserver refuses: {error}")));
        }
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))
    }
}

impl Journalled {
    /// The number that the next entry will have.
    pub(crate) fn end(&self) -> u64 {
        self.0.last().map_or(0, |entry| entry.seq + 1)
    }

    /// The `/sync` answers that a device got whole, oldest first, each with the number of its entry.
    pub(crate) fn syncs<'a>(&'a self, device_id: &'a str) -> impl Iterator<Item = (u64, &'a Value)> {
        self.0.iter().filter_map(move |entry| match &entry.what {
            Happening::Request { path, device_id: Some(by), status: 200, answer, cut_off: false, .. }
                if by == device_id && path.ends_with("/sync") =>
            {
                Some((entry.seq, answer))
            }
            _ => None,
        })
    }

    /// Whether a device asked for more after it had got the answer with this number: what was in it has arrived.
    pub(crate) fn went_on(&self, device_id: &str, answer: u64) -> bool {
        let reached: Vec<&str> = self
            .syncs(device_id)
            .filter(|(seq, _)| *seq >= answer)
            .filter_map(|(_, answer)| answer["next_batch"].as_str())
            .collect();
        self.0.iter().filter(|entry| entry.seq > answer).any(|entry| match &entry.what {
            Happening::SyncBegun { device_id: by, since: Some(since), .. } => {
                by == device_id && reached.contains(&since.as_str())
            }
            _ => false,
        })
    }

    /// The settings events that anybody wrote, oldest first. What was refused is left out.
    pub(super) fn settings_writes<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = SettingsWrite<'a>> {
        self.writes("PUT").filter_map(move |(seq, path, body, mark)| {
            let event_type = account_data_type(path)?;
            let of_device = event_type.strip_prefix(prefix)?.to_owned();
            Some(SettingsWrite { seq, of_device, event_type, content: body, mark })
        })
    }

    /// What anybody last wrote into account data of this type.
    pub(crate) fn latest_account_data(&self, event_type: &str) -> Option<&Value> {
        let of_type = self
            .writes("PUT")
            .filter(|(_, path, ..)| account_data_type(path).is_some_and(|written| written == event_type));
        of_type.last().map(|(_, _, content, _)| content)
    }

    /// The sets of pushers by anybody, oldest first. What was refused is left out.
    pub(super) fn pusher_sets(&self) -> impl Iterator<Item = PusherSet<'_>> {
        self.writes("POST")
            .filter(|(_, path, ..)| path.ends_with("/pushers/set"))
            .map(|(seq, _, body, mark)| PusherSet { seq, body, mark })
    }

    /// The requests with a method that succeeded: number, path, body, and the mark that they carried.
    fn writes<'a>(
        &'a self,
        with: &'a str,
    ) -> impl Iterator<Item = (u64, &'a str, &'a Value, Option<String>)> {
        self.0.iter().filter_map(move |entry| match &entry.what {
            Happening::Request { method, path, query, body, status: 200..300, .. } if method == with => {
                let query = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
                let mark = query.into_iter().find(|(key, _)| key == MARK).map(|(_, mark)| mark.into_owned());
                Some((entry.seq, path.as_str(), body, mark))
            }
            _ => None,
        })
    }

    /// Whether any of these devices was told, between two entries, what account data of a type says: by a `/sync` answer,
    /// or by reading it.
    pub(super) fn told_of_account_data(
        &self,
        devices: &[String],
        event_type: &str,
        from: u64,
        to: u64,
    ) -> bool {
        let entries = self.0.iter().filter(|entry| (from..to).contains(&entry.seq));
        entries.into_iter().any(|entry| match &entry.what {
            Happening::Request {
                method,
                path,
                device_id: Some(by),
                status: 200,
                answer,
                cut_off: false,
                ..
            } if devices.contains(by) => {
                let told = answer["account_data"]["events"].as_array().into_iter().flatten();
                let read = method == "GET" && account_data_type(path).as_deref() == Some(event_type);
                read || path.ends_with("/sync") && told.into_iter().any(|told| told["type"] == event_type)
            }
            _ => false,
        })
    }

    /// Whether any `/sync` answer told a device of an event in a room, or of the room if there is no event.
    pub(crate) fn carried(&self, device_id: &str, room_id: &str, event_id: Option<&str>) -> bool {
        self.syncs(device_id).any(|(_, answer)| {
            let rooms = &answer["rooms"];
            let of_room = |part: &str| rooms[part].get(room_id);
            let is_event = |event: &Value| event["event_id"].as_str() == event_id;
            match (event_id, of_room("join").or_else(|| of_room("leave"))) {
                (Some(_), Some(room)) => {
                    room["timeline"]["events"].as_array().into_iter().flatten().any(is_event)
                }
                (None, Some(_)) => true,
                // An invite is told of without the event's id, and so with any.
                (_, None) => of_room("invite").is_some(),
            }
        })
    }

    /// Whether the homeserver holds back what a device wrote from an entry on.
    pub(crate) fn holds_a_write(&self, device_id: &str, from: u64) -> bool {
        let held =
            self.0.iter().filter(|entry| entry.seq >= from).rev().find_map(|entry| match &entry.what {
                Happening::WriteHeld { device_id: by, path, .. } if by == device_id => {
                    Some((entry.seq, path))
                }
                _ => None,
            });
        held.is_some_and(|(seq, path)| {
            !self.requests(device_id, seq, "PUT").any(|(released, _)| released == path.as_str())
        })
    }

    /// Whether a device was told that its access token is no good.
    pub(crate) fn was_turned_away(&self, device_id: &str) -> bool {
        self.0.iter().any(|entry| match &entry.what {
            Happening::Request { device_id: Some(by), status: 401, .. } => by == device_id,
            _ => false,
        })
    }

    /// The account data that a device wrote from an entry on, oldest first. What was refused is left out.
    pub(crate) fn written<'a>(&'a self, device_id: &'a str, from: u64) -> impl Iterator<Item = Written> + 'a {
        self.requests(device_id, from, "PUT").filter_map(|(path, body)| {
            Some(Written { event_type: account_data_type(path)?, content: body.clone() })
        })
    }

    fn requests<'a>(
        &'a self,
        by_device: &'a str,
        from: u64,
        with: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.0.iter().filter(move |entry| entry.seq >= from).filter_map(move |entry| match &entry.what {
            Happening::Request { method, path, device_id: Some(by), body, status: 200..300, .. }
                if by == by_device && method == with =>
            {
                Some((path.as_str(), body))
            }
            _ => None,
        })
    }
}

/// The type of the account data that a path names.
fn account_data_type(path: &str) -> Option<String> {
    let (_, event_type) = path.split_once("/account_data/")?;
    Some(percent_decode_str(event_type).decode_utf8_lossy().into_owned())
}
