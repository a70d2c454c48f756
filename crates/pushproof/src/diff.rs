//! `pushproof diff OLD NEW`: what changed between two runs.

use pushproof_record::{Comparison, exit_code, render};

use crate::{args::DiffArgs, report, terminal};

pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<u8> {
    let (old, new) = (report::read(&args.old)?, report::read(&args.new)?);
    terminal::show(&render::comparison(&old, &new, &report::terminal_options(false)))?;
    let regressed = Comparison::of(&old, &new).has_regressed();
    Ok(if regressed { exit_code::NOT_CONFORMANT } else { exit_code::CONFORMANT })
}
