//! Proves the suite: it is run against subjects that are broken in one known way each. Whatever can be broken by name
//! can be proved against; the runner starts none of it itself.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{StreamExt, TryStreamExt};
use pushproof_record::{Canon, ClauseVerdict, Event, Fold, FoldError, Record, ScenarioKey, ScenarioVerdict};
use pushproof_vocabulary::{Catalogue, ClauseId, Level};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio_util::task::AbortOnDropHandle;

use crate::{run_error::RunError, stop::Stop};

/// A subject that is broken in one known way.
#[derive(Clone, Debug)]
pub struct Breakage {
    /// Its name.
    pub name: String,
    /// What is wrong, in one line.
    pub description: String,
    /// The clauses that it breaks, all of them. None for a harmless variation, which must survive.
    pub breaks: BTreeSet<ClauseId>,
    /// Whether it keeps something from being judged, though it breaks nothing.
    pub obstructs: bool,
}

/// Runs the suite against subjects that are broken by name.
pub trait Workshop: Send + Sync + 'static {
    /// Starts the subject that is broken in this way, or the healthy one, and runs the suite against it; what is found is
    /// told as events.
    fn examine(
        &self,
        breakage: Option<&Breakage>,
        events: UnboundedSender<Event>,
        stop: Stop,
    ) -> impl Future<Output = Result<(), ProveError>> + Send;
}

/// What the suite found of one breakage.
#[derive(Clone, Debug)]
pub struct Row {
    /// The breakage; `None` for the healthy subject.
    pub breakage: Option<Breakage>,
    /// The clauses that were found broken, with the cases that found it.
    pub broken: Vec<(ClauseId, Vec<ScenarioKey>)>,
    /// Clauses that could not be judged; a healthy subject and a variation must leave none, an obstacle some.
    pub not_judged: Vec<(ClauseId, String)>,
    /// Cases in which the suite itself failed.
    pub errors: Vec<ScenarioKey>,
    /// What is wrong with the record, which whoever reads it would refuse.
    pub contradiction: Option<String>,
}

/// Why a subject could not be proved against.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// It did not start.
    #[error("the subject `{name}` does not start: {reason}")]
    Start {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
    /// There was no run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The runner told nonsense.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// Everything that the proof found.
#[derive(Clone, Debug)]
pub struct Proof {
    /// A row a subject, the healthy one first.
    pub rows: Vec<Row>,
    /// Cases that judge something and caught no breakage.
    pub idle: Vec<ScenarioKey>,
}

impl Row {
    /// The name of the subject.
    #[must_use]
    pub fn name(&self) -> &str {
        self.breakage.as_ref().map_or("healthy", |breakage| &breakage.name)
    }

    /// Broken as declared and found: what should have been found and was not, and what was found and should not.
    #[must_use]
    pub fn differences(&self) -> (Vec<&ClauseId>, Vec<&ClauseId>) {
        static NOTHING: BTreeSet<ClauseId> = BTreeSet::new();
        let declared = self.breakage.as_ref().map_or(&NOTHING, |breakage| &breakage.breaks);
        let found: BTreeSet<&ClauseId> = self.broken.iter().map(|(clause, _)| clause).collect();
        let missed = declared.iter().filter(|clause| !found.contains(clause)).collect();
        let surplus = found.into_iter().filter(|clause| !declared.contains(*clause)).collect();
        (missed, surplus)
    }

    /// Whether the suite found exactly what is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        let harmless = self.breakage.as_ref().is_none_or(|breakage| breakage.breaks.is_empty());
        let (missed, surplus) = self.differences();
        let obstructed = self.breakage.as_ref().is_some_and(|breakage| breakage.obstructs);
        let doubtful = harmless && self.not_judged.is_empty() == obstructed;
        let sound = self.errors.is_empty() && self.contradiction.is_none();
        missed.is_empty() && surplus.is_empty() && sound && !doubtful
    }

    fn of(breakage: Option<Breakage>, record: &mut Record, canon: &Canon) -> Self {
        let contradiction = record.audit(canon).err().map(|contradiction| contradiction.to_string());
        let record = &*record;
        let is_broken = |verdict| matches!(verdict, ClauseVerdict::Broken | ClauseVerdict::Warned);
        let broken = record.clauses.iter().filter(|clause| is_broken(clause.verdict)).map(|clause| {
            let failing = record.scenarios.iter().filter(|scenario| {
                scenario
                    .judging(&clause.id)
                    .any(|step| step.outcome.verdict == pushproof_record::StepVerdict::Failed)
            });
            (clause.id.clone(), failing.map(pushproof_record::ScenarioRecord::key).collect())
        });
        // A clause that no scenario checks, or that the set-up was declared to lack, says nothing of the subject.
        let not_judged = record
            .clauses
            .iter()
            .filter(|clause| clause.verdict == ClauseVerdict::NotJudged && !clause.scenarios.is_empty())
            .map(|clause| (clause.id.clone(), clause.reason.clone().unwrap_or_default()));
        let errors = record.scenarios.iter().filter(|scenario| scenario.verdict == ScenarioVerdict::Error);
        Self {
            broken: broken.collect(),
            not_judged: not_judged.collect(),
            errors: errors.map(pushproof_record::ScenarioRecord::key).collect(),
            contradiction,
            breakage,
        }
    }
}

