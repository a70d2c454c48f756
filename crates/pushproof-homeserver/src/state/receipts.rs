//! Read receipts, read markers and typing (client-server API, "Receipts", "Fully read markers", "Typing
//! Notifications").

use serde_json::json;

use super::{Caller, State, account_data::Scope, notify::Reading, room::Receipt};
use crate::{error::MatrixError, ids::UserId};

/// The kinds of read receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiptKind {
    /// All members see it.
    Public,
    /// Only the reader's own devices see it.
    Private,
}

impl ReceiptKind {
    /// The kind that a path or body names; 400 for one that there is not.
    pub(crate) fn named(name: &str) -> Result<Self, MatrixError> {
        match name {
            "m.read" => Ok(Self::Public),
            "m.read.private" => Ok(Self::Private),
            other => Err(MatrixError::invalid_param(format!("no receipts of type `{other}`"))),
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "m.read",
            Self::Private => "m.read.private",
        }
    }
}

impl State {
    /// The caller has read a room up to an event. Pushers are told the new counts when something was unread.
    pub(crate) fn receive_receipt(
        &mut self,
        caller: &Caller,
        room: &str,
        kind: ReceiptKind,
        event: &str,
    ) -> Result<(), MatrixError> {
        let (room_id, held) = self.room_of(&caller.user, room)?;
        // A receipt for an event that is not known here is no error: it may have come by another server.
        let Some(event) = held.event(event) else { return Ok(()) };
        let (event, read_up_to) = (event.id.clone(), event.position);
        let members: Vec<UserId> = held.joined().collect();
        let position = self.advance();
        let ts_ms = self.source.now_ms();
        if let Some(held) = self.rooms.get_mut(&room_id) {
            let key = (caller.user.clone(), kind.as_str().to_owned());
            held.receipts.insert(key, Receipt { event, ts_ms, position });
        }
        if self.read_up_to(&caller.user, &room_id, read_up_to) == Reading::Cleared {
            self.notify_counts(caller);
        }
        for member in members {
            self.user(&member).wake();
        }
        Ok(())
    }

    /// The caller has read everything in a room up to an event.
    pub(crate) fn move_fully_read(
        &mut self,
        caller: &Caller,
        room: &str,
        event: &str,
    ) -> Result<(), MatrixError> {
        let (room_id, _) = self.room_of(&caller.user, room)?;
        let content = json!({ "event_id": event });
        self.put_account_data(&caller.user, Scope::Room(room_id.as_str()), "m.fully_read", content, None);
        Ok(())
    }

    /// The caller types until a time, or no longer.
    pub(crate) fn type_until(
        &mut self,
        caller: &Caller,
        room: &str,
        until_ms: Option<u64>,
    ) -> Result<(), MatrixError> {
        let (room_id, held) = self.room_of(&caller.user, room)?;
        let members: Vec<UserId> = held.joined().collect();
        let changed = self.advance();
        if let Some(held) = self.rooms.get_mut(&room_id) {
            match until_ms {
                Some(until_ms) => held.typing.insert(caller.user.clone(), until_ms),
                None => held.typing.remove(&caller.user),
            };
            held.typing_changed = changed;
        }
        for member in members {
            self.user(&member).wake();
        }
        Ok(())
    }
}
