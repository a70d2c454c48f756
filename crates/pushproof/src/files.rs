//! Files of the user: where a path leads, and what is read from there, which is bounded and never waited for.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;

/// The most that a file holds which people write, in bytes.
const MOST: u64 = 16 * 1024 * 1024;

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To a file, which need not be there yet; the path without links.
    File(Utf8PathBuf),
    /// To what this process has open already, as `/dev/fd/3` does.
    Open(Utf8PathBuf),
}

impl Place {
    /// Follows the links of a path, also those that lead to what is not there.
    pub(crate) fn of(path: &Utf8Path) -> io::Result<Self> {
        /// As many as Linux follows.
        const MOST_LINKS: usize = 40;
        if path.as_str().ends_with('/') {
            return Err(io::Error::other("the name is that of a folder"));
        }
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let folder = folder(&path).canonicalize_utf8()?;
            let name = path.file_name().ok_or_else(|| io::Error::other("the name is that of a folder"))?;
            path = folder.join(name);
            if is_of_descriptors(&folder) {
                return Ok(Self::Open(path));
            }
            match path.read_link_utf8() {
                Ok(to) => path = folder.join(to),
                Err(_no_link) => return Ok(Self::File(path)),
            }
        }
        Err(io::Error::other("its links lead back to themselves"))
    }
}

/// The folder that a path is in.
pub(crate) fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// Whether a folder holds what a process has open.
fn is_of_descriptors(folder: &Utf8Path) -> bool {
    folder == "/dev/fd" || (folder.starts_with("/proc") && folder.file_name() == Some("fd"))
}

/// Opens a path without waiting for another end that a pipe may never get. What is open already has one.
pub(crate) fn open(options: &mut OpenOptions, path: &Utf8Path) -> io::Result<fs::File> {
    // What does not exist is told by opening it.
    if !matches!(Place::of(path), Ok(Place::Open(_))) {
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// Reads a file that people write.
pub(crate) fn read(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let bytes = read_up_to(path, MOST + 1)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other(format!("it has more than {} MiB", MOST >> 20)));
    }
    Ok(bytes)
}

/// Reads a file that people write as text.
pub(crate) fn read_text(path: &Utf8Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::other("it is no text in UTF-8"))
}

/// Reads so many bytes of a file, or all that it has.
pub(crate) fn read_up_to(path: &Utf8Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(OpenOptions::new().read(true), path)?;
    if file.metadata()?.file_type().is_fifo() && !matches!(Place::of(path), Ok(Place::Open(_))) {
        return Err(io::Error::other("it is a named pipe, not a file"));
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn pipe(folder: &Utf8Path) -> Utf8PathBuf {
        let path = folder.join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
        assert!(made.success());
        path
    }

    #[test]
    fn nothing_is_waited_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = pipe(Utf8Path::from_path(folder.path()).expect("UTF-8"));
        assert_eq!(read(&path).unwrap_err().to_string(), "it is a named pipe, not a file");
    }

    #[rstest]
    #[case("/dev/zero", "it has more than 16 MiB")]
    #[case("/no/such/file", "No such file or directory (os error 2)")]
    fn what_is_no_file_of_the_user_is_refused(#[case] path: &str, #[case] why: &str) {
        assert_eq!(read(Utf8Path::new(path)).unwrap_err().to_string(), why);
    }

    #[test]
    fn an_empty_device_is_an_empty_file() {
        assert_eq!(read_text(Utf8Path::new("/dev/null")).expect("it is read"), "");
    }
}
