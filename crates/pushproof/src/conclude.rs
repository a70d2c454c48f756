//! What every run has in common, whatever its subject: its events are followed, its record is shown and written, and its
//! verdict becomes an exit code.

use pushproof_record::{Event, Fold, FoldError, Record, exit_code};
use pushproof_runner::{Ended, RunError};
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinHandle};

use crate::{
    Usage,
    baseline::{BaselineFile, NewBaseline},
    ci,
    progress::Progress,
    report, terminal,
};

/// What is made of a run.
pub(crate) struct Outputs {
    /// The known failures.
    pub(crate) baseline: Option<BaselineFile>,
    /// The reports that are written.
    pub(crate) targets: Vec<report::Target>,
    /// Whether what failed is shown in full.
    pub(crate) verbose: bool,
}

impl Outputs {
    /// Follows the events of a run: shows how far it is, and folds them.
    pub(crate) fn follow(
        &self,
        mut received: UnboundedReceiver<Event>,
    ) -> JoinHandle<Result<Fold, FoldError>> {
        let known = self.baseline.as_ref().map(BaselineFile::cases).unwrap_or_default();
        tokio::spawn(async move {
            let mut fold = Fold::default();
            let mut progress = Progress::new(known);
            while let Some(event) = received.recv().await {
                progress.see(&event);
                fold.apply(event)?;
            }
            Ok(fold)
        })
    }

    /// Writes and shows what was found; the exit code.
    pub(crate) fn conclude(self, ended: &Ended, record: Record) -> anyhow::Result<u8> {
        // Once more, now that all secrets are known.
        let mut record = terminal::secrets().record(record);
        let known = self.baseline.as_ref().map(|baseline| baseline.path().to_owned());
        let new = self.baseline.and_then(|baseline| baseline.close(&mut record, ended));
        // Whatever cannot be written keeps nothing else from being written, and the reports come first.
        let written = [
            report::write(&record, &self.targets),
            new.map_or(Ok(()), NewBaseline::write),
            report::show(&record, self.verbose),
            ci::tell(&record, known.as_deref()),
        ];
        let failed: Vec<String> =
            written.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
        if !failed.is_empty() {
            anyhow::bail!("{}", failed.join("; "));
        }
        Ok(match ended {
            Ended::Interrupted => exit_code::INTERRUPTED,
            Ended::GaveUp(reason) => {
                terminal::error(reason, None);
                exit_code::of(&record)
            }
            // Nothing was judged, as it was asked for.
            Ended::Prepared(_) => exit_code::CONFORMANT,
            Ended::Complete | Ended::CannotJudge(_) => exit_code::of(&record),
        })
    }
}

/// Says why there was no run; the exit code.
pub(crate) fn without_run(error: RunError) -> anyhow::Result<u8> {
    match error {
        RunError::NothingSelected(_) => {
            terminal::error(&error.to_string(), Some("`pushproof list scenarios` shows what there is"));
            Ok(exit_code::NOTHING_SELECTED)
        }
        RunError::NothingFits(_) | RunError::Gateway { .. } | RunError::NotGiven(_) | RunError::Proxy(_) => {
            Err(Usage::new(error.to_string()).into())
        }
        RunError::Client(_) => Err(error.into()),
    }
}
