//! Aliases of rooms, and the list of public ones (client-server API, "Room Aliases", "Listing Rooms").

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Caller, State};
use crate::error::MatrixError;

/// Whether a room is in the list of public rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Listing {
    #[default]
    Private,
    Public,
}

impl Listing {
    /// 400 for a visibility that there is not.
    pub(crate) fn named(name: &str) -> Result<Self, MatrixError> {
        match name {
            "private" => Ok(Self::Private),
            "public" => Ok(Self::Public),
            other => Err(MatrixError::invalid_param(format!("no visibility is named `{other}`"))),
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

impl State {
    /// Gives a room that the caller is in one more alias. 409 when it is taken.
    pub(crate) fn put_alias(&mut self, caller: &Caller, alias: &str, room: &str) -> Result<(), MatrixError> {
        let local =
            alias.strip_prefix('#').and_then(|rest| rest.strip_suffix(&format!(":{}", self.server_name)));
        if local.is_none_or(str::is_empty) || alias.len() > 255 {
            let error = format!("an alias here is #name:{}, of 255 bytes at most", self.server_name);
            return Err(MatrixError::invalid_param(error));
        }
        let (room, _) = self.room_of(&caller.user, room)?;
        if self.aliases.contains_key(alias) {
            return Err(MatrixError::new(StatusCode::CONFLICT, "M_UNKNOWN", "the alias is taken"));
        }
        self.aliases.insert(alias.to_owned(), room);
        Ok(())
    }

    /// Removes an alias. 403 unless the caller may name the room.
    pub(crate) fn delete_alias(&mut self, caller: &Caller, alias: &str) -> Result<(), MatrixError> {
        let room = self.aliases.get(alias).ok_or_else(|| MatrixError::not_found("no such alias"))?;
        let may = self.rooms.get(room).is_some_and(|room| {
            room.power_of(&caller.user) >= room.power_to_send("m.room.canonical_alias", Some(""))
        });
        if !may {
            return Err(MatrixError::forbidden("not enough power in the room"));
        }
        self.aliases.remove(alias);
        Ok(())
    }

    /// Puts a room into the list of public rooms, or takes it out. 403 unless the caller may name the room.
    pub(crate) fn list_room(
        &mut self,
        caller: &Caller,
        room: &str,
        listing: Listing,
    ) -> Result<(), MatrixError> {
        let (id, room) = self.room_of(&caller.user, room)?;
        if room.power_of(&caller.user) < room.power_to_send("m.room.canonical_alias", Some("")) {
            return Err(MatrixError::forbidden("not enough power in the room"));
        }
        if let Some(room) = self.rooms.get_mut(&id) {
            room.listing = listing;
        }
        Ok(())
    }

    /// The public rooms whose name, topic or alias has this in it, in upper or lower case.
    pub(crate) fn public_rooms(&self, term: &str) -> Vec<Map<String, Value>> {
        let term = term.to_lowercase();
        let public = self.rooms.iter().filter(|(_, room)| room.listing == Listing::Public);
        public
            .map(|(id, room)| {
                let text = |event_type: &str, field: &str| {
                    room.state_event(event_type, "").and_then(|event| event.content_text(field))
                };
                let readable =
                    text("m.room.history_visibility", "history_visibility") == Some("world_readable");
                let texts = [
                    ("name", text("m.room.name", "name")),
                    ("topic", text("m.room.topic", "topic")),
                    ("canonical_alias", text("m.room.canonical_alias", "alias")),
                    ("avatar_url", text("m.room.avatar", "url")),
                    ("join_rule", text("m.room.join_rules", "join_rule")),
                ];
                let mut shown = Map::new();
                shown.insert("room_id".into(), json!(id));
                shown.insert("num_joined_members".into(), room.joined().count().into());
                shown.insert("world_readable".into(), readable.into());
                shown.insert(
                    "guest_can_join".into(),
                    (text("m.room.guest_access", "guest_access") == Some("can_join")).into(),
                );
                shown.extend(
                    texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))),
                );
                shown
            })
            .filter(|shown| {
                let searched =
                    ["name", "topic", "canonical_alias"].into_iter().filter_map(|name| shown.get(name));
                term.is_empty()
                    || searched.filter_map(Value::as_str).any(|text| text.to_lowercase().contains(&term))
            })
            .collect()
    }
}
