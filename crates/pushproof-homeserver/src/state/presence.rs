//! Who is there (client-server API, "Presence"): as users say it themselves. Nothing is concluded from what they do.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Caller, Position, State, filter::EventFilter, sync::Since};
use crate::{error::MatrixError, fields::Fields, ids::UserId};

/// What a user said of being there.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    /// `online`, `unavailable` or `offline`.
    state: String,
    status_msg: Option<String>,
    /// When it was said, in milliseconds since the epoch.
    at_ms: u64,
    /// When it was said, among everything that happened.
    position: Position,
}

impl Presence {
    fn content(&self, now_ms: u64) -> Map<String, Value> {
        let mut content = Map::new();
        content.insert("presence".into(), json!(self.state));
        content.insert("last_active_ago".into(), now_ms.saturating_sub(self.at_ms).into());
        if let Some(status) = &self.status_msg {
            content.insert("status_msg".into(), json!(status));
        }
        content.insert("currently_active".into(), (self.state == "online").into());
        content
    }
}

impl State {
    /// The caller says whether they are there. Those who share a room with them learn of it.
    pub(crate) fn set_presence(
        &mut self,
        caller: &Caller,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let presence = body.required_text("presence")?;
        if !["online", "unavailable", "offline"].contains(&presence) {
            return Err(MatrixError::invalid_param(format!("no presence is named `{presence}`")));
        }
        let status_msg = body.text("status_msg")?.map(str::to_owned);
        let said = Presence {
            state: presence.to_owned(),
            status_msg,
            at_ms: self.source.now_ms(),
            position: self.advance(),
        };
        self.presence_changed = said.position;
        self.user_mut(&caller.user).presence = Some(said);
        self.wake_those_who_share_a_room(&caller.user);
        Ok(())
    }

    /// What a user said of being there; who said nothing is offline. 404 when there is no such user.
    pub(crate) fn presence(&mut self, user: &str) -> Result<Map<String, Value>, MatrixError> {
        let now_ms = self.source.now_ms();
        let user = self.users.get(user).ok_or_else(|| MatrixError::not_found("no such user"))?;
        let offline = || Map::from_iter([("presence".to_owned(), json!("offline"))]);
        Ok(user.presence.as_ref().map_or_else(offline, |presence| presence.content(now_ms)))
    }

    /// What those who share a room with the caller said since.
    pub(super) fn sync_presence(
        &mut self,
        caller: &Caller,
        since: Since,
        filter: &EventFilter,
    ) -> Vec<Value> {
        if self.presence_changed <= since.position() || !filter.wants_type("m.presence") {
            return Vec::new();
        }
        let now_ms = self.source.now_ms();
        let users: BTreeSet<UserId> = self.sharing_a_room(&caller.user);
        let said = users.iter().filter(|user| filter.wants_sender(user.as_str())).filter_map(|user| {
            let presence = self.user(user).presence.as_ref()?;
            let content = presence.content(now_ms);
            (presence.position > since.position())
                .then(|| json!({ "type": "m.presence", "sender": user, "content": content }))
        });
        said.collect()
    }
}
