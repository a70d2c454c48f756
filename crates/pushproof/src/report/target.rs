//! Where reports go: `KIND=PATH`, and files that are there whole or as they were before.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write},
};

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_record::render::{self, Rendering};

use crate::Usage;

/// A report to be written.
#[derive(Debug)]
pub(crate) struct Target {
    pub(super) rendering: &'static Rendering,
    path: Utf8PathBuf,
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
    let whole = path.canonicalize_utf8();
    let below = || Some(folder(path).canonicalize_utf8().ok()?.join(path.file_name()?));
    whole.ok().or_else(below).unwrap_or_else(|| path.to_owned())
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
    begin(&path).map_err(|error| Usage::new(format!("the report {path} cannot be written: {error}")))?;
    Ok(Target { rendering, path })
}

/// Refuses a path at which something else than an earlier report of the kind would be lost. Devices and pipes keep nothing.
fn require_ours(path: &Utf8Path, rendering: &Rendering) -> Result<(), Usage> {
    /// More of a file need not be seen to know it.
    const MOST: u64 = 64 * 1024 * 1024;
    if !path.is_file() {
        return Ok(());
    }
    let kind = rendering.kind;
    let unreadable = |error| {
        Usage::new(format!("{path} cannot be read, so it may be something else than a report: {error}"))
    };
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.is_empty() || rendering.wrote(&String::from_utf8_lossy(&bytes)) {
        return Ok(());
    }
    Err(Usage::new(format!("{path} exists and is not a {kind} report that pushproof wrote"))
        .hint("name another path, or pass --force to overwrite the file"))
}

fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// A file that becomes the report when it is complete.
enum Draft {
    /// Beside the report, and renamed to it.
    Beside(tempfile::NamedTempFile, Utf8PathBuf),
    /// The report itself, where it is a device or a pipe, which nothing can replace.
    Stream(fs::File),
}

/// Begins a report. What was there before stays until the report is complete.
fn begin(path: &Utf8Path) -> io::Result<Draft> {
    // A link stays a link: what it points at is replaced.
    let place = path.canonicalize_utf8().unwrap_or_else(|_new| path.to_owned());
    match fs::metadata(&place) {
        Ok(existing) if !existing.is_file() => {
            return fs::OpenOptions::new().write(true).open(&place).map(Draft::Stream);
        }
        // A file that may not be written is not replaced either.
        Ok(_) => drop(fs::OpenOptions::new().append(true).open(&place)?),
        Err(_new) => {}
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pushproof-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: what the umask leaves of it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    Ok(Draft::Beside(builder.tempfile_in(folder(&place))?, place))
}

impl Target {
    /// Writes the report.
    pub(super) fn write(&self, text: &str) -> anyhow::Result<()> {
        let written = match begin(&self.path) {
            Ok(Draft::Beside(mut file, place)) => file
                .write_all(text.as_bytes())
                .and_then(|()| file.persist(&place).map(drop).map_err(|failed| failed.error)),
            Ok(Draft::Stream(mut file)) => file.write_all(text.as_bytes()),
            Err(error) => Err(error),
        };
        written.map_err(|error| anyhow::anyhow!("the report {} cannot be written: {error}", self.path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{read_dir, read_to_string};

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

    #[cfg(unix)]
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
}
