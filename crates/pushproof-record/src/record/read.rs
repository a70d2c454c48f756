//! Reading and writing records.

use pushproof_vocabulary::json;

use super::Record;

/// Why a text is not read as a record.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON object with the format and version of a record.
    #[error("it has no `format: \"{}\"` with a version", Record::FORMAT)]
    NoRecord,
    /// It was written by a newer version, whose records mean something else.
    #[error("its version is {0}, this program reads up to {version}", version = Record::VERSION)]
    Newer(u64),
    /// It is JSON, but not as the format has it.
    #[error("it is not as a record should be: {0}")]
    Shape(#[from] serde_json::Error),
}

impl Record {
    /// Reads a record. Fields that this version does not know are ignored.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let value = json::from_slice(text.as_bytes()).map_err(|_no_json| ReadError::NoRecord)?;
        let version = value["version"].as_u64().filter(|_| value["format"] == Self::FORMAT);
        match version {
            None => Err(ReadError::NoRecord),
            Some(newer) if newer > u64::from(Self::VERSION) => Err(ReadError::Newer(newer)),
            Some(_) => Ok(serde_json::from_value(value)?),
        }
    }
}
