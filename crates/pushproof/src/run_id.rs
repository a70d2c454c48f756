//! `--run-id`: what the shards of one run have in common, as said, or as the variables of a CI have it.

/// The variables that are the same in all jobs of a run, also in those that are repeated later.
const CIS: [&str; 4] = [
    // GitHub Actions.
    "GITHUB_RUN_ID",
    // GitLab.
    "CI_PIPELINE_ID",
    // Buildkite.
    "BUILDKITE_BUILD_ID",
    // CircleCI.
    "CIRCLE_WORKFLOW_WORKSPACE_ID",
];

/// The id of the run. A CI is asked only for a shard, for nobody puts whole runs together.
pub(crate) fn find(
    said: Option<&str>,
    is_shard: bool,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let said = said.map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
    let of_ci = || CIS.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    said.or_else(|| is_shard.then(of_ci)?)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::said(Some("nightly-7"), true, Some("nightly-7"))]
    #[case::of_ci(None, true, Some("512"))]
    #[case::unset_variable(Some(" "), true, Some("512"))]
    #[case::whole_run(None, false, None)]
    #[case::said_of_a_whole_run(Some("nightly-7"), false, Some("nightly-7"))]
    fn ids(#[case] said: Option<&str>, #[case] is_shard: bool, #[case] id: Option<&str>) {
        let variable = |name: &str| match name {
            "GITHUB_RUN_ID" => Some(String::new()),
            "CI_PIPELINE_ID" => Some("512".to_owned()),
            _ => None,
        };
        assert_eq!(find(said, is_shard, variable).as_deref(), id);
    }
}
