//! Reports: `--report KIND=PATH`, and `pushproof report RECORD`. Each is made of the record alone.

mod target;

pub(crate) use target::{Target, targets};

use pushproof_record::{Record, exit_code, render};

use crate::{Usage, args::ReportArgs, terminal};

/// Writes the reports. One that cannot be written does not keep the others from being written.
pub(crate) fn write(record: &Record, targets: &[Target]) -> anyhow::Result<()> {
    let failed = targets.iter().filter_map(|target| target.write(&target.rendering.of(record)).err());
    let failed: Vec<String> = failed.map(|error| error.to_string()).collect();
    if failed.is_empty() { Ok(()) } else { Err(anyhow::anyhow!("{}", failed.join("; "))) }
}

/// Shows the terminal's report.
pub(crate) fn show(record: &Record, verbose: bool) -> anyhow::Result<()> {
    let options = render::TerminalOptions {
        colour: if terminal::stdout_is_coloured() { render::Colour::Always } else { render::Colour::Never },
        width: terminal::width(),
        detail: if verbose { render::Detail::Full } else { render::Detail::Brief },
    };
    terminal::out(&render::terminal(record, &options))?;
    Ok(())
}

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<u8> {
    let targets = targets(&args.report)?;
    let path = &args.record;
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))?;
    let record = Record::read(&text).map_err(|error| Usage::new(format!("{path} is no record: {error}")))?;
    if targets.is_empty() {
        show(&record, args.verbose)?;
    }
    write(&record, &targets)?;
    Ok(exit_code::CONFORMANT)
}
