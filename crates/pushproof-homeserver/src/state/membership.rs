//! Rooms coming to be, and users coming and going (client-server API, "Rooms").

use serde_json::{Map, Value, json};

use super::{Caller, Listing, State, room::Membership, timeline::Draft};
use crate::{
    error::MatrixError,
    fields::Fields,
    ids::{RoomId, UserId},
};

/// The version of every room here.
const ROOM_VERSION: &str = "10";

/// What a preset decides.
struct Preset {
    join_rule: &'static str,
    /// Whether those who are invited get the creator's power.
    trusted: bool,
}

impl Preset {
    fn named(name: Option<&str>, visibility: Option<&str>) -> Result<Self, MatrixError> {
        match (name, visibility) {
            (Some("public_chat"), _) | (None, Some("public")) => {
                Ok(Self { join_rule: "public", trusted: false })
            }
            (Some("trusted_private_chat"), _) => Ok(Self { join_rule: "invite", trusted: true }),
            (Some("private_chat") | None, _) => Ok(Self { join_rule: "invite", trusted: false }),
            (Some(other), _) => Err(MatrixError::invalid_param(format!("no preset is named `{other}`"))),
        }
    }
}

/// How a user is made to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removal<'a> {
    pub(crate) user: &'a str,
    /// What needs the power: `kick` or `ban`.
    pub(crate) action: &'static str,
    pub(crate) to: Membership,
    pub(crate) reason: Option<&'a str>,
}

impl State {
    /// `POST /createRoom`. Everything is read before anything is made.
    pub(crate) fn create_room(
        &mut self,
        caller: &Caller,
        body: &Map<String, Value>,
    ) -> Result<RoomId, MatrixError> {
        let preset = Preset::named(body.text("preset")?, body.text("visibility")?)?;
        let invited = self.invitees(caller, body)?;
        let listing = Listing::named(body.text("visibility")?.unwrap_or("private"))?;
        let is_direct = body.truth("is_direct")?.unwrap_or(false);
        let initial_state = initial_state(body)?;
        let alias = body.text("room_alias_name")?.map(|name| format!("#{name}:{}", self.server_name));
        if alias.as_ref().is_some_and(|alias| self.aliases.contains_key(alias)) {
            let error = "the alias is taken";
            return Err(MatrixError::new(http::StatusCode::BAD_REQUEST, "M_ROOM_IN_USE", error));
        }
        let mut create = body.object("creation_content")?.cloned().unwrap_or_default();
        create.insert("creator".into(), json!(caller.user));
        create.insert("room_version".into(), ROOM_VERSION.into());
        let levels = power_levels(caller, &preset, &invited, body)?;
        let texts = [("m.room.name", "name"), ("m.room.topic", "topic")];
        let named: Vec<Draft> = texts
            .into_iter()
            .filter_map(|(event_type, field)| match body.text(field) {
                Ok(text) => text.map(|text| Ok(Draft::state(event_type, "", json!({ (field): text })))),
                Err(error) => Some(Err(error)),
            })
            .collect::<Result<_, _>>()?;

        initial_state.iter().chain(&named).try_for_each(Draft::must_fit)?;
        let room = RoomId::from(format!("!{}:{}", self.opaque(18), self.server_name));
        self.rooms.entry(room.clone()).or_default().listing = listing;
        self.append(&room, &caller.user, Draft::state("m.room.create", "", Value::Object(create)));
        self.change_membership(&room, &caller.user, &caller.user, Membership::Join, None);
        let mut drafts = vec![
            Draft::state("m.room.power_levels", "", levels),
            Draft::state("m.room.join_rules", "", json!({ "join_rule": preset.join_rule })),
            Draft::state("m.room.history_visibility", "", json!({ "history_visibility": "shared" })),
            Draft::state("m.room.guest_access", "", json!({ "guest_access": "forbidden" })),
        ];
        if let Some(alias) = alias {
            drafts.push(Draft::state("m.room.canonical_alias", "", json!({ "alias": alias })));
            self.aliases.insert(alias, room.clone());
        }
        drafts.extend(initial_state);
        drafts.extend(named);
        for draft in drafts {
            self.append(&room, &caller.user, draft);
        }
        for user in invited {
            let direct = is_direct.then(|| ("is_direct", Value::Bool(true)));
            self.change_membership(&room, &caller.user, &user, Membership::Invite, direct);
        }
        Ok(room)
    }

