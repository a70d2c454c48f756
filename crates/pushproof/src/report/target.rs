//! Where reports go: `KIND=PATH`, and files that are there whole or as they were before.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
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

/// Reads `KIND=PATH`, and finds out whether the path can be written: before the run, not after it.
pub(crate) fn targets(texts: &[String]) -> Result<Vec<Target>, Usage> {
    let mut paths = BTreeSet::new();
    let mut targets = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let target = target(text)?;
        if !paths.insert(target.path.clone()) {
            return Err(Usage::new(format!("two reports would be written to {}", target.path)));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn target(text: &str) -> Result<Target, Usage> {
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
    begin(&path).map_err(|error| Usage::new(format!("the report {path} cannot be written: {error}")))?;
    Ok(Target { rendering, path })
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
        let texts = ["json=a", "junit=a"].map(str::to_owned);
        assert_eq!(targets(&texts).map(drop).unwrap_err().message, "two reports would be written to a");
    }

    #[test]
    fn a_report_replaces_the_one_before_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("report.json");
        fs::write(&path, "the one before").expect("a file");
        let text = format!("json={}", path.display());
        let targets = targets(&[text]).expect("a target");
        assert_eq!(read_to_string(&path).expect("a file"), "the one before");
        targets[0].write("the new one").expect("it is written");
        assert_eq!(read_to_string(&path).expect("a file"), "the new one");
        assert_eq!(read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "before").expect("a file");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let targets = targets(&[format!("json={}", link.display())]).expect("a target");
        targets[0].write("after").expect("it is written");
        assert_eq!(read_to_string(&file).expect("a file"), "after");
        assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    }
}
