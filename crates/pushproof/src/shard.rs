//! `--shard`: which part of the plan is run, as said, or as the variables of a CI have it.

use pushproof_record::ShardNumber;

use crate::Usage;

/// How a CI tells the jobs that share a run apart.
struct Ci {
    index: &'static str,
    /// The number of the first job.
    first: u32,
    total: Option<&'static str>,
}

/// Those that set variables by themselves. GitHub Actions does not: there the workflow writes `--shard`.
const CIS: [Ci; 4] = [
    // GitLab, `parallel`.
    Ci { index: "CI_NODE_INDEX", first: 1, total: Some("CI_NODE_TOTAL") },
    // Buildkite, `parallelism`.
    Ci { index: "BUILDKITE_PARALLEL_JOB", first: 0, total: Some("BUILDKITE_PARALLEL_JOB_COUNT") },
    // CircleCI, `parallelism`.
    Ci { index: "CIRCLE_NODE_INDEX", first: 0, total: Some("CIRCLE_NODE_TOTAL") },
    // Kubernetes, indexed Job.
    Ci { index: "JOB_COMPLETION_INDEX", first: 0, total: None },
];

const HINT: &str =
    "write --shard 1/4 for the first of four, or --shard auto, or auto/4 where the CI does not say how many";

/// Reads `1/4`, `auto` or `auto/4`.
pub(crate) fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<ShardNumber, Usage> {
    match text.strip_prefix("auto") {
        Some("") => of_ci(None, variable),
        Some(total) if total.starts_with('/') => of_ci(Some(number("--shard", &total[1..])?), variable),
        _ => text.parse().map_err(|error| Usage::new(format!("{error}")).hint(HINT)),
    }
}

fn of_ci(total: Option<u32>, variable: impl Fn(&str) -> Option<String>) -> Result<ShardNumber, Usage> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let Some((ci, index)) = CIS.iter().find_map(|ci| Some((ci, variable(ci.index)?))) else {
        let names: Vec<&str> = CIS.iter().map(|ci| ci.index).collect();
        let message = format!("no CI says which shard this is: none of {} is set", names.join(", "));
        return Err(Usage::new(message).hint(HINT));
    };
    let index = number(ci.index, &index)?;
    let told = ci.total.and_then(|name| Some((name, variable(name)?)));
    let told = told.map(|(name, value)| number(name, &value)).transpose()?;
    let total = match (total, told) {
        (Some(said), Some(told)) if said != told => {
            return Err(Usage::new(format!(
                "--shard says that there are {said} shards, the CI that there are {told}"
            )));
        }
        (Some(total), _) | (None, Some(total)) => total,
        (None, None) => {
            let message = format!("{} says which shard this is, but nothing says of how many", ci.index);
            return Err(Usage::new(message).hint("write --shard auto/4 if there are four"));
        }
    };
    let place = index.checked_sub(ci.first).and_then(|place| place.checked_add(1));
    match place {
        Some(index) if (1..=total).contains(&index) => Ok(ShardNumber { index, total }),
        _ => Err(Usage::new(format!("{} is {index}, but there are {total} shards", ci.index))),
    }
}

fn number(name: &str, value: &str) -> Result<u32, Usage> {
    value.parse().map_err(|_| Usage::new(format!("`{value}` is no number of shards ({name})")).hint(HINT))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::said("2/4", &[], Ok("2/4"))]
    #[case::said_beats_ci("2/4", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")], Ok("2/4"))]
    #[case::gitlab("auto", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")], Ok("1/3"))]
    #[case::buildkite("auto", &[("BUILDKITE_PARALLEL_JOB", "0"), ("BUILDKITE_PARALLEL_JOB_COUNT", "3")], Ok("1/3"))]
    #[case::circle("auto", &[("CIRCLE_NODE_INDEX", "2"), ("CIRCLE_NODE_TOTAL", "3")], Ok("3/3"))]
    #[case::kubernetes("auto/4", &[("JOB_COMPLETION_INDEX", "3")], Ok("4/4"))]
    #[case::both_say("auto/3", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")], Ok("1/3"))]
    #[case::both_say_otherwise(
        "auto/4", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")],
        Err("--shard says that there are 4 shards, the CI that there are 3")
    )]
    #[case::of_how_many(
        "auto", &[("JOB_COMPLETION_INDEX", "3")],
        Err("JOB_COMPLETION_INDEX says which shard this is, but nothing says of how many")
    )]
    #[case::too_few("auto/3", &[("JOB_COMPLETION_INDEX", "3")], Err("JOB_COMPLETION_INDEX is 3, but there are 3 shards"))]
    #[case::below_the_first(
        "auto", &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")],
        Err("CI_NODE_INDEX is 0, but there are 3 shards")
    )]
    #[case::no_number("auto", &[("CI_NODE_INDEX", "x"), ("CI_NODE_TOTAL", "3")], Err("`x` is no number of shards (CI_NODE_INDEX)"))]
    #[case::empty("auto", &[("CI_NODE_INDEX", "")], Err(
        "no CI says which shard this is: none of CI_NODE_INDEX, BUILDKITE_PARALLEL_JOB, CIRCLE_NODE_INDEX, \
         JOB_COMPLETION_INDEX is set"
    ))]
    #[case::zero("0/4", &[], Err("`0/4` is no part of a whole"))]
    #[case::misspelled("automatic", &[], Err("`automatic` is no part of a whole"))]
    fn shards(#[case] text: &str, #[case] variables: &[(&str, &str)], #[case] expected: Result<&str, &str>) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let shard = parse(text, variable);
        assert_eq!(
            shard.map(|shard| shard.to_string()).map_err(|usage| usage.message),
            expected.map(str::to_owned).map_err(str::to_owned)
        );
    }
}
