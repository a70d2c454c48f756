//! Files with the record of an earlier run.

use camino::Utf8Path;
use pushproof_record::{Canon, Record};
use pushproof_vocabulary::Catalogue;

use crate::{Usage, files, scenarios};

/// What this build of the suite knows, against which records are held.
pub(crate) fn canon() -> anyhow::Result<Canon> {
    Ok(pushproof_runner::canon(&Catalogue::embedded().clauses, &scenarios::load(&[])?))
}

/// Reads a record, of a file that is too large no more than shows that.
pub(crate) fn read(path: &Utf8Path, canon: &Canon) -> Result<Record, Usage> {
    let text = files::read_up_to(path, Record::MOST_BYTES as u64 + 1)
        .map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))?;
    Record::read(&text, canon).map_err(|error| Usage::new(format!("{path} is refused as a record: {error}")))
}
