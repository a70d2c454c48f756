//! What a container writes while the suite runs, with the time at which it came.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use pushproof_record::{Evidence, Record, Redactor, ScenarioRecord, StepVerdict};
use testcontainers::core::logs::LogFrame;

/// How much is kept of a whole run, in bytes; the oldest goes first.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// How much of it is evidence of one case, in bytes. How it ended tells the most.
const MAX_SHOWN: usize = 16 * 1024;

/// A homeserver writes of a request when it has answered it, and its words take a moment to come here.
const SLACK: Duration = Duration::from_millis(300);

/// The log of a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    pieces: VecDeque<(SystemTime, String)>,
    bytes: usize,
}

impl Log {
    /// Keeps what the container wrote just now.
    pub(super) fn keep(&self, frame: &LogFrame) {
        let text = String::from_utf8_lossy(frame.bytes()).into_owned();
        let mut kept = self.0.lock().expect("no holder of this lock panics");
        kept.bytes += text.len();
        kept.pieces.push_back((SystemTime::now(), text));
        while kept.bytes > MAX_KEPT {
            let Some((_, oldest)) = kept.pieces.pop_front() else { break };
            kept.bytes -= oldest.len();
        }
    }

    /// The last lines of all that was written.
    pub(super) fn tail(&self) -> String {
        let (text, _) = last(&self.between(SystemTime::UNIX_EPOCH, SystemTime::now()), MAX_SHOWN / 8);
        text
    }

    fn between(&self, from: SystemTime, to: SystemTime) -> String {
        let kept = self.0.lock().expect("no holder of this lock panics");
        let those = kept.pieces.iter().filter(|(at, _)| (from..=to).contains(at));
        those.map(|(_, text)| text.as_str()).collect()
    }

    /// Adds to every case that did not pass what was written while it ran, as evidence of the step that ended it.
    pub(super) fn add_to(&self, record: &mut Record, redactor: &Redactor) {
        let started = u64::try_from(record.started.as_millisecond()).unwrap_or_default();
        let at = |ms: u64| SystemTime::UNIX_EPOCH + Duration::from_millis(started + ms);
        for scenario in &mut record.scenarios {
            let Some((index, from_ms, to_ms)) = failure(scenario) else { continue };
            let text = self.between(at(from_ms), at(to_ms) + SLACK);
            let (shown, whole) = last(&redactor.text(&text), MAX_SHOWN);
            if shown.is_empty() {
                continue;
            }
            let text = if whole { shown } else { format!("…\n{shown}") };
            scenario.steps[index].outcome.evidence.push(Evidence::ServerLog { at_ms: to_ms, text });
        }
    }
}

/// The step that ended a case which did not pass, when the case began and when that step ended.
fn failure(scenario: &ScenarioRecord) -> Option<(usize, u64, u64)> {
    let bad = [StepVerdict::Failed, StepVerdict::Inconclusive, StepVerdict::Error];
    let steps = || scenario.steps.iter().map(|step| &step.outcome).enumerate();
    let (index, outcome) = steps().find(|(_, outcome)| bad.contains(&outcome.verdict))?;
    let (_, first) = steps().next()?;
    Some((index, first.at_ms, outcome.at_ms + outcome.duration_ms))
}

/// The last whole lines of a text that fit into so many bytes, and whether that is all of it.
fn last(text: &str, bytes: usize) -> (String, bool) {
    let Some(surplus) = text.len().checked_sub(bytes + 1) else { return (text.to_owned(), true) };
    let cut = text.as_bytes().iter().skip(surplus).position(|byte| *byte == b'\n');
    let start = cut.map_or(text.len(), |at| surplus + at + 1);
    (text[start..].to_owned(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_kept_in_whole_lines() {
        let text = "first\nsecond\nthird\n";
        assert_eq!(last(text, 100), (text.to_owned(), true));
        assert_eq!(last(text, text.len()), (text.to_owned(), true));
        assert_eq!(last(text, 13), ("second\nthird\n".to_owned(), false));
        assert_eq!(last(text, 12), ("third\n".to_owned(), false));
        assert_eq!(last("no end", 3), (String::new(), false));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let log = Log::default();
        let frame = LogFrame::StdOut(vec![b'x'; MAX_KEPT / 4].into());
        for _ in 0..6 {
            log.keep(&frame);
        }
        assert_eq!(log.0.lock().unwrap().pieces.len(), 4);
        assert!(log.tail().len() <= MAX_SHOWN);
    }
}
