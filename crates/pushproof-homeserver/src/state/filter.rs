//! Filters of what a client is told (client-server API, "Filtering"). Left out: `event_fields` and `event_format`, which
//! change how events look; and so that no member is missed, lazily loaded members are told again with every sync that
//! needs them, whatever `include_redundant_members` says.

use serde_json::{Map, Value};

use super::{Caller, Event, room::Room};
use crate::{error::MatrixError, fields::Fields};

/// So many events of a room are told at once, where the filter does not say otherwise.
const TIMELINE: usize = 20;
/// A filter may ask for so many at most.
const LONGEST_TIMELINE: usize = 1000;

/// What a client wants to be told by a sync. The empty filter wants everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) account_data: EventFilter,
    pub(crate) presence: EventFilter,
    pub(crate) rooms: Choice,
    /// Whether rooms that the user left are told by an initial sync.
    pub(crate) left_rooms: LeftRooms,
    pub(crate) timeline: EventFilter,
    pub(crate) state: EventFilter,
    pub(crate) ephemeral: EventFilter,
    pub(crate) room_account_data: EventFilter,
}

/// Whether rooms that the user left are told by an initial sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LeftRooms {
    #[default]
    Excluded,
    Included,
}

/// Which events of one kind a client wants.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    limit: Option<usize>,
    types: Choice,
    senders: Choice,
    rooms: Choice,
    contains_url: Option<bool>,
    /// Which member events go with the state of a room.
    pub(crate) members: Members,
}

/// Which member events go with the state of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Members {
    #[default]
    All,
    /// Those of the senders that are told, and the client's own.
    Lazy,
}

/// A list of what is wanted, and one of what is not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    wanted: Option<Vec<String>>,
    unwanted: Vec<String>,
}

impl Choice {
    fn read(fields: &Map<String, Value>, wanted: &str, unwanted: &str) -> Result<Self, MatrixError> {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let wanted = fields.value(wanted).map(|_| fields.texts(wanted)).transpose()?;
        Ok(Self { wanted: wanted.map(owned), unwanted: owned(fields.texts(unwanted)?) })
    }

    /// Whether a name is wanted; `same` tells whether a name of the filter means it.
    fn wants_as(&self, name: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        let among = |names: &[String]| names.iter().any(|pattern| same(pattern, name));
        self.wanted.as_deref().is_none_or(among) && !among(&self.unwanted)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wants_as(name, |pattern, name| pattern == name)
    }
}

/// Whether an event type fits a pattern, in which `*` is any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(end)
}

impl EventFilter {
    /// The filter that a request carries; 400 when it is none.
    pub(crate) fn read(fields: &Map<String, Value>) -> Result<Self, MatrixError> {
        let limit = fields.value("limit").map(|limit| {
            let limit = limit.as_u64().ok_or_else(|| MatrixError::bad_json("`limit` must be a number"))?;
            Ok(usize::try_from(limit).unwrap_or(LONGEST_TIMELINE).clamp(1, LONGEST_TIMELINE))
        });
        let lazy = fields.truth("lazy_load_members")?.unwrap_or(false);
        fields.truth("include_redundant_members")?;
        Ok(Self {
            limit: limit.transpose()?,
            types: Choice::read(fields, "types", "not_types")?,
            senders: Choice::read(fields, "senders", "not_senders")?,
            rooms: Choice::read(fields, "rooms", "not_rooms")?,
            contains_url: fields.truth("contains_url")?,
            members: if lazy { Members::Lazy } else { Members::All },
        })
    }

    fn part(of: Option<&Map<String, Value>>, name: &str) -> Result<Self, MatrixError> {
        let fields = match of {
            Some(of) => of.object(name)?,
            None => None,
        };
        fields.map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// How many events of a room are told at once.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(TIMELINE)
    }

    /// Whether anything of a room is wanted.
    pub(crate) fn wants_room(&self, room: &str) -> bool {
        self.rooms.wants(room)
    }

    /// Whether an event of this type, outside of a timeline, is wanted.
    pub(crate) fn wants_type(&self, event_type: &str) -> bool {
        self.types.wants_as(event_type, fits)
    }

    /// Whether something that a user did, outside of a timeline, is wanted.
    pub(crate) fn wants_sender(&self, sender: &str) -> bool {
        self.senders.wants(sender)
    }

    /// Whether an event of a room is wanted.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        let has_url = event.content_text("url").is_some();
        self.wants_type(&event.event_type)
            && self.senders.wants(event.sender.as_str())
            && self.rooms.wants(event.room.as_str())
            && self.contains_url.is_none_or(|wanted| wanted == has_url)
    }
}

impl Filter {
    /// The filter that a request carries; 400 when it is none.
    pub(crate) fn read(fields: &Map<String, Value>) -> Result<Self, MatrixError> {
        let room = fields.object("room")?;
        let empty = Map::new();
        let of_room = room.unwrap_or(&empty);
        let left = of_room.truth("include_leave")?.unwrap_or(false);
        fields.texts("event_fields")?;
        fields.text("event_format")?;
        Ok(Self {
            account_data: EventFilter::part(Some(fields), "account_data")?,
            presence: EventFilter::part(Some(fields), "presence")?,
            rooms: Choice::read(of_room, "rooms", "not_rooms")?,
            left_rooms: if left { LeftRooms::Included } else { LeftRooms::Excluded },
            timeline: EventFilter::part(room, "timeline")?,
            state: EventFilter::part(room, "state")?,
            ephemeral: EventFilter::part(room, "ephemeral")?,
            room_account_data: EventFilter::part(room, "account_data")?,
        })
    }
}

/// The member events of those who sent these events, as a lazily loading client needs them beside it.
pub(crate) fn senders<'a>(
    room: &'a Room,
    events: impl IntoIterator<Item = &'a std::sync::Arc<Event>>,
) -> Vec<&'a std::sync::Arc<Event>> {
    let senders: std::collections::BTreeSet<_> = events.into_iter().map(|event| &event.sender).collect();
    senders.into_iter().filter_map(|sender| room.member(sender)).collect()
}

/// Shows events as `/messages` and the like do.
pub(crate) fn shown<'a>(
    events: impl IntoIterator<Item = &'a std::sync::Arc<Event>>,
    caller: &Caller,
) -> Vec<Value> {
    events.into_iter().map(|event| event.shown(caller)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("m.room.message", "m.room.message", true)]
    #[case("m.room.message", "m.room.messages", false)]
    #[case("m.room.*", "m.room.message", true)]
    #[case("*", "", true)]
    #[case("*.message", "m.room.message", true)]
    #[case("m.*.message", "m.room.message", true)]
    #[case("m.*.*.message", "m.room.message", false)]
    #[case("aba*aba", "aba", false)]
    fn types_fit_patterns(#[case] pattern: &str, #[case] name: &str, #[case] expected: bool) {
        assert_eq!(fits(pattern, name), expected);
    }

    #[test]
    fn what_is_wanted_is_listed_and_not_excluded() {
        let fields = json!({ "types": ["m.*"], "not_types": ["m.call.*"] });
        let filter = EventFilter::read(fields.as_object().unwrap()).unwrap();
        let wanted = ["m.room.name", "m.call.invite", "x"].map(|name| filter.wants_type(name));
        assert_eq!(wanted, [true, false, false]);
    }
}
