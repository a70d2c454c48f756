//! What the suite itself knows: its clauses, and what its scenarios do.

use std::collections::BTreeMap;

use pushproof_vocabulary::{Clause, Side};
use sha2::{Digest, Sha256};

use crate::{PlannedScenario, Record, ScenarioKey, Suite};

/// The clauses and scenarios of a suite, against which the records that it made are held.
#[derive(Clone, Debug)]
pub struct Canon {
    suite: Suite,
    catalogue: Vec<Clause>,
    cases: BTreeMap<ScenarioKey, CanonCase>,
}

/// A case of a scenario that belongs to the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanonCase {
    /// The case as runs plan it.
    pub planned: PlannedScenario,
    /// Whom it judges.
    pub side: Side,
    /// What its scenario needs of the set-up or the client, by the names of `--without` and of what drivers declare.
    pub needs: Vec<String>,
}

impl Canon {
    /// That of the suite of this name and version.
    #[must_use]
    pub fn new(
        name: &str,
        version: &str,
        catalogue: &[Clause],
        cases: impl IntoIterator<Item = CanonCase>,
    ) -> Self {
        let cases: BTreeMap<ScenarioKey, CanonCase> =
            cases.into_iter().map(|case| (case.planned.key.clone(), case)).collect();
        let digest = Some(digest(catalogue, &cases));
        let suite = Suite { name: name.to_owned(), version: version.to_owned(), digest };
        Self { suite, catalogue: catalogue.to_vec(), cases }
    }

    /// The suite, as its records name it.
    #[must_use]
    pub fn suite(&self) -> &Suite {
        &self.suite
    }

    /// The clauses of both sides, in the proposal's order.
    #[must_use]
    pub fn catalogue(&self) -> &[Clause] {
        &self.catalogue
    }

    /// What its records say whatever is found: the ids and titles of clauses and cases.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let clauses = self.catalogue.iter().flat_map(|clause| {
            [Some(&clause.id.0), Some(&clause.title), clause.reason.as_ref()].into_iter().flatten()
        });
        let cases = self.cases.values().flat_map(|CanonCase { planned, .. }| {
            [Some(&planned.key.id), planned.key.case.as_ref(), Some(&planned.title)].into_iter().flatten()
        });
        clauses.chain(cases).map(String::as_str)
    }

    pub(super) fn case(&self, key: &ScenarioKey) -> Option<&CanonCase> {
        self.cases.get(key)
    }

    /// The cases that judge a side.
    pub(super) fn cases_of(&self, side: Side) -> impl Iterator<Item = &CanonCase> {
        self.cases.values().filter(move |case| case.side == side)
    }

    /// Whether this suite made a record. One that does not say by which build of this version it was made is taken for
    /// its own.
    pub(super) fn made(&self, record: &Record) -> bool {
        let suite = &record.suite;
        (&suite.name, &suite.version) == (&self.suite.name, &self.suite.version)
            && (suite.digest.is_none() || suite.digest == self.suite.digest)
    }
}

/// SHA-256 over all that verdicts depend on, a line of JSON each.
fn digest(catalogue: &[Clause], cases: &BTreeMap<ScenarioKey, CanonCase>) -> String {
    let mut digest = Sha256::new();
    let mut line = |value: serde_json::Result<Vec<u8>>| {
        digest.update(value.unwrap_or_default());
        digest.update(b"\n");
    };
    for clause in catalogue {
        line(serde_json::to_vec(&(&clause.id, clause.side, clause.level)));
    }
    for (key, CanonCase { planned, side, needs }) in cases {
        line(serde_json::to_vec(&(key, &planned.title, &planned.steps, side, needs)));
    }
    hex::encode(digest.finalize())
}
