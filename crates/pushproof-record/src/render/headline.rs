//! The verdict: what a reader who reads nothing else must know.

use pushproof_vocabulary::Level;

use super::{
    causes::causes,
    lacks::lacks,
    words::{self, count, first_of, span},
};
use crate::{
    ClauseVerdict, Record, ScenarioRecord, ScenarioVerdict, Verdict, exit_code::verdict_beyond_known,
    verdict::unaccounted,
};

/// The verdict and what belongs to it, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Headline {
    /// What the verdict is to a reader.
    pub(crate) standing: Standing,
    /// Whether every must was judged, and nothing was left out.
    pub(crate) is_whole: bool,
    /// The verdict, what it does not cover, and what the baseline says of it.
    pub(crate) verdict: String,
    /// What was judged, and by which names.
    pub(crate) subject: String,
    /// Why it is not good, what was judged, and how many clauses and cases were found how; a sentence each.
    pub(crate) lines: Vec<String>,
}

/// What a verdict is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All is well.
    Good,
    /// Nothing is wrong but what is known.
    Known,
    /// Something could not be judged.
    Doubtful,
    /// Something is wrong.
    Bad,
}

/// The headline of a record.
pub(crate) fn headline(record: &Record) -> Headline {
    let baseline = baseline(record);
    let standing = match (record.verdict, baseline) {
        _ if record.is_littered() => Standing::Bad,
        (_, Baseline::Misfit) => Standing::Bad,
        (_, Baseline::SaysIt) => Standing::Known,
        (Verdict::NotJudged, _) | (_, Baseline::SaysItBeyondDoubt) => Standing::Doubtful,
        (Verdict::Conformant, _) => Standing::Good,
        (Verdict::NotConformant | Verdict::NotImplemented, _) => Standing::Bad,
    };
    let baseline = match baseline {
        Baseline::Silent => "",
        Baseline::SaysIt => ", as the baseline says",
        Baseline::SaysItBeyondDoubt => ", as the baseline says; the rest is not judged",
        Baseline::Misfit => "; the baseline does not fit",
    };
    let litter = if record.is_littered() { "; something stays behind, and nothing may" } else { "" };
    let subject = subject(record);
    let lines = [
        because(record),
        judged_anew(record),
        selected(record),
        subject.clone(),
        clauses(record),
        cases(record),
    ];
    let lines = lines.into_iter().chain(causes(record)).chain(lacks(record));
    Headline {
        standing,
        is_whole: is_whole(record),
        verdict: format!("{}{}{baseline}{litter}", verdict(record), bounds(record)),
        subject,
        lines: lines.filter(|line| !line.is_empty()).collect(),
    }
}

/// The verdict in words. Who lacks one half of the proposal may have the other, and where no must was selected none was
/// conformed to.
fn verdict(record: &Record) -> &'static str {
    match (record.verdict, record.subject.missing.as_slice()) {
        (Verdict::Conformant, _) if judged(record, Level::Must).0 == 0 => "nothing broken",
        (Verdict::NotImplemented, [_]) => "half of the proposal is not implemented",
        (verdict, _) => words::verdict(verdict),
    }
}

/// What the baseline has to do with the verdict.
#[derive(Clone, Copy)]
enum Baseline {
    /// Nothing: there is none, or it knows less than what is wrong.
    Silent,
    /// Known failures alone keep the verdict from being good.
    SaysIt,
    /// Everything that is broken is known, but something else could not be judged.
    SaysItBeyondDoubt,
    /// It has entries that must be changed.
    Misfit,
}

fn baseline(record: &Record) -> Baseline {
    if record.scenarios.iter().any(ScenarioRecord::is_misfit) {
        return Baseline::Misfit;
    }
    match (record.verdict, verdict_beyond_known(record)) {
        (Verdict::NotConformant | Verdict::NotImplemented | Verdict::NotJudged, Verdict::Conformant) => {
            Baseline::SaysIt
        }
        (Verdict::NotConformant | Verdict::NotImplemented, Verdict::NotJudged) => Baseline::SaysItBeyondDoubt,
        _ => Baseline::Silent,
    }
}

