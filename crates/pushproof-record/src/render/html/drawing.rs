//! Times drawn to scale: when a step ran within its case, and how a silence was watched.

use crate::{Evidence, Silence, StepRecord, StepVerdict};

/// How wide drawings are, in units of their own.
pub(super) const WIDTH: u64 = 1_000;

/// The least width of what should be seen at all.
const LEAST: u64 = 6;

/// A stretch of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Where it begins.
    pub(super) x: u64,
    /// How wide it is.
    pub(super) width: u64,
}

/// The span of time that a case took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from_ms: u64,
    length_ms: u64,
}

impl Scale {
    /// From the first step that ran to the end of the last.
    pub(super) fn of(steps: &[StepRecord]) -> Self {
        let ran = || steps.iter().filter(|step| has_run(step)).map(|step| &step.outcome);
        let from_ms = ran().map(|step| step.at_ms).min().unwrap_or(0);
        let to_ms = ran().map(|step| step.at_ms.saturating_add(step.duration_ms)).max().unwrap_or(0);
        Self { from_ms, length_ms: (to_ms - from_ms).max(1) }
    }

    /// Where a step stands in it, if it ran.
    pub(super) fn stretch(self, step: &StepRecord) -> Option<Stretch> {
        let outcome = &step.outcome;
        has_run(step).then(|| {
            let width = self.scaled(outcome.duration_ms).clamp(LEAST, WIDTH);
            Stretch { x: self.place(outcome.at_ms).min(WIDTH - width), width }
        })
    }

    /// When pushes and mails of a step arrived.
    pub(super) fn arrivals(self, step: &StepRecord) -> Vec<u64> {
        let arrived = step.outcome.evidence.iter().filter_map(|piece| match piece {
            Evidence::Push { at_ms, .. } | Evidence::Mail { at_ms, .. } => Some(self.place(*at_ms)),
            _ => None,
        });
        let mut places: Vec<u64> = arrived.collect();
        places.dedup();
        places.truncate(50);
        places
    }

    /// Milliseconds since the case began.
    pub(super) fn since(self, at_ms: u64) -> u64 {
        at_ms.saturating_sub(self.from_ms)
    }

    fn place(self, at_ms: u64) -> u64 {
        self.scaled(self.since(at_ms)).min(WIDTH - LEAST / 2)
    }

    fn scaled(self, ms: u64) -> u64 {
        ms.saturating_mul(WIDTH) / self.length_ms
    }
}

fn has_run(step: &StepRecord) -> bool {
    step.outcome.verdict != StepVerdict::Skipped && step.outcome.at_ms > 0
}

/// The three parts of a silence: until the sentinel was told, the grace, and what was watched beyond. Short parts are
/// drawn wider than they are, or they could not be seen.
pub(super) fn silence(silence: &Silence) -> [Stretch; 3] {
    let beyond = silence.open_ms.saturating_sub(silence.sentinel_ms.saturating_add(silence.grace_ms));
    let parts = [silence.sentinel_ms, silence.grace_ms, beyond];
    let all = parts.iter().fold(1_u64, |all, part| all.saturating_add(*part));
    let least = WIDTH / 10;
    let room = WIDTH - 3 * least;
    let mut x = 0;
    parts.map(|part| {
        let width = least + part.saturating_mul(room) / all;
        let stretch = Stretch { x, width };
        x += width;
        stretch
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_silence_is_seen() {
        let parts = silence(&Silence { sentinel_ms: 1, grace_ms: 150, open_ms: u64::MAX, deliveries: 0 });
        assert!(parts.iter().all(|part| part.width >= WIDTH / 10));
        assert!(parts.last().is_some_and(|last| last.x + last.width <= WIDTH));
    }
}
