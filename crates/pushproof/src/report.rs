//! Reports: `--report KIND=PATH`, and `pushproof report RECORD…`. Each is made of records alone.

mod outlet;
mod target;

pub(crate) use outlet::Outlet;
pub(crate) use target::{Overwrite, Target, targets};

use camino::Utf8Path;
use pushproof_record::{
    Canon, Record, exit_code,
    render::{self, Colour, Column, Detail, TerminalOptions},
};

use crate::{Usage, args::ReportArgs, record_file, terminal};

/// Writes the reports of a record.
pub(crate) fn write(record: &Record, targets: &[Target]) -> anyhow::Result<()> {
    write_all(targets.iter().map(|target| (target, target.rendering.of(record))))
}

/// Writes reports. One that cannot be written does not keep the others from being written.
fn write_all<'a>(reports: impl Iterator<Item = (&'a Target, String)>) -> anyhow::Result<()> {
    let failed = reports.filter_map(|(target, text)| target.write(&text).err());
    let failed: Vec<String> = failed.map(|error| error.to_string()).collect();
    if failed.is_empty() { Ok(()) } else { Err(anyhow::anyhow!("{}", failed.join("; "))) }
}

/// How reports are drawn on stdout.
pub(crate) fn terminal_options(verbose: bool) -> TerminalOptions {
    TerminalOptions {
        colour: if terminal::stdout_is_coloured() { Colour::Always } else { Colour::Never },
        width: terminal::width(),
        detail: if verbose { Detail::Full } else { Detail::Brief },
    }
}

/// Shows the terminal's report.
pub(crate) fn show(record: &Record, verbose: bool) -> anyhow::Result<()> {
    let shown = terminal::show(&render::terminal(record, &terminal_options(verbose)));
    shown.map_err(|error| anyhow::anyhow!("the report cannot be shown: {error}"))
}

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<u8> {
    let targets = targets(&args.report, Overwrite::forced(args.force), &[])?;
    let canon = record_file::canon()?;
    let mut records = Vec::new();
    for path in &args.records {
        records.push((path.to_string(), record_file::read(path, &canon)?));
    }
    if records.iter().any(|(_, record)| record.shard.is_some()) {
        return shards(records, &canon, &targets, args.verbose);
    }
    match records.as_slice() {
        [(_, record)] => one(record, &targets, args.verbose)?,
        _ => several(&columns(records), &targets)?,
    }
    Ok(exit_code::CONFORMANT)
}

/// The shards of one run, put together. The verdict on a divided run is known here and nowhere else; that of a whole run
/// was told by the run.
fn shards(
    records: Vec<(String, Record)>,
    canon: &Canon,
    targets: &[Target],
    verbose: bool,
) -> anyhow::Result<u8> {
    let record = Record::merge(records, canon.catalogue()).map_err(|error| {
        Usage::new(format!("the records cannot be put together: {error}"))
            .hint("records of shards must be those of one run: check --shard 1/4, 2/4 and so on")
    })?;
    one(&record, targets, verbose)?;
    Ok(exit_code::of(&record))
}

fn one(record: &Record, targets: &[Target], verbose: bool) -> anyhow::Result<()> {
    if targets.is_empty() {
        show(record, verbose)?;
    }
    write(record, targets)
}

/// Records side by side.
fn several(columns: &[Column], targets: &[Target]) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    for target in targets {
        let kind = target.rendering.kind;
        let text = target.rendering.of_several(columns).ok_or_else(|| {
            Usage::new(format!("`{kind}` shows one record, and there are {}", columns.len()))
                .hint("several records side by side are `html` or `markdown`")
        })?;
        reports.push((target, text));
    }
    if targets.is_empty() {
        terminal::show(&render::matrix(columns, &terminal_options(false)))?;
    }
    write_all(reports.into_iter())
}

/// Records with the names of their files, or with their whole paths where two files have the same name.
fn columns(records: Vec<(String, Record)>) -> Vec<Column> {
    let stem = |path: &str| Utf8Path::new(path).file_stem().unwrap_or(path).to_owned();
    let stems: Vec<String> = records.iter().map(|(path, _)| stem(path)).collect();
    let name = |path: &str| {
        let alone = stems.iter().filter(|other| **other == stem(path)).count() == 1;
        if alone { stem(path) } else { path.to_owned() }
    };
    records.into_iter().map(|(path, record)| Column { name: name(&path), record }).collect()
}