/// How many clauses of a level the judged side has, and how many of them were judged: found to hold, or broken.
fn judged(record: &Record, level: Level) -> (usize, usize) {
    let of_level = || record.clauses.iter().filter(|clause| clause.level == level);
    let was_judged = |verdict: ClauseVerdict| {
        matches!(verdict, ClauseVerdict::Holds | ClauseVerdict::Broken | ClauseVerdict::Warned)
    };
    (of_level().filter(|clause| was_judged(clause.verdict)).count(), of_level().count())
}

/// Whether every must was judged, and nothing was left out.
fn is_whole(record: &Record) -> bool {
    let (judged, all) = judged(record, Level::Must);
    judged == all && !record.selection.is_narrowed() && record.shard.is_none()
}

/// How much the verdict covers, and what not.
fn bounds(record: &Record) -> String {
    let (musts, all) = judged(record, Level::Must);
    let mut conditions = vec![format!("musts judged: {musts} of {all}")];
    if record.policy.strict {
        let (implied, all) = judged(record, Level::Implied);
        conditions.push(format!("implied judged: {implied} of {all}"));
    }
    if !record.subject.without.is_empty() {
        conditions.push(format!("without: {}", record.subject.without.join(", ")));
    }
    if !record.subject.undeclared.is_empty() {
        conditions.push(format!("not declared: {}", record.subject.undeclared.join(", ")));
    }
    if record.policy.strict {
        conditions.push("strict".to_owned());
    }
    if record.policy.allow_unimplemented {
        conditions.push("may be unimplemented".to_owned());
    }
    let mut bounds = vec![format!(" ({})", conditions.join("; "))];
    if record.selection.is_narrowed() {
        bounds.push(", of what was selected".to_owned());
    }
    if let Some(shard) = &record.shard {
        bounds.push(format!(", shard {}/{}", shard.index, shard.total));
    }
    bounds.concat()
}

/// Which suite drew the verdicts, if it is not the one that ran.
fn judged_anew(record: &Record) -> String {
    let Some(anew) = &record.judged_anew else { return String::new() };
    let build = if anew.by.version == record.suite.version { "another build of " } else { "" };
    let mut text = format!(
        "recorded by {build}{} {}, judged anew by the clauses of {} {}",
        record.suite.name, record.suite.version, anew.by.name, anew.by.version
    );
    if !anew.unknown.is_empty() {
        let unknown: Vec<&str> = anew.unknown.iter().map(|clause| clause.0.as_str()).collect();
        text = format!("{text}, which has no {}", some(&unknown));
    }
    if !anew.otherwise.is_empty() {
        let cases: Vec<String> = anew.otherwise.iter().map(ToString::to_string).collect();
        let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
        text = format!("{text}; {} planned otherwise there: {}", count(cases.len(), "case"), some(&cases));
    }
    text
}

/// The first few of a list.
fn some(names: &[&str]) -> String {
    const MOST: usize = 3;
    first_of(names, MOST)
}

/// What was selected, as it is said on the command line.
fn selected(record: &Record) -> String {
    let selection = &record.selection;
    if !selection.is_narrowed() {
        return String::new();
    }
    let run = selection.run.iter().map(|pattern| format!("--run {pattern}"));
    let skip = selection.skip.iter().map(|pattern| format!("--skip {pattern}"));
    let patterns: Vec<String> = run.chain(skip).collect();
    format!("selected: {}", patterns.join(" "))
}

/// Why the verdict is not good.
fn because(record: &Record) -> String {
    let strict = record.policy.strict;
    let causes: &[(Level, &str, ClauseVerdict)] = match record.verdict {
        Verdict::Conformant => &[],
        // Of a subject without the proposal, nothing was looked at.
        Verdict::NotImplemented if record.subject.missing.len() != 1 => &[],
        Verdict::NotImplemented => &[
            (Level::Must, "musts", ClauseVerdict::NotImplemented),
            (Level::Must, "musts", ClauseVerdict::NotJudged),
        ],
        Verdict::NotConformant => &[
            (Level::Must, "musts", ClauseVerdict::Broken),
            (Level::Must, "musts", ClauseVerdict::NotImplemented),
            (Level::Implied, "implied clauses", ClauseVerdict::Warned),
        ],
        Verdict::NotJudged => &[
            (Level::Must, "musts", ClauseVerdict::NotJudged),
            (Level::Implied, "implied clauses", ClauseVerdict::NotJudged),
        ],
    };
    let mut reasons = Vec::new();
    for (level, noun, verdict) in causes.iter().filter(|(level, ..)| *level == Level::Must || strict) {
        let found =
            record.clauses.iter().filter(|clause| clause.level == *level && clause.verdict == *verdict);
        let number = found.count();
        if number > 0 {
            reasons.push(format!("{noun} {}: {number}", words::clause_verdict(*verdict)));
        }
    }
    let stray = stray(record).count();
    if stray > 0 {
        reasons.push(format!("cases that no clause accounts for: {stray}"));
    }
    let left_out = record.left_out().count();
    if left_out > 0 {
        reasons.push(format!("cases left out though nothing says so: {left_out}"));
    }
    match record.missing_shards.as_slice() {
        [] => {}
        [one] => reasons.push(format!("shard {one} is missing")),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(ToString::to_string).collect();
            reasons.push(format!("shards {} and {last} are missing", init.join(", ")));
        }
    }
    reasons.extend(record.unjudgeable.iter().cloned());
    if record.interrupted {
        reasons.push("the run was interrupted".to_owned());
    }
    reasons.join(", ")
}