    fn invitees(&self, caller: &Caller, body: &Map<String, Value>) -> Result<Vec<UserId>, MatrixError> {
        let mut invited: Vec<UserId> = Vec::new();
        for name in body.texts("invite")? {
            let (user, _) = self.users.get_key_value(name).ok_or_else(|| no_such_user(name))?;
            if *user != caller.user && !invited.contains(user) {
                invited.push(user.clone());
            }
        }
        Ok(invited)
    }

    /// The room that an id or an alias means.
    pub(crate) fn room_named(&self, id_or_alias: &str) -> Result<RoomId, MatrixError> {
        let room =
            self.aliases.get(id_or_alias).or_else(|| self.rooms.get_key_value(id_or_alias).map(|(id, _)| id));
        room.cloned().ok_or_else(|| MatrixError::not_found("no such room"))
    }

    /// Joins a room that is open, or that the caller is invited to. Whoever is in already stays in.
    pub(crate) fn join(
        &mut self,
        caller: &Caller,
        id_or_alias: &str,
        reason: Option<&str>,
    ) -> Result<RoomId, MatrixError> {
        let id = self.room_named(id_or_alias)?;
        let room = self.rooms.get(&id).ok_or_else(|| MatrixError::not_found("no such room"))?;
        let open =
            room.state_event("m.room.join_rules", "").and_then(|event| event.content_text("join_rule"))
                == Some("public");
        match room.membership(&caller.user) {
            Some(Membership::Join) => return Ok(id),
            Some(Membership::Ban) => return Err(MatrixError::forbidden("banned from the room")),
            Some(Membership::Invite) => {}
            Some(Membership::Leave) | None if open => {}
            Some(Membership::Leave) | None => return Err(MatrixError::forbidden("not invited to the room")),
        }
        self.change_membership(&id, &caller.user, &caller.user, Membership::Join, because(reason));
        Ok(id)
    }

    /// Invites a user to a room.
    pub(crate) fn invite(
        &mut self,
        caller: &Caller,
        room: &str,
        user: &str,
        reason: Option<&str>,
    ) -> Result<(), MatrixError> {
        let (id, held) = self.room_of(&caller.user, room)?;
        let (user, _) = self.users.get_key_value(user).ok_or_else(|| no_such_user(user))?;
        if held.power_of(&caller.user) < held.power_to("invite") {
            return Err(MatrixError::forbidden("not enough power to invite"));
        }
        if matches!(held.membership(user), Some(Membership::Join | Membership::Ban)) {
            return Err(MatrixError::forbidden("the user is in the room or banned from it"));
        }
        let user = user.clone();
        self.change_membership(&id, &caller.user, &user, Membership::Invite, because(reason));
        Ok(())
    }

    /// Leaves a room, or declines its invite. Whoever has left already stays so.
    pub(crate) fn leave(
        &mut self,
        caller: &Caller,
        room: &str,
        reason: Option<&str>,
    ) -> Result<(), MatrixError> {
        let id = self.room_named(room)?;
        match self.rooms.get(&id).and_then(|room| room.membership(&caller.user)) {
            Some(Membership::Join | Membership::Invite) => {
                self.change_membership(&id, &caller.user, &caller.user, Membership::Leave, because(reason));
                Ok(())
            }
            Some(Membership::Leave) => Ok(()),
            Some(Membership::Ban) | None => Err(MatrixError::forbidden("not in that room")),
        }
    }

    /// Sees nothing more of a room that the caller has left.
    pub(crate) fn forget(&mut self, caller: &Caller, room: &str) -> Result<(), MatrixError> {
        let (id, held) = self.room_known_to(&caller.user, room)?;
        if held.membership(&caller.user) == Some(Membership::Join) {
            let error = "leave the room first";
            return Err(MatrixError::new(http::StatusCode::BAD_REQUEST, "M_UNKNOWN", error));
        }
        if let Some(ties) = self.user_mut(&caller.user).rooms.get_mut(&id) {
            ties.forgotten = true;
        }
        Ok(())
    }

