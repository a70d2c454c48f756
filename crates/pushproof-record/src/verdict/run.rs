//! How the verdicts of the clauses make the verdict of a run.

use pushproof_vocabulary::{Half, Level};

use super::{ClauseVerdict, Unaccounted, Verdict};
use crate::Policy;

/// What bears on the verdict of a run beside the verdicts of the clauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Circumstances {
    /// Whether not everything could be seen to its end.
    pub(crate) is_cut_short: bool,
    /// Whether a must has to be among what was judged.
    pub(crate) needs_a_must: bool,
    /// The worst that a case found and no clause accounts for.
    pub(crate) unaccounted: Option<Unaccounted>,
}

/// The verdict of a run over level and verdict of every clause. What is broken weighs more than what is missing, and
/// that more than what could not be judged.
pub(crate) fn judge_run(
    clauses: impl IntoIterator<Item = (Level, ClauseVerdict)>,
    missing: &[Half],
    policy: Policy,
    circumstances: Circumstances,
) -> Verdict {
    let lacks_all = [Half::Pushers, Half::Settings].iter().all(|half| missing.contains(half));
    if lacks_all && circumstances.unaccounted.is_none() {
        return Verdict::NotImplemented;
    }
    let (mut anything_judged, mut unimplemented) = (false, false);
    let mut harmed = circumstances.unaccounted == Some(Unaccounted::Failed);
    let mut open_question = circumstances.is_cut_short || circumstances.unaccounted.is_some();
    let mut lacks_a_must = circumstances.needs_a_must;
    for (level, verdict) in clauses {
        let binds = level == Level::Must || (policy.strict && level == Level::Implied);
        match verdict {
            ClauseVerdict::Holds | ClauseVerdict::Observed => {
                anything_judged = true;
                lacks_a_must &= level != Level::Must;
            }
            ClauseVerdict::Broken | ClauseVerdict::Warned => {
                anything_judged = true;
                harmed |= binds;
            }
            ClauseVerdict::NotImplemented => unimplemented |= binds && !policy.allow_unimplemented,
            ClauseVerdict::NotJudged => open_question |= binds,
            ClauseVerdict::NotApplicable | ClauseVerdict::NotSelected | ClauseVerdict::Untestable => {}
        }
    }
    if harmed {
        Verdict::NotConformant
    } else if unimplemented {
        Verdict::NotImplemented
    } else if open_question || lacks_a_must || !anything_judged {
        Verdict::NotJudged
    } else {
        Verdict::Conformant
    }
}
