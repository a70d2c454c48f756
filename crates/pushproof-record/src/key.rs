//! What a case of a scenario is called.

use std::{convert::Infallible, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of one case of a scenario: `id`, or `id:case` where the scenario is a table of cases. Records and baselines
/// cite it in this spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(into = "String", from = "String")]
#[schemars(with = "String")]
pub struct ScenarioKey {
    /// The path of the scenario's file below `scenarios`, without its ending.
    pub id: String,
    /// The key of the case, in kebab-case.
    pub case: Option<String>,
}

impl fmt::Display for ScenarioKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        self.case.as_ref().map_or(Ok(()), |case| write!(f, ":{case}"))
    }
}

impl From<ScenarioKey> for String {
    fn from(key: ScenarioKey) -> Self {
        key.to_string()
    }
}

impl From<String> for ScenarioKey {
    fn from(text: String) -> Self {
        match text.split_once(':') {
            Some((id, case)) => Self { id: id.to_owned(), case: Some(case.to_owned()) },
            None => Self { id: text, case: None },
        }
    }
}

impl FromStr for ScenarioKey {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.to_owned().into())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("server/pusher/remote", None)]
    #[case("server/pusher/bad-type:string", Some("string"))]
    fn keys_are_read_as_they_are_written(#[case] text: &str, #[case] case: Option<&str>) {
        let key: ScenarioKey = text.parse().unwrap();
        assert_eq!(key.case.as_deref(), case);
        assert_eq!(key.to_string(), text);
    }
}
