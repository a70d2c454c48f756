//! The memory that is taken by what has not arrived as a whole.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What may still be taken by what is under way, in bytes, over all connections.
#[derive(Debug)]
pub struct Room(AtomicUsize);

impl Room {
    /// A room of so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(bytes)))
    }
}

/// What one thing under way takes of the room, until it is dropped.
#[derive(Debug)]
pub struct Share {
    room: Arc<Room>,
    bytes: usize,
}

/// There is no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Share {
    /// A share that takes nothing yet.
    #[must_use]
    pub fn of(room: &Arc<Room>) -> Self {
        Self { room: Arc::clone(room), bytes: 0 }
    }

    /// Takes so many bytes more.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let taken =
            self.room.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map_err(|_left| Full)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.0.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back_with_its_end() {
        let room = Room::new(10);
        let mut one = Share::of(&room);
        one.grow(7).unwrap();
        let mut two = Share::of(&room);
        two.grow(4).unwrap_err();
        drop(one);
        two.grow(10).unwrap();
        two.grow(1).unwrap_err();
    }
}
