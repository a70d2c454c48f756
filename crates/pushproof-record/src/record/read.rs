//! Reading records.

use pushproof_vocabulary::json;

use super::Record;
use crate::{Canon, Contradiction, audit};

/// Why a text is not read as a record.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It has more bytes than any record.
    #[error("it is larger than {} MiB, the most that a record may have", Record::MOST_BYTES >> 20)]
    TooLarge,
    /// It has more JSON values than any record, and would take too much memory.
    #[error("it has more than {} JSON values, the most that a record may have", Record::MOST_VALUES)]
    TooMany,
    /// It is no JSON, or is too deep.
    #[error("it is not the JSON of a record: {0}")]
    NoJson(serde_json::Error),
    /// It is no JSON object with the format and version of a record.
    #[error("it has no `format: \"{}\"` with a version", Record::FORMAT)]
    NoRecord,
    /// It was written by a newer version, whose records mean something else.
    #[error("its version is {0}, this program reads up to {version}", version = Record::VERSION)]
    Newer(u64),
    /// It is JSON, but not as the format has it.
    #[error("it is not as a record should be: {0}")]
    Shape(#[from] serde_json::Error),
    /// It says what no run can have found.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

impl Record {
    /// The most bytes that a record is read of. Runs of the suite's own scenarios write a hundredth of it.
    pub const MOST_BYTES: usize = 256 * 1024 * 1024;
    /// The most JSON values that a record is read of. Each costs about a hundred bytes of memory.
    pub const MOST_VALUES: usize = 8_000_000;

    /// Reads a record. Fields that this version does not know are ignored. The verdicts are drawn anew from the steps and
    /// the suite's own clauses; a record of this suite that claims others, or contradicts itself, is refused.
    ///
    /// # Errors
    ///
    /// When the text is no record, or none that a run can have written.
    pub fn read(text: &[u8], canon: &Canon) -> Result<Self, ReadError> {
        if text.len() > Self::MOST_BYTES {
            return Err(ReadError::TooLarge);
        }
        if values(text) > Self::MOST_VALUES {
            return Err(ReadError::TooMany);
        }
        let value = json::from_slice(text).map_err(ReadError::NoJson)?;
        let version = value["version"].as_u64().filter(|_| value["format"] == Self::FORMAT);
        match version {
            None => return Err(ReadError::NoRecord),
            Some(newer) if newer > u64::from(Self::VERSION) => return Err(ReadError::Newer(newer)),
            Some(_) => {}
        }
        let mut record: Self = serde_json::from_value(value)?;
        record.audit(canon)?;
        Ok(record)
    }

    /// Draws the verdicts anew from the steps and the suite's own clauses, as is done with every record that is read.
    ///
    /// # Errors
    ///
    /// When a record of this suite claims others, or contradicts itself.
    pub fn audit(&mut self, canon: &Canon) -> Result<(), Contradiction> {
        audit::examine(self, canon)
    }
}

/// About how many JSON values there are in a text: one after each bracket, comma and colon outside of strings.
fn values(text: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' | b',' | b':' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}