impl Proof {
    /// Whether every breakage was found exactly, and every case found one.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.idle.is_empty() && self.rows.iter().all(Row::holds)
    }
}

/// Runs the suite against the healthy subject and every breakage, `at_once` of them at the same time. Each row is told as
/// soon as it is found. `canon` is what the suite knows: every record has to stand up to it.
pub async fn prove<W: Workshop>(
    workshop: Arc<W>,
    breakages: &[Breakage],
    canon: Arc<Canon>,
    at_once: usize,
    told: impl Fn(&Row),
    stop: &Stop,
) -> Result<Proof, ProveError> {
    let subjects = std::iter::once(None).chain(breakages.iter().cloned().map(Some));
    let told = &told;
    // None waits for an earlier one that takes longer; the rows are put in order afterwards. Of each record only what
    // the proof needs is kept: there are hundreds, of megabytes each.
    let runs = subjects.enumerate().map(|(place, breakage)| {
        let (workshop, canon, stop) = (Arc::clone(&workshop), Arc::clone(&canon), stop.child());
        async move {
            // A task of its own, or all of them would share one thread.
            let task = tokio::spawn(async move {
                let mut record = examine(workshop.as_ref(), breakage.as_ref(), stop).await?;
                let judging = if breakage.is_none() { judging(&record) } else { Vec::new() };
                Ok::<_, ProveError>((Row::of(breakage, &mut record, &canon), judging))
            });
            let ended = AbortOnDropHandle::new(task).await;
            let (row, judging) = ended.unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()))?;
            told(&row);
            Ok::<_, ProveError>((place, row, judging))
        }
    });
    let mut runs: Vec<_> = runs.collect();
    // What is slow on purpose stands last, and is begun first.
    runs.reverse();
    let mut found: Vec<(usize, Row, Vec<ScenarioKey>)> =
        futures_util::stream::iter(runs).buffer_unordered(at_once.max(1)).try_collect().await?;
    found.sort_by_key(|(place, ..)| *place);
    let judging = found.iter_mut().flat_map(|(_, _, judging)| std::mem::take(judging)).collect();
    let rows: Vec<Row> = found.into_iter().map(|(_, row, _)| row).collect();
    Ok(Proof { idle: idle(&rows, judging), rows })
}

/// The cases of a run that ran, and judge a clause that can be broken.
fn judging(record: &Record) -> Vec<ScenarioKey> {
    let can_be_broken = |clause: &ClauseId| {
        Catalogue::embedded().get(&clause.0).is_some_and(|clause| clause.level != Level::Open)
    };
    let judging = record.scenarios.iter().filter(|scenario| {
        let mut clauses = scenario.steps.iter().filter_map(|step| step.planned.clause.as_ref());
        scenario.excluded.is_none() && clauses.any(can_be_broken)
    });
    judging.map(pushproof_record::ScenarioRecord::key).collect()
}

/// Those of the cases that failed on nothing.
fn idle(rows: &[Row], judging: Vec<ScenarioKey>) -> Vec<ScenarioKey> {
    let caught: BTreeSet<&ScenarioKey> =
        rows.iter().flat_map(|row| &row.broken).flat_map(|(_, cases)| cases).collect();
    judging.into_iter().filter(|key| !caught.contains(key)).collect()
}

async fn examine<W: Workshop>(
    workshop: &W,
    breakage: Option<&Breakage>,
    stop: Stop,
) -> Result<Record, ProveError> {
    let (events, mut received) = mpsc::unbounded_channel();
    let mut fold = Fold::default();
    let running = workshop.examine(breakage, events, stop.clone());
    let folding = async {
        while let Some(event) = received.recv().await {
            fold.apply(event)?;
        }
        Ok::<_, FoldError>(())
    };
    let (ended, folded) = tokio::join!(running, folding);
    ended?;
    folded?;
    if stop.in_order.is_cancelled() {
        return Err(ProveError::Interrupted);
    }
    Ok(fold.finish()?)
}
