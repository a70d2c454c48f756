//! What a subject lacks that the proposal does not ask for: cases that need it do not apply. Told once for each thing, so that
//! nobody takes for judged what was left out.

use super::causes::extent;
use crate::{Record, Role, ScenarioRecord, StepRecord, StepVerdict};

/// How many are told; those that more cases need come first.
const MOST: usize = 5;

/// A sentence for each thing that cases which ran turned out to need in vain.
pub(crate) fn lacks(record: &Record) -> Vec<String> {
    let mut lacks: Vec<(&str, Vec<&ScenarioRecord>)> = Vec::new();
    for case in &record.scenarios {
        let Some(reason) = lacking(case).and_then(|step| step.outcome.message.as_deref()) else { continue };
        match lacks.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, cases)) => cases.push(case),
            None => lacks.push((reason, vec![case])),
        }
    }
    lacks.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    lacks.into_iter().take(MOST).map(|(reason, cases)| sentence(reason, &cases)).collect()
}

/// The step at which a case was found not to apply: one of those that make the story.
fn lacking(case: &ScenarioRecord) -> Option<&StepRecord> {
    let stops = case.steps.iter().find(|step| step.outcome.verdict != StepVerdict::Passed)?;
    let is_story = stops.planned.role == Role::Setup && OF_THE_BASE.contains(&stops.planned.step.as_str());
    (is_story && stops.outcome.verdict == StepVerdict::NotApplicable).then_some(stops)
}

/// The verbs for which a subject needs what the proposal builds on.
const OF_THE_BASE: [&str; 3] = ["remove_device", "read", "set_pusher"];

fn sentence(reason: &str, cases: &[&ScenarioRecord]) -> String {
    let does = if cases.len() == 1 { "does" } else { "do" };
    format!("{} {does} not apply: {reason}", extent(cases, &[StepVerdict::NotApplicable]))
}
