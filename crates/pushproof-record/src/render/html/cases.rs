//! The cases with their steps, as a report shows them.

use super::{
    anchor,
    drawing::{self, Scale, Stretch},
    evidence::{self, Much, Piece, Room},
};
use crate::{
    Exclusion, Mismatch, Record, Role, ScenarioRecord, ScenarioVerdict, Silence, StepRecord, StepVerdict,
    render::words::{self, count, span},
};

/// A case.
pub(super) struct Case {
    pub(super) anchor: String,
    pub(super) link: String,
    pub(super) key: String,
    pub(super) title: String,
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) verdict: &'static str,
    pub(super) took: String,
    /// Why it did not run, or what is known of its failure; empty if there is nothing to say.
    pub(super) note: String,
    /// Where what is known of its failure is tracked.
    pub(super) issue: String,
    pub(super) path: String,
    pub(super) steps: Vec<Step>,
}

/// A step.
pub(super) struct Step {
    pub(super) anchor: String,
    pub(super) link: String,
    pub(super) number: usize,
    pub(super) line: u32,
    pub(super) source: String,
    pub(super) role: &'static str,
    /// The clause that it judges and the address of that; empty if it judges none.
    pub(super) clause: String,
    pub(super) clause_link: String,
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) verdict: &'static str,
    /// When it ran, counted from the beginning of the case.
    pub(super) when: String,
    pub(super) bar: Option<Stretch>,
    pub(super) arrivals: Vec<u64>,
    pub(super) message: String,
    pub(super) reading: String,
    pub(super) witness: String,
    pub(super) hint: String,
    pub(super) mismatch: Option<Difference>,
    pub(super) silence: Option<Quiet>,
    pub(super) evidence: Vec<Piece>,
}

/// Where an answer differs.
pub(super) struct Difference {
    pub(super) pointer: String,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) near_misses: Vec<String>,
}

/// A silence.
pub(super) struct Quiet {
    pub(super) parts: [Stretch; 3],
    pub(super) broken: bool,
    pub(super) sentinel: String,
    pub(super) grace: String,
    pub(super) open: String,
    pub(super) deliveries: String,
}

/// The cases in the plan's order.
pub(super) fn cases(record: &Record, room: &Room) -> Vec<Case> {
    record.scenarios.iter().map(|scenario| of(scenario, room)).collect()
}

fn of(scenario: &ScenarioRecord, room: &Room) -> Case {
    let key = scenario.key();
    let anchor = anchor::case(&key);
    let (class, mark) = ended(scenario.verdict);
    let scale = Scale::of(&scenario.steps);
    let steps = scenario.steps.iter().enumerate();
    Case {
        link: anchor::link(&anchor),
        anchor,
        title: scenario.title.clone(),
        class,
        mark,
        verdict: words::scenario_verdict(scenario.verdict),
        took: if scenario.duration_ms == 0 { String::new() } else { span(scenario.duration_ms) },
        note: note(scenario),
        issue: scenario.baseline.as_ref().and_then(|known| known.issue.clone()).unwrap_or_default(),
        path: scenario.steps.first().map(|step| step.planned.source.path.clone()).unwrap_or_default(),
        steps: steps.map(|(index, step)| self::step(&key, index + 1, step, scale, room)).collect(),
        key: key.to_string(),
    }
}

fn note(scenario: &ScenarioRecord) -> String {
    if let Some(known) = &scenario.baseline {
        let until = known.expires.as_ref().map(|day| format!(", accepted until {day}")).unwrap_or_default();
        return format!("{}: {}{until}", words::fit(known.fit), known.reason);
    }
    match &scenario.excluded {
        None => String::new(),
        Some(Exclusion::NotSelected) => "The selection leaves it out.".to_owned(),
        Some(Exclusion::NotImplemented { reason, .. } | Exclusion::NotApplicable { reason }) => {
            reason.clone()
        }
        Some(Exclusion::NotJudged { reason, hint }) => {
            let hint = hint.as_ref().map(|hint| format!(" – {hint}")).unwrap_or_default();
            format!("{reason}{hint}")
        }
    }
}

