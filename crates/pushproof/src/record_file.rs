//! Files with the record of an earlier run.

use std::{fs::File, io::Read};

use camino::Utf8Path;
use pushproof_record::{Canon, Record};
use pushproof_vocabulary::Catalogue;

use crate::{Usage, scenarios};

/// What this build of the suite knows, against which records are held.
pub(crate) fn canon() -> anyhow::Result<Canon> {
    Ok(pushproof_runner::canon(&Catalogue::embedded().clauses, &scenarios::load(&[])?))
}

/// Reads a record, of a file that is too large no more than shows that.
pub(crate) fn read(path: &Utf8Path, canon: &Canon) -> Result<Record, Usage> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(Record::MOST_BYTES as u64 + 1).read_to_end(&mut text))
        .map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))?;
    Record::read(&text, canon).map_err(|error| Usage::new(format!("{path} is refused as a record: {error}")))
}
