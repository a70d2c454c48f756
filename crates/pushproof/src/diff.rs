//! `pushproof diff OLD NEW`: what changed between two runs.

use pushproof_record::{Comparison, exit_code, render};

use crate::{Usage, args::DiffArgs, record_file, report, terminal};

pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<u8> {
    let canon = record_file::canon()?;
    let (old, new) = (record_file::read(&args.old, &canon)?, record_file::read(&args.new, &canon)?);
    let comparison = Comparison::of(&old, &new).map_err(|unlike| {
        Usage::new(format!("{} and {} cannot be compared: {unlike}", args.old, args.new)).hint(
            "compare runs of the same side, selection and dialect; shards are put together with `report`",
        )
    })?;
    let comparison = comparison.allowing_gone(args.allow_gone);
    terminal::show(&render::comparison(&old, &new, &comparison, &report::terminal_options(false)))?;
    Ok(if comparison.is_worse() { exit_code::NOT_CONFORMANT } else { exit_code::CONFORMANT })
}
