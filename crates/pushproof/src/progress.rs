//! What is seen while a run goes on: a bar on a terminal, a line a scenario elsewhere. All of it on stderr.

mod held_up;

use std::collections::BTreeSet;

use held_up::HeldUp;

use indicatif::{ProgressBar, ProgressStyle};
use pushproof_record::{Event, PreflightVerdict, ScenarioKey, StepVerdict, plain_line};

use crate::{ci::Ci, terminal};

/// Follows the events of a run.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// The worst outcome of each running case so far.
    running: Vec<(ScenarioKey, StepVerdict)>,
    failed: usize,
    held_up: HeldUp,
    /// The cases whose failure is known.
    known: BTreeSet<ScenarioKey>,
    /// The CI system whose log folds, while its part about the cases is open.
    folded: Option<Ci>,
}

impl Progress {
    pub(crate) fn new(known: BTreeSet<ScenarioKey>) -> Self {
        let bar = terminal::stderr_draws().then(|| {
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len} cases, {msg} ({elapsed})");
            let bar = ProgressBar::new(0);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { bar, running: Vec::new(), failed: 0, held_up: HeldUp::default(), known, folded: None }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Preflight(check) if check.verdict == PreflightVerdict::Failed => {
                self.say(&format!("preflight: {}: {}", check.check, check.message));
            }
            Event::Planned(scenarios) => {
                let count = scenarios.iter().filter(|scenario| scenario.excluded.is_none()).count();
                if let Some(bar) = &self.bar {
                    bar.set_length(count as u64);
                } else {
                    self.begin(&format!("running {count} of {} cases", scenarios.len()));
                }
            }
            Event::ScenarioStarted { key, .. } => self.running.push((key.clone(), StepVerdict::Passed)),
            Event::StepFinished { key, outcome, .. } | Event::StepRevised { key, outcome, .. } => {
                let running = self.running.iter_mut().find(|(running, _)| running == key);
                if let Some((_, worst)) = running {
                    *worst = worse(*worst, outcome.verdict);
                } else if matches!(event, Event::StepRevised { .. }) && outcome.verdict == StepVerdict::Failed
                {
                    self.say(&format!("late delivery: {key}"));
                }
            }
            Event::ScenarioFinished { key, .. } => self.finished(key),
            Event::RateLimited { waited_ms } => {
                let is_due = self.held_up.add(*waited_ms);
                match &self.bar {
                    Some(_) => self.draw(),
                    None if is_due => terminal::note(&self.held_up.to_string()),
                    None => {}
                }
            }
            Event::Notice(text) => self.say(text),
            Event::Interrupted | Event::Finished { .. } => {
                if let Some(bar) = &self.bar {
                    bar.finish_and_clear();
                }
                if let Some(ci) = self.folded.take() {
                    ci.close();
                }
            }
            _ => {}
        }
    }

    /// Begins the part of a log that is about the cases.
    fn begin(&mut self, title: &str) {
        self.folded = Ci::detect();
        match self.folded {
            Some(ci) => ci.open(title),
            None => terminal::note(title),
        }
    }

    fn finished(&mut self, key: &ScenarioKey) {
        let Some(at) = self.running.iter().position(|(running, _)| running == key) else { return };
        let (_, worst) = self.running.swap_remove(at);
        let word = match worst {
            StepVerdict::Passed => "passed",
            StepVerdict::Failed if self.known.contains(key) => "failed (in the baseline)",
            StepVerdict::Failed => "FAILED",
            StepVerdict::NotApplicable => "not applicable",
            StepVerdict::Inconclusive | StepVerdict::Skipped => "inconclusive",
            StepVerdict::Error => "ERROR",
        };
        self.failed += usize::from(matches!(worst, StepVerdict::Failed | StepVerdict::Error));
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                self.draw();
            }
            None => terminal::note(&format!("{word}: {key}")),
        }
    }

    /// What stands beside the bar.
    fn draw(&self) {
        if let Some(bar) = &self.bar {
            let held_up = if self.held_up.is_any() { format!("; {}", self.held_up) } else { String::new() };
            bar.set_message(format!("{} failed{held_up}", self.failed));
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => terminal::note_above(bar, text),
            None => terminal::note(&plain_line(text)),
        }
    }
}

/// What two outcomes of a case's steps come to. What does not apply ends its case; one that goes on applies.
fn worse(so_far: StepVerdict, next: StepVerdict) -> StepVerdict {
    let weight = |verdict| match verdict {
        StepVerdict::Passed => 0,
        StepVerdict::NotApplicable => 1,
        StepVerdict::Skipped | StepVerdict::Inconclusive => 2,
        StepVerdict::Error => 3,
        StepVerdict::Failed => 4,
    };
    match (so_far, next) {
        (StepVerdict::NotApplicable, StepVerdict::Passed) => StepVerdict::Passed,
        _ if weight(next) > weight(so_far) => next,
        _ => so_far,
    }
}
