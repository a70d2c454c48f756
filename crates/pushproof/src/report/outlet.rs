//! What a report is written to: files that are there whole or as they were before, and streams.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::PermissionsExt,
    thread,
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    files::{self, Place},
    terminal,
};

/// Where a text goes after the run, as it was found before it.
#[derive(Debug)]
pub(crate) enum Outlet {
    /// A file, by its path without links, that is replaced when the text is complete.
    File(Utf8PathBuf),
    /// A device, a pipe, or what is open already: nothing can replace it, and whoever reads it sees it close once.
    Stream(File),
}

impl Outlet {
    /// Finds out whether a path can be written, and leaves what is there as it is.
    pub(crate) fn find(path: &Utf8Path) -> io::Result<Self> {
        let place = match Place::of(path)? {
            Place::Open(path) => return descriptor(&path).map(Self::Stream),
            Place::File(place) => place,
        };
        match fs::metadata(&place) {
            Ok(existing) if existing.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(existing) if !existing.is_file() => {
                match files::open(OpenOptions::new().write(true), &place) {
                    Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
                        Err(io::Error::other("nobody reads from it"))
                    }
                    opened => opened.map(Self::Stream),
                }
            }
            // A file that may not be written is not replaced either.
            Ok(_) => {
                drop(OpenOptions::new().append(true).open(&place)?);
                drop(draft(&place)?);
                Ok(Self::File(place))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                drop(draft(&place)?);
                // Not every name that is free can be taken.
                drop(OpenOptions::new().write(true).create_new(true).open(&place)?);
                fs::remove_file(&place)?;
                Ok(Self::File(place))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the text. `may_replace` is asked of what is in the file by then; where it says no, or where the path leads
    /// elsewhere by now, the text goes into a new file beside.
    pub(crate) fn write(
        &self,
        path: &Utf8Path,
        text: &str,
        may_replace: impl Fn(&[u8]) -> bool,
    ) -> io::Result<()> {
        let place = match self {
            Self::Stream(file) => return stream(file, text.as_bytes()),
            Self::File(place) => place,
        };
        let mut file = draft(place)?;
        file.write_all(text.as_bytes())?;
        let leads_there = Place::of(path).is_ok_and(|now| now == Place::File(place.clone()));
        let failed = match fs::symlink_metadata(place) {
            Err(error) if error.kind() == ErrorKind::NotFound && leads_there => {
                match file.persist_noclobber(place) {
                    Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => failed.file,
                    persisted => return persisted.map(drop).map_err(|failed| failed.error),
                }
            }
            Ok(found) if leads_there && found.is_file() && may_replace(&files::read_up_to(place, MOST)?) => {
                drop(OpenOptions::new().append(true).open(place)?);
                return file.persist(place).map(drop).map_err(|failed| failed.error);
            }
            _ => file,
        };
        let beside = beside(place, failed)?;
        Err(io::Error::other(format!("something else came there during the run; it is in {beside} instead")))
    }
}

/// More of a file need not be seen to know it.
pub(super) const MOST: u64 = 64 * 1024 * 1024;

/// What is open already. A copy of it writes where others have come to; a file that was opened by its path would be written
/// over from its beginning.
fn descriptor(path: &Utf8Path) -> io::Result<File> {
    match path.file_name() {
        Some("1") => terminal::copy_of_results(),
        Some("2") => terminal::copy_of_messages(),
        _ => OpenOptions::new().append(true).open(path),
    }
}

/// A file that becomes the report when it is complete.
fn draft(place: &Utf8Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // As any new file: what the umask leaves of it.
    builder.prefix(".pushproof-").permissions(fs::Permissions::from_mode(0o666));
    builder.tempfile_in(files::folder(place))
}

/// Keeps a complete report under a name that nobody else has.
fn beside(place: &Utf8Path, file: tempfile::NamedTempFile) -> io::Result<Utf8PathBuf> {
    const NAMES: u32 = 1000;
    let mut file = file;
    for number in 1..=NAMES {
        let beside = Utf8PathBuf::from(format!("{place}.{number}"));
        match file.persist_noclobber(&beside) {
            Ok(_) => return Ok(beside),
            Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => file = failed.file,
            Err(failed) => return Err(failed.error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Writes all to a stream, which may be slow, but not for ever.
fn stream(mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(30);
    const PAUSE: Duration = Duration::from_millis(5);
    let mut moved = Instant::now();
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                moved = Instant::now();
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && moved.elapsed() < PATIENCE => {
                thread::sleep(PAUSE);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(io::Error::other("whoever reads from it has stopped to"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
