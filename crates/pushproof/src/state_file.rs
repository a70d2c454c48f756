//! `--state FILE`: what a run before an upgrade by hand leaves for the one after it. The file holds access tokens, so that
//! nobody else may read it.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
};

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_runner::{Phase, Prepared};

use crate::{
    Usage,
    args::{CheckArgs, PhaseName},
    files,
};

/// The file of a run with `--phase`. One that was made for a run that prepares nothing does not stay.
pub(crate) struct StateFile {
    path: Utf8PathBuf,
    /// The file to be written, in a run that prepares.
    new: Option<File>,
}

/// The phase that was asked for, and its file.
pub(crate) fn open(args: &CheckArgs) -> Result<Option<(Phase, StateFile)>, Usage> {
    let (Some(phase), Some(path)) = (args.phase, args.state.clone()) else { return Ok(None) };
    Ok(Some(match phase {
        PhaseName::Prepare => {
            let new = Some(create(&path)?);
            (Phase::Prepare, StateFile { path, new })
        }
        PhaseName::Verify => (Phase::Verify(Box::new(read(&path)?)), StateFile { path, new: None }),
    }))
}

impl StateFile {
    /// Writes what was prepared, and says what comes next.
    pub(crate) fn keep(mut self, prepared: &Prepared) -> anyhow::Result<String> {
        if let Some(mut file) = self.new.take() {
            file.write_all(&serde_json::to_vec(prepared)?)?;
        }
        let mailbox = prepared.mailbox_listen.map(|address| format!(", its mailbox at {address}"));
        Ok(format!(
            "prepared: upgrade the homeserver, then run the check with `--phase verify --state {}`; its push \
             gateway listens at {} again{}",
            self.path,
            prepared.gateway_listen,
            mailbox.unwrap_or_default()
        ))
    }

    /// Removes the file: what it tells is used up, or there was nothing to tell.
    pub(crate) fn remove(mut self) -> anyhow::Result<()> {
        self.new = None;
        fs::remove_file(&self.path)?;
        Ok(())
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        if self.new.take().is_some() {
            // What cannot be removed is empty, and is refused by the next run.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the file before anything is done on the homeserver: what is prepared must not get lost.
fn create(path: &Utf8Path) -> Result<File, Usage> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Usage::new(format!("{path} is there already")).hint(
            "verify what it holds with --phase verify, which removes it; or remove it, and what was prepared is lost",
        ),
        _ => Usage::new(format!("{path} cannot be written: {error}")),
    })
}

fn read(path: &Utf8Path) -> Result<Prepared, Usage> {
    const PREPARE: &str = "--phase prepare writes it, on the homeserver before its upgrade";
    let unreadable = |error| Usage::new(format!("{path} cannot be read: {error}")).hint(PREPARE);
    let foreign = |why: &str| Usage::new(format!("{path} {why}")).hint(PREPARE);
    require_private(path, &fs::metadata(path).map_err(unreadable)?)?;
    let text = files::read(path).map_err(unreadable)?;
    if text.is_empty() {
        return Err(foreign("is empty: the run that was to prepare it did not come to its end"));
    }
    let json: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|_| foreign("is no file of a prepared check: it is no JSON"))?;
    if json["format"] != Prepared::FORMAT {
        return Err(foreign("is no file of a prepared check"));
    }
    if json["version"] != Prepared::VERSION {
        return Err(foreign(
            "was written by another version of pushproof; verify with that one, or prepare again",
        ));
    }
    serde_json::from_value(json).map_err(|error| foreign(&format!("is damaged: {error}")))
}

/// Access tokens that everybody can read are everybody's.
#[cfg(unix)]
fn require_private(path: &Utf8Path, file: &fs::Metadata) -> Result<(), Usage> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.permissions().mode() & 0o777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    let message = format!(
        "{path} holds access tokens and passwords, and others may read or write it (mode {mode:03o})"
    );
    Err(Usage::new(message).hint(format!("chmod 600 {path}")))
}

#[cfg(not(unix))]
fn require_private(_: &Utf8Path, _: &fs::Metadata) -> Result<(), Usage> {
    Ok(())
}
