//! `pushproof man DIR`: a manual page for the command and for each of its subcommands.

use clap::CommandFactory;
use pushproof_record::exit_code;

use crate::{
    Usage,
    args::{Args, ManArgs},
};

pub(crate) fn run(args: &ManArgs) -> anyhow::Result<u8> {
    let folder = &args.folder;
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command().disable_help_subcommand(true), folder));
    written.map_err(|error| Usage::new(format!("the pages cannot be written to {folder}: {error}")))?;
    Ok(exit_code::CONFORMANT)
}
