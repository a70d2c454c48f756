//! `pushproof man DIR`: a manual page for the command and for each of its subcommands.

use camino::Utf8Path;
use pushproof_record::exit_code;

use crate::{
    Usage,
    args::{self, ManArgs},
};

pub(crate) fn run(args: &ManArgs) -> anyhow::Result<u8> {
    let folder = &args.folder;
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        require_ours(entry.path())?;
    }
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(args::command().disable_help_subcommand(true), folder));
    written.map_err(|error| Usage::new(format!("the pages cannot be written to {folder}: {error}")))?;
    Ok(exit_code::CONFORMANT)
}

/// Refuses to write over a file that has the name of a page and is none.
fn require_ours(path: &Utf8Path) -> Result<(), Usage> {
    let name = path.file_name().unwrap_or_default();
    if !(name.starts_with("pushproof") && name.ends_with(".1") && path.is_file()) {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let ours = text.lines().any(|line| line.starts_with(".TH pushproof"));
    let usage = || Usage::new(format!("{path} exists and is not a manual page of pushproof"));
    if ours { Ok(()) } else { Err(usage().hint("name another folder, or remove the file")) }
}
