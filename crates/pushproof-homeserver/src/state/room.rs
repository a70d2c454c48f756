//! Rooms.

/// A room.
pub(crate) struct Room {}
