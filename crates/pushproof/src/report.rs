//! Reports: `--report KIND=PATH`, and `pushproof report RECORD`. Each is made of the record alone.

mod target;

pub(crate) use target::{Target, targets};

use camino::Utf8Path;
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
    let mut records = Vec::new();
    for path in &args.records {
        records.push((path.to_string(), read(path)?));
    }
    let merged = records.len() > 1 || records.iter().any(|(_, record)| record.shard.is_some());
    let record = if merged { merge(records)? } else { records.remove(0).1 };
    if targets.is_empty() {
        show(&record, args.verbose)?;
    }
    write(&record, &targets)?;
    // The verdict on a divided run is known here and nowhere else; that of a whole run was told by the run.
    Ok(if merged { exit_code::of(&record) } else { exit_code::CONFORMANT })
}

fn read(path: &Utf8Path) -> Result<Record, Usage> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))?;
    Record::read(&text).map_err(|error| Usage::new(format!("{path} is no record: {error}")))
}

/// One record of those of all shards of a run.
fn merge(records: Vec<(String, Record)>) -> Result<Record, Usage> {
    Record::merge(records).map_err(|error| {
        Usage::new(format!("the records cannot be put together: {error}"))
            .hint("several records must be those of the shards of one run: check --shard 1/4, 2/4 and so on")
    })
}
