//! Reports: `--report KIND=PATH`, and `pushproof report RECORD`. Each is made of the record alone.

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_record::{Record, exit_code, render};

use crate::{Usage, args::ReportArgs, terminal};

/// A report to be written.
#[derive(Debug)]
pub(crate) struct Target {
    kind: Kind,
    path: Utf8PathBuf,
}

/// The kinds of reports.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Json,
}

/// Reads `KIND=PATH`.
pub(crate) fn targets(texts: &[String]) -> Result<Vec<Target>, Usage> {
    texts.iter().map(|text| target(text)).collect()
}

fn target(text: &str) -> Result<Target, Usage> {
    const HINT: &str = "write --report json=PATH";
    let Some((kind, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err(Usage::new(format!("`{text}` does not say kind and path of a report")).hint(HINT));
    };
    let kind = match kind {
        "json" => Kind::Json,
        other => return Err(Usage::new(format!("`{other}` is no kind of report")).hint(HINT)),
    };
    let path = Utf8PathBuf::from(path);
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    // Found out before the run, not after it.
    if !folder.is_dir() {
        return Err(Usage::new(format!("there is no folder {folder} for the report {path}")));
    }
    Ok(Target { kind, path })
}

/// Writes the reports.
pub(crate) fn write(record: &Record, targets: &[Target]) -> anyhow::Result<()> {
    for Target { kind, path } in targets {
        let text = match kind {
            Kind::Json => render::json(record),
        };
        std::fs::write(path, text)
            .map_err(|error| anyhow::anyhow!("the report {path} cannot be written: {error}"))?;
    }
    Ok(())
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
