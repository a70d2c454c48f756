//! The evidence that a step gathers while it runs.

use std::sync::Mutex;

use pushproof_record::Evidence;

/// The most pieces of evidence that one step keeps; polling repeats itself.
const MAX_PIECES: usize = 40;

/// Gathers the evidence of one step, in order. The same exchange again, as polling makes it, is counted instead.
#[derive(Debug, Default)]
pub(crate) struct Trace(Mutex<Vec<Evidence>>);

impl Trace {
    /// Adds a piece. When there are too many, the middle ones go: how it began and how it ended tell the most.
    pub(crate) fn add(&self, piece: Evidence) {
        let mut pieces = self.0.lock().expect("no holder of this lock panics");
        if let Some(last) = pieces.last_mut()
            && last.count_repeat(&piece)
        {
            return;
        }
        if pieces.len() == MAX_PIECES {
            pieces.remove(MAX_PIECES / 2);
        }
        pieces.push(piece);
    }

    /// What was gathered.
    #[must_use]
    pub(crate) fn take(&self) -> Vec<Evidence> {
        std::mem::take(&mut *self.0.lock().expect("no holder of this lock panics"))
    }
}
