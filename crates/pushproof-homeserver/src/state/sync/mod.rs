//! `GET /sync` (client-server API, "Syncing"): what happened for a user since a position in the one order of events.

mod account_data;
mod rooms;

use serde_json::{Value, json};

use super::{Caller, Filter, Position, State};
use crate::error::MatrixError;

/// Which part of everything a sync tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// All that is current.
    Beginning,
    /// What happened after this position.
    Position(Position),
}

/// What a client asks a sync for.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) since: Since,
    pub(crate) state: StateWish,
    pub(crate) filter: Filter,
}

/// Which state of a room a sync tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateWish {
    /// What changed before the timeline begins.
    Changed,
    /// All of it.
    Full,
}

impl Since {
    /// After which position things are new.
    pub(super) fn position(self) -> Position {
        match self {
            Self::Beginning => 0,
            Self::Position(position) => position,
        }
    }
}

/// The text of a position, as clients hand it back.
pub(crate) fn token(position: Position) -> String {
    format!("s{position}")
}

/// The position that a token of this server means.
pub(crate) fn position_of(token: &str) -> Result<Position, MatrixError> {
    token
        .strip_prefix('s')
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| MatrixError::invalid_param("no token of this server"))
}

/// What a sync found.
pub(crate) struct Synced {
    /// The answer.
    pub(crate) answer: Value,
    /// Whether there is something in it beside the token.
    pub(crate) news: News,
}

/// Whether a sync has something to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    Some,
    None,
}

impl State {
    /// What happened for the caller. A wait for more is up to who asks.
    pub(crate) fn sync(&mut self, caller: &Caller, wish: &Wish) -> Synced {
        // Taken first: what this sync itself puts off comes after it.
        let next_batch = token(self.position());
        let rooms = self.sync_rooms(caller, wish);
        let account_data = self.sync_account_data(caller, wish, rooms.events);
        let presence = self.sync_presence(caller, wish.since, &wish.filter.presence);
        let to_device = self.sync_to_device(caller, wish.since);
        let changed = self.sync_device_lists(caller, wish.since);

        let news = if wish.since == Since::Beginning
            || !rooms.is_empty()
            || !account_data.is_empty()
            || !presence.is_empty()
            || !to_device.is_empty()
            || !changed.is_empty()
        {
            News::Some
        } else {
            News::None
        };
        let key_counts = self.one_time_key_counts(caller);
        let answer = json!({
            "next_batch": next_batch,
            "account_data": { "events": account_data },
            "presence": { "events": presence },
            "rooms": rooms.shown(),
            "to_device": { "events": to_device },
            "device_lists": { "changed": changed, "left": [] },
            "device_one_time_keys_count": key_counts,
            "device_unused_fallback_key_types": [],
        });
        Synced { answer, news }
    }
}