    /// Kicks, bans or unbans a user.
    pub(crate) fn remove_member(
        &mut self,
        caller: &Caller,
        room: &str,
        removal: &Removal<'_>,
    ) -> Result<(), MatrixError> {
        let Removal { action, to, reason, .. } = *removal;
        let (id, held) = self.room_of(&caller.user, room)?;
        let user = UserId::from(removal.user);
        let power = held.power_of(&caller.user);
        if power < held.power_to(action) || power <= held.power_of(&user) {
            return Err(MatrixError::forbidden(format!("not enough power to {action}")));
        }
        if to == Membership::Leave && held.membership(&user).is_none() {
            return Err(MatrixError::forbidden("the user is not in the room"));
        }
        self.change_membership(&id, &caller.user, &user, to, because(reason));
        Ok(())
    }

    /// Adds the member event that makes `user` something to the room.
    fn change_membership(
        &mut self,
        room: &RoomId,
        sender: &UserId,
        user: &UserId,
        to: Membership,
        extra: Option<(&str, Value)>,
    ) {
        let mut content = Map::new();
        content.insert("membership".into(), to.as_str().into());
        if let (Some(account), Membership::Join | Membership::Invite) = (self.users.get(user), to) {
            if let Some(name) = &account.display_name {
                content.insert("displayname".into(), json!(name));
            }
            if let Some(avatar) = &account.avatar_url {
                content.insert("avatar_url".into(), json!(avatar));
            }
        }
        content.extend(extra.map(|(name, value)| (name.to_owned(), value)));
        self.append(room, sender, Draft::state("m.room.member", user.as_str(), Value::Object(content)));
        if let Some(ties) = self.users.get_mut(user).and_then(|account| account.rooms.get_mut(room))
            && matches!(to, Membership::Join | Membership::Invite)
        {
            ties.forgotten = false;
        }
    }

    /// Tells the rooms of a user how the user is called and looks now.
    pub(crate) fn announce_profile(&mut self, user: &UserId) {
        let rooms: Vec<RoomId> = self
            .user(user)
            .rooms
            .keys()
            .filter(|id| self.rooms.get(*id).and_then(|room| room.membership(user)) == Some(Membership::Join))
            .cloned()
            .collect();
        for room in rooms {
            self.change_membership(&room, user, user, Membership::Join, None);
        }
    }
}

/// What a member event says of why it is there.
fn because(reason: Option<&str>) -> Option<(&'static str, Value)> {
    reason.map(|reason| ("reason", reason.into()))
}

fn no_such_user(name: &str) -> MatrixError {
    MatrixError::not_found(format!("no such user: {name}"))
}

fn initial_state(body: &Map<String, Value>) -> Result<Vec<Draft>, MatrixError> {
    let events = body.list("initial_state")?.into_iter().flatten();
    events
        .map(|event| {
            let event =
                event.as_object().ok_or_else(|| MatrixError::bad_json("a state event is an object"))?;
            let content = Value::Object(event.required_object("content")?.clone());
            let state_key = event.text("state_key")?.unwrap_or_default();
            Ok(Draft::state(event.required_text("type")?, state_key, content))
        })
        .collect()
}

fn power_levels(
    caller: &Caller,
    preset: &Preset,
    invited: &[UserId],
    body: &Map<String, Value>,
) -> Result<Value, MatrixError> {
    let mut users = Map::new();
    users.insert(caller.user.to_string(), 100.into());
    if preset.trusted {
        users.extend(invited.iter().map(|user| (user.to_string(), 100.into())));
    }
    let mut levels = json!({
        "ban": 50, "events": { "m.room.encryption": 100, "m.room.power_levels": 100 }, "events_default": 0,
        "invite": 0, "kick": 50, "notifications": { "room": 50 }, "redact": 50, "state_default": 50,
        "users": users, "users_default": 0,
    });
    if let (Some(levels), Some(given)) =
        (levels.as_object_mut(), body.object("power_level_content_override")?)
    {
        levels.extend(given.clone());
    }
    Ok(levels)
}