fn step(key: &crate::ScenarioKey, number: usize, step: &StepRecord, scale: Scale, room: &Room) -> Step {
    let (planned, outcome) = (&step.planned, &step.outcome);
    let anchor = anchor::step(key, number);
    let (class, mark) = look(outcome.verdict);
    let much = match outcome.verdict {
        StepVerdict::Failed | StepVerdict::Inconclusive | StepVerdict::Error => Much::All,
        _ => Much::Little,
    };
    let clause = planned.clause.as_ref().map(|clause| clause.0.clone()).unwrap_or_default();
    let bar = scale.stretch(step);
    Step {
        link: anchor::link(&anchor),
        anchor,
        number,
        line: planned.source.line,
        source: planned.source.text.clone(),
        role: match planned.role {
            Role::Setup => "set-up",
            Role::Control => "control",
            Role::Judging => "judges",
        },
        clause_link: anchor::link(&anchor::id(&clause)),
        clause,
        class,
        mark,
        verdict: word(outcome.verdict),
        when: match bar {
            Some(_) => format!("{} + {}", span(scale.since(outcome.at_ms)), span(outcome.duration_ms)),
            None => String::new(),
        },
        bar,
        arrivals: scale.arrivals(step),
        message: outcome.message.clone().unwrap_or_default(),
        reading: outcome.reading.clone().unwrap_or_default(),
        witness: outcome.witness.clone().unwrap_or_default(),
        hint: outcome.hint.clone().unwrap_or_default(),
        mismatch: outcome.mismatch.as_ref().map(difference),
        silence: outcome.silence.as_ref().map(quiet),
        evidence: evidence::pieces(&outcome.evidence, outcome.mismatch.as_ref(), much, room),
    }
}

fn difference(mismatch: &Mismatch) -> Difference {
    let value = |value: Option<&serde_json::Value>| {
        value.map_or_else(|| "nothing".to_owned(), serde_json::Value::to_string)
    };
    let near = |near: &crate::NearMiss| {
        let times = count(near.repeats as usize, "time");
        format!(
            "{} at {} ({times}, first after {})",
            value(near.actual.as_ref()),
            near.pointer,
            span(near.at_ms)
        )
    };
    Difference {
        pointer: if mismatch.pointer.is_empty() { "the whole".to_owned() } else { mismatch.pointer.clone() },
        expected: mismatch.expected.to_string(),
        found: value(mismatch.actual.as_ref()),
        near_misses: mismatch.near_misses.iter().map(near).collect(),
    }
}

fn quiet(silence: &Silence) -> Quiet {
    Quiet {
        parts: drawing::silence(silence),
        broken: silence.deliveries > 0,
        sentinel: span(silence.sentinel_ms),
        grace: span(silence.grace_ms),
        open: span(silence.open_ms),
        deliveries: match silence.deliveries {
            0 => "nothing".to_owned(),
            1 => "1 delivery".to_owned(),
            many => format!("{many} deliveries"),
        },
    }
}

/// Class and mark of a step's verdict.
pub(super) fn look(verdict: StepVerdict) -> (&'static str, &'static str) {
    match verdict {
        StepVerdict::Passed => ("holds", "✓"),
        StepVerdict::Failed => ("broken", "✗"),
        StepVerdict::Error => ("broken", "⚠"),
        StepVerdict::Inconclusive => ("not-judged", "?"),
        StepVerdict::NotApplicable | StepVerdict::Skipped => ("quiet", "–"),
    }
}

fn word(verdict: StepVerdict) -> &'static str {
    match verdict {
        StepVerdict::Passed => "passed",
        StepVerdict::Failed => "failed",
        StepVerdict::Error => "a fault of the suite",
        StepVerdict::Inconclusive => "inconclusive",
        StepVerdict::NotApplicable => "not applicable",
        StepVerdict::Skipped => "did not run",
    }
}

fn ended(verdict: ScenarioVerdict) -> (&'static str, &'static str) {
    match verdict {
        ScenarioVerdict::Passed => ("holds", "✓"),
        ScenarioVerdict::Failed => ("broken", "✗"),
        ScenarioVerdict::Error => ("broken", "⚠"),
        ScenarioVerdict::Inconclusive => ("not-judged", "?"),
        ScenarioVerdict::NotApplicable | ScenarioVerdict::NotImplemented | ScenarioVerdict::NotSelected => {
            ("quiet", "–")
        }
    }
}
