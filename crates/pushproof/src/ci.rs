//! What CI systems are told beyond the report: groups that fold in their logs, annotations, the summary of a job.

use std::{
    env, fs,
    io::{self, Write},
    time::{SystemTime, UNIX_EPOCH},
};

use camino::Utf8Path;
use pushproof_record::{
    Record,
    render::{self, Place, github_annotations},
};

use crate::{files, terminal};

/// GitHub refuses a summary beyond this, with all that other commands of the step have written into it.
const SUMMARY_BYTES: u64 = 1024 * 1024;

/// A CI system that can be told more than lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ci {
    Github,
    Gitlab,
    Buildkite,
}

impl Ci {
    /// The one that this runs in, as it says itself.
    pub(crate) fn detect() -> Option<Self> {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| value == "true");
        let known =
            [("GITHUB_ACTIONS", Self::Github), ("GITLAB_CI", Self::Gitlab), ("BUILDKITE", Self::Buildkite)];
        known.into_iter().find(|(name, _)| is_set(name)).map(|(_, ci)| ci)
    }

    /// Begins a part of the log that is folded.
    pub(crate) fn open(self, title: &str) {
        terminal::command(&self.opening(title, now()));
    }

    /// Ends it.
    pub(crate) fn close(self) {
        terminal::command(&self.closing(now()));
    }

    fn opening(self, title: &str, now: u64) -> String {
        match self {
            Self::Github => format!("::group::{title}\n"),
            Self::Gitlab => {
                format!("\u{1b}[0Ksection_start:{now}:pushproof[collapsed=true]\r\u{1b}[0K{title}\n")
            }
            Self::Buildkite => format!("--- {title}\n"),
        }
    }

    fn closing(self, now: u64) -> String {
        match self {
            Self::Github => "::endgroup::\n".to_owned(),
            Self::Gitlab => format!("\u{1b}[0Ksection_end:{now}:pushproof\r\u{1b}[0K\n"),
            // A group ends where the next one begins; this one is open from the start.
            Self::Buildkite => "+++ pushproof\n".to_owned(),
        }
    }
}

/// Names the file that a job's summary is added to.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Tells of a record whatever the CI system has a place for beside the log.
pub(crate) fn tell(record: &Record, baseline: Option<&Utf8Path>) -> anyhow::Result<()> {
    if Ci::detect() != Some(Ci::Github) {
        return Ok(());
    }
    let annotated = terminal::show(&github_annotations(record, &|place| find(place, baseline)));
    // It repeats what the log says: without it no verdict is lost, as it would be with the exit code.
    if let Some(path) = env::var(SUMMARY).ok().filter(|path| !path.is_empty())
        && let Err(error) = summarise(record, path.as_ref())
    {
        terminal::note(&format!(
            "the summary of the job cannot be written to {path}, which {SUMMARY} names: {error}; in a container that folder \
             must be mounted"
        ));
    }
    annotated.map_err(|error| anyhow::anyhow!("the annotations cannot be shown: {error}"))
}

/// Where a place is in the user's repository, if it is there.
fn find(place: Place<'_>, baseline: Option<&Utf8Path>) -> Option<(String, u32)> {
    match place {
        Place::Baseline(key) => {
            let path = baseline?;
            let key = key.to_string();
            let text = files::read_text(path).ok()?;
            let number = text.lines().position(|line| line.contains(&key)).unwrap_or(0);
            Some((path.to_string(), u32::try_from(number).ok()? + 1))
        }
        Place::Step(source) => {
            let path = Utf8Path::new(&source.path);
            path.is_file().then(|| (source.path.clone(), source.line))
        }
    }
}

fn summarise(record: &Record, path: &Utf8Path) -> io::Result<()> {
    let mut file = files::open(fs::OpenOptions::new().append(true).create(true), path)?;
    let Some(rendering) = render::rendering("markdown", "summary.md") else { return Ok(()) };
    let text = rendering.of(record);
    if file.metadata()?.len() + text.len() as u64 > SUMMARY_BYTES {
        terminal::note("the summary of the job has no room left for the report");
        return Ok(());
    }
    file.write_all(text.as_bytes())
}

/// Seconds since 1970, which GitLab shows durations by.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Ci::Github, "::group::126 cases\n", "::endgroup::\n")]
    #[case(
        Ci::Gitlab,
        "\u{1b}[0Ksection_start:7:pushproof[collapsed=true]\r\u{1b}[0K126 cases\n",
        "\u{1b}[0Ksection_end:7:pushproof\r\u{1b}[0K\n"
    )]
    #[case(Ci::Buildkite, "--- 126 cases\n", "+++ pushproof\n")]
    fn folds(#[case] ci: Ci, #[case] opening: &str, #[case] closing: &str) {
        assert_eq!(ci.opening("126 cases", 7), opening);
        assert_eq!(ci.closing(7), closing);
    }
}