/// The cases that ended badly while no clause accounts for it.
pub(super) fn stray(record: &Record) -> impl Iterator<Item = &ScenarioRecord> {
    record.scenarios.iter().filter(|case| unaccounted(case, |id| record.level(id)).is_some())
}

/// The subject and the names that it was judged by.
fn subject(record: &Record) -> String {
    let subject = &record.subject;
    let who: Vec<&str> =
        [&subject.name, &subject.version].into_iter().flatten().map(String::as_str).collect();
    let mut parts = vec![subject.url.clone()];
    if !who.is_empty() {
        parts.insert(0, format!("{} at ", who.join(" ")));
    }
    if let Some(dialect) = &subject.dialect {
        parts.push(format!(", dialect {dialect}"));
        let others: Vec<&str> =
            subject.dialects_seen.iter().map(String::as_str).filter(|seen| seen != dialect).collect();
        if !others.is_empty() {
            parts.push(format!(" (it speaks {} too)", others.join(", ")));
        }
    }
    parts.concat()
}

/// How many clauses were found how.
fn clauses(record: &Record) -> String {
    let verdicts = [
        ClauseVerdict::Holds,
        ClauseVerdict::Broken,
        ClauseVerdict::Warned,
        ClauseVerdict::Observed,
        ClauseVerdict::NotJudged,
        ClauseVerdict::NotImplemented,
        ClauseVerdict::NotApplicable,
        ClauseVerdict::NotSelected,
        ClauseVerdict::Untestable,
    ];
    let found: Vec<String> = verdicts
        .into_iter()
        .map(|verdict| (verdict, record.clauses.iter().filter(|clause| clause.verdict == verdict).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(verdict, number)| match verdict {
            ClauseVerdict::Holds if number != 1 => format!("{number} hold"),
            _ => format!("{number} {}", words::clause_verdict(verdict)),
        })
        .collect();
    format!("{}: {}", count(record.clauses.len(), "clause"), found.join(", "))
}

/// How many cases ran and how they ended, and how long that took.
fn cases(record: &Record) -> String {
    let took = span(record.duration_ms);
    let planned = record.scenarios.len();
    let ran: Vec<&ScenarioRecord> = record.scenarios.iter().filter(|case| case.excluded.is_none()).collect();
    if ran.is_empty() {
        return match planned {
            0 => format!("no case was planned, in {took}"),
            _ => format!("no case ran, of {planned} planned, in {took}"),
        };
    }
    let of = if ran.len() == planned { String::new() } else { format!(" of {planned}") };
    let verdicts = [
        (ScenarioVerdict::Passed, "passed"),
        (ScenarioVerdict::Failed, "failed"),
        (ScenarioVerdict::Inconclusive, "inconclusive"),
        (ScenarioVerdict::Error, "ended by a fault of the suite"),
        (ScenarioVerdict::NotApplicable, "not applicable"),
    ];
    let mut ends: Vec<String> = verdicts
        .into_iter()
        .map(|(verdict, words)| (ran.iter().filter(|case| case.verdict == verdict).count(), words))
        .filter(|(number, words)| *number > 0 || *words == "failed")
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    let known = record.scenarios.iter().filter(|case| case.is_known_failure()).count();
    if known > 0 {
        ends.push(format!("{known} as the baseline says"));
    }
    format!("{}{of} in {took}: {}", count(ran.len(), "case"), ends.join(", "))
}
