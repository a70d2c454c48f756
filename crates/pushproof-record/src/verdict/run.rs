//! How the verdicts of the clauses make the verdict of a run.

use pushproof_vocabulary::{Half, Level};

use super::{ClauseVerdict, Verdict};
use crate::Policy;

/// The verdict of a run over level and verdict of every clause. A partial run did not look at all that was asked for.
pub(crate) fn judge_run(
    clauses: impl IntoIterator<Item = (Level, ClauseVerdict)>,
    missing: &[Half],
    policy: Policy,
    partial: bool,
) -> Verdict {
    if [Half::Pushers, Half::Settings].iter().all(|half| missing.contains(half)) {
        return Verdict::NotImplemented;
    }
    let (mut anything_judged, mut harmed, mut open_question) = (false, false, false);
    for (level, verdict) in clauses {
        let binds = level == Level::Must || (policy.strict && level == Level::Implied);
        match verdict {
            ClauseVerdict::Holds | ClauseVerdict::Observed => anything_judged = true,
            ClauseVerdict::Broken | ClauseVerdict::Warned => {
                anything_judged = true;
                harmed |= binds;
            }
            ClauseVerdict::NotImplemented => harmed |= binds && !policy.allow_unimplemented,
            ClauseVerdict::NotJudged => open_question |= binds,
            ClauseVerdict::NotApplicable | ClauseVerdict::NotSelected | ClauseVerdict::Untestable => {}
        }
    }
    if harmed {
        Verdict::NotConformant
    } else if open_question || partial || !anything_judged {
        Verdict::NotJudged
    } else {
        Verdict::Conformant
    }
}
