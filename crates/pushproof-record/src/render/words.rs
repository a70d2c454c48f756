//! The words for verdicts, numbers and times, shared by the renderings for people.

use pushproof_vocabulary::Level;

use crate::{BaselineFit, ClauseVerdict, ScenarioVerdict, Verdict};

/// A clause's verdict in words.
pub(crate) fn clause_verdict(verdict: ClauseVerdict) -> &'static str {
    match verdict {
        ClauseVerdict::Holds => "holds",
        ClauseVerdict::Broken => "broken",
        ClauseVerdict::Warned => "warned",
        ClauseVerdict::Observed => "observed",
        ClauseVerdict::NotJudged => "not judged",
        ClauseVerdict::NotApplicable => "not applicable",
        ClauseVerdict::NotImplemented => "not implemented",
        ClauseVerdict::NotSelected => "not selected",
        ClauseVerdict::Untestable => "untestable",
    }
}

/// A case's verdict in words.
pub(crate) fn scenario_verdict(verdict: ScenarioVerdict) -> &'static str {
    match verdict {
        ScenarioVerdict::Passed => "passed",
        ScenarioVerdict::Failed => "failed",
        ScenarioVerdict::Error => "a fault of the suite",
        ScenarioVerdict::Inconclusive => "inconclusive",
        ScenarioVerdict::NotApplicable => "not applicable",
        ScenarioVerdict::NotImplemented => "not implemented",
        ScenarioVerdict::NotSelected => "not selected",
    }
}

/// A run's verdict in words.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant => "conformant",
        Verdict::NotConformant => "not conformant",
        Verdict::NotJudged => "not judged",
        Verdict::NotImplemented => "the proposal is not implemented",
    }
}

/// What is said of a case that ended badly while no clause of the judged side is about it.
pub(crate) const UNACCOUNTED: &str = "no clause of the catalogue accounts for this";

/// How firmly a clause is asked for, in words.
pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Implied => "implied",
        Level::Open => "open",
        Level::Untestable => "untestable",
    }
}

/// Whether an entry of the baseline fits, in words.
pub(crate) fn fit(fit: BaselineFit) -> &'static str {
    match fit {
        BaselineFit::Fits => "fails as the baseline says",
        BaselineFit::Differs => "fails in another way than the baseline says",
        BaselineFit::Stale => "does not fail any more",
        BaselineFit::Expired => "fails as the baseline says, but was accepted only for a time that is over",
        BaselineFit::NotJudged => "could not be judged, so the baseline could not be compared",
    }
}

/// What to do about an entry of the baseline that does not fit.
pub(crate) fn cure(fit: BaselineFit) -> Option<&'static str> {
    match fit {
        BaselineFit::Fits | BaselineFit::NotJudged => None,
        BaselineFit::Differs => {
            Some("find out what changed; if it is accepted too, --write-baseline notes it")
        }
        BaselineFit::Stale => Some("take it out of the baseline; --write-baseline does"),
        BaselineFit::Expired => Some("mend the subject, or put the expiry off"),
    }
}

/// A number with its noun: `1 case`, `3 cases`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The first of some names, as many as `most`, and how many more there are: `a, b and 3 more`.
#[must_use]
pub fn first_of(names: &[&str], most: usize) -> String {
    let shown = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A time span in the unit in which it is read best.
pub(crate) fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(&[], 2, "")]
    #[case::all(&["a", "b"], 2, "a, b")]
    #[case::more(&["a", "b", "c"], 2, "a, b and 1 more")]
    fn first_names(#[case] names: &[&str], #[case] most: usize, #[case] text: &str) {
        assert_eq!(first_of(names, most), text);
    }

    #[rstest]
    #[case(0, "0 ms")]
    #[case(999, "999 ms")]
    #[case(1_000, "1.0 s")]
    #[case(59_999, "59.9 s")]
    #[case(125_000, "2 min 5 s")]
    fn spans(#[case] ms: u64, #[case] text: &str) {
        assert_eq!(span(ms), text);
    }
}
