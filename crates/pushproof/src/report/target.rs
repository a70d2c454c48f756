//! Where reports go: `KIND=PATH`.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_record::render::{self, Rendering};

use super::outlet::{MOST, Outlet};
use crate::{
    Usage,
    files::{self, folder},
};

/// A report to be written.
#[derive(Debug)]
pub(crate) struct Target {
    pub(super) rendering: &'static Rendering,
    path: Utf8PathBuf,
    outlet: Outlet,
    overwrite: Overwrite,
}

/// What a report may take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// An earlier report of its kind.
    Reports,
    /// Any file.
    Anything,
}

impl Overwrite {
    /// What `--force` says.
    pub(crate) fn forced(force: bool) -> Self {
        if force { Self::Anything } else { Self::Reports }
    }
}

/// Reads `KIND=PATH`, and finds out whether the path can be written: before the run, not after it. `others` are the files
/// that the run writes beside its reports.
pub(crate) fn targets(
    texts: &[String],
    overwrite: Overwrite,
    others: &[&Utf8Path],
) -> Result<Vec<Target>, Usage> {
    let others: BTreeSet<Utf8PathBuf> = others.iter().map(|path| place(path)).collect();
    let mut places = BTreeSet::new();
    let mut targets = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let target = target(text, overwrite)?;
        let (path, place) = (&target.path, place(&target.path));
        if others.contains(&place) {
            return Err(Usage::new(format!("a report and another file would both be written to {path}")));
        }
        if !places.insert(place) {
            return Err(Usage::new(format!("two reports would be written to {path}")));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// A path however it is spelled, also of a file that is not there yet.
fn place(path: &Utf8Path) -> Utf8PathBuf {
    match files::Place::of(path) {
        Ok(files::Place::File(place) | files::Place::Open(place)) => place,
        Err(_found_later) => path.to_owned(),
    }
}

fn target(text: &str, overwrite: Overwrite) -> Result<Target, Usage> {
    let kinds = render::kinds();
    let Some((kind, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err(Usage::new(format!("`{text}` does not say kind and path of a report"))
            .hint(format!("write --report KIND=PATH; kinds are {}", pushproof_yaml::list(&kinds))));
    };
    let Some(rendering) = render::rendering(kind, path) else {
        return Err(Usage::new(format!("`{kind}` is no kind of report"))
            .hint(format!("kinds are {}", pushproof_yaml::list(&kinds))));
    };
    let path = Utf8PathBuf::from(path);
    if path.is_dir() {
        return Err(Usage::new(format!("the report {path} would replace a folder")));
    }
    if !folder(&path).is_dir() {
        return Err(Usage::new(format!("there is no folder {} for the report {path}", folder(&path))));
    }
    if overwrite == Overwrite::Reports {
        require_ours(&path, rendering)?;
    }
    let outlet = Outlet::find(&path)
        .map_err(|error| Usage::new(format!("the report {path} cannot be written: {error}")))?;
    Ok(Target { rendering, path, outlet, overwrite })
}

/// Refuses a path at which something else than an earlier report of the kind would be lost. Devices and pipes keep nothing.
fn require_ours(path: &Utf8Path, rendering: &Rendering) -> Result<(), Usage> {
    if !path.is_file() || matches!(files::Place::of(path), Ok(files::Place::Open(_))) {
        return Ok(());
    }
    let kind = rendering.kind;
    let unreadable = |error| {
        Usage::new(format!("{path} cannot be read, so it may be something else than a report: {error}"))
    };
    if is_ours(&files::read_up_to(path, MOST).map_err(unreadable)?, rendering) {
        return Ok(());
    }
    Err(Usage::new(format!("{path} exists and is not a {kind} report that pushproof wrote"))
        .hint("name another path, or pass --force to overwrite the file"))
}

/// Whether a file holds nothing, or an earlier report of the kind.
fn is_ours(bytes: &[u8], rendering: &Rendering) -> bool {
    bytes.is_empty() || rendering.wrote(&String::from_utf8_lossy(bytes))
}

impl Target {
    /// Writes the report.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let may_replace =
            |bytes: &[u8]| self.overwrite == Overwrite::Anything || is_ours(bytes, self.rendering);
        self.outlet
            .write(&self.path, text, may_replace)
            .map_err(|error| anyhow::anyhow!("the report {} cannot be written: {error}", self.path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, read_dir, read_to_string};

    use rstest::rstest;

    use super::*;

    fn targets(texts: &[String]) -> Result<Vec<Target>, Usage> {
        super::targets(texts, Overwrite::Reports, &[Utf8Path::new("state"), Utf8Path::new("base.yaml")])
    }

    fn told(text: &str) -> String {
        targets(&[text.to_owned()]).map_or_else(|usage| usage.message, |targets| format!("{}", targets.len()))
    }

    #[rstest]
    #[case("junit", "`junit` does not say kind and path of a report")]
    #[case("junit=", "`junit=` does not say kind and path of a report")]
    #[case("xunit=a.xml", "`xunit` is no kind of report")]
    #[case(
        "junit=/no/such/folder/a.xml",
        "there is no folder /no/such/folder for the report /no/such/folder/a.xml"
    )]
    #[case("junit=/tmp", "the report /tmp would replace a folder")]
    #[case("junit=a.xml/", "the report a.xml/ cannot be written: the name is that of a folder")]
    fn mistakes_are_told_before_the_run(#[case] text: &str, #[case] message: &str) {
        assert_eq!(told(text), message);
    }

    #[test]
    fn two_reports_do_not_share_a_file() {
        let texts = ["json=a", "junit=./a"].map(str::to_owned);
        assert_eq!(targets(&texts).map(drop).unwrap_err().message, "two reports would be written to ./a");
    }

    #[test]
    fn a_report_does_not_share_a_file_with_what_else_is_written() {
        let message = "a report and another file would both be written to ./state";
        assert_eq!(told("json=./state"), message);
    }

    #[rstest]
    #[case::source("json", "{\"name\": \"a-package\"}", false)]
    #[case::prose("markdown", "## My project\n\n- about it\n", false)]
    #[case::quoted("json", "the record begins with {\"format\": \"pushproof-record\"}", false)]
    #[case::other_tests("tap", "TAP version 14\n1..1\nok 1 - a\n", false)]
    #[case::other_kind("junit", "{\"format\": \"pushproof-record\"}", false)]
    #[case::record("json", "{\n  \"format\": \"pushproof-record\"}", true)]
    #[case::prose_of_ours("markdown", "## ✅ conformant\n<!-- pushproof -->\n", true)]
    #[case::empty("html", "", true)]
    fn only_a_report_of_the_kind_is_overwritten(#[case] kind: &str, #[case] text: &str, #[case] ours: bool) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        fs::write(&path, text).expect("a file");
        let named = [format!("{kind}={}", path.display())];
        assert_eq!(targets(&named).is_ok(), ours);
        assert_eq!(read_to_string(&path).expect("a file"), text);
        assert!(super::targets(&named, Overwrite::Anything, &[]).is_ok());
    }

    #[test]
    fn a_report_replaces_the_one_before_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("report.json");
        let before = "{\"format\": \"pushproof-record\"}";
        fs::write(&path, before).expect("a file");
        let text = format!("json={}", path.display());
        let targets = targets(&[text]).expect("a target");
        assert_eq!(read_to_string(&path).expect("a file"), before);
        targets[0].write("the new one").expect("it is written");
        assert_eq!(read_to_string(&path).expect("a file"), "the new one");
        assert_eq!(read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "{\"format\": \"pushproof-record\"}").expect("a file");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let targets = targets(&[format!("json={}", link.display())]).expect("a target");
        targets[0].write("after").expect("it is written");
        assert_eq!(read_to_string(&file).expect("a file"), "after");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    }

    #[test]
    fn names_that_cannot_be_taken_are_told_before_the_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let named = |name: &str| told(&format!("json={}", folder.path().join(name).display()));
        assert!(named(&"a".repeat(300)).contains("cannot be written: File name too long"));
        std::os::unix::fs::symlink("one", folder.path().join("other")).expect("a link");
        std::os::unix::fs::symlink("other", folder.path().join("one")).expect("a link");
        assert!(named("one").contains("cannot be written: its links lead back to themselves"));
        assert_eq!(read_dir(folder.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn a_link_to_what_is_not_there_yet_stays_a_link() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::os::unix::fs::symlink("file", &link).expect("a link");
        let targets = targets(&[format!("json={}", link.display())]).expect("a target");
        assert!(!file.exists());
        targets[0].write("after").expect("it is written");
        assert_eq!(read_to_string(&file).expect("a file"), "after");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    }

    #[test]
    fn what_appears_during_the_run_is_not_overwritten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [file, link, mine] = ["file", "link", "mine"].map(|name| folder.path().join(name));
        fs::write(&mine, "precious").expect("a file");
        let named = [&file, &link].map(|path| format!("json={}", path.display()));
        let targets = targets(&named).expect("targets");
        fs::write(&file, "precious").expect("a file");
        std::os::unix::fs::symlink("mine", &link).expect("a link");
        for target in targets {
            let told = target.write("the report").unwrap_err().to_string();
            assert!(told.contains("something else came there during the run; it is in "), "{told}");
        }
        for path in [&file, &mine] {
            assert_eq!(read_to_string(path).expect("a file"), "precious");
        }
        for beside in ["file.1", "link.1"] {
            assert_eq!(read_to_string(folder.path().join(beside)).expect("a file"), "the report");
        }
    }

    /// Whoever reads a pipe sees it close once, behind the report; where nobody reads, nothing waits.
    #[test]
    fn a_pipe_is_open_from_before_the_run_until_the_report_is_in_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
        assert!(made.success());
        let named = [format!("json={}", pipe.display())];
        assert!(told(&named[0]).ends_with("cannot be written: nobody reads from it"));
        let text = "more than a pipe holds\n".repeat(100_000);
        let read = named[0].clone();
        let reader = std::thread::spawn(move || read_to_string(read.trim_start_matches("json=")));
        let targets = loop {
            // The reader is on its way.
            if let Ok(targets) = targets(&named) {
                break targets;
            }
            std::thread::yield_now();
        };
        targets[0].write(&text).expect("it is written");
        drop(targets);
        assert_eq!(reader.join().expect("it ends").expect("text").len(), text.len());
    }
}
