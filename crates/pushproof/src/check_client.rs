//! `pushproof check-client`: one client, behind a driver.

use std::fmt::Write;

use pushproof_record::exit_code;
use pushproof_runner::Examination;
use pushproof_vocabulary::Dialect;

use crate::{Usage, args::CheckClientArgs, dialect, interrupt, serve, terminal};

pub(crate) async fn run(args: CheckClientArgs) -> anyhow::Result<u8> {
    let command = command(&args)?;
    let dialect = dialect::parse(&args.dialect)?;
    doctor(&command, &dialect).await
}

/// The command of the one driver.
fn command(args: &CheckClientArgs) -> anyhow::Result<Vec<String>> {
    const WAYS: &str = "name one client: the command of its driver, as in `pushproof check-client -- node driver.mjs`; \
                        or --embedded for the reference client";
    // An unset variable in somebody's CI gives an empty word, and must not be taken for anything.
    let is_named = args.command.iter().any(|word| !word.trim().is_empty());
    match (is_named, args.embedded) {
        (true, false) => Ok(args.command.clone()),
        (false, true) => {
            let own = std::env::current_exe()?;
            let mut command = vec![own.to_string_lossy().into_owned(), "client-driver".to_owned()];
            for defect in &args.defect {
                command.extend(["--defect".to_owned(), defect.clone()]);
            }
            Ok(command)
        }
        (true, true) => Err(Usage::new("there are two clients: a command and --embedded").hint(WAYS).into()),
        (false, false) => Err(Usage::new("there is no client to check").hint(WAYS).into()),
    }
}

/// Checks the driver's protocol alone.
async fn doctor(command: &[String], dialect: &Dialect) -> anyhow::Result<u8> {
    let cancel = interrupt::token("interrupted: ending the driver (interrupt again to stop at once)")?;
    let options = pushproof_homeserver::Options {
        dialect: dialect.clone(),
        ..pushproof_homeserver::Options::default()
    };
    let homeserver = serve::start(options).await?;
    let examined = pushproof_runner::examine(command, &homeserver.url(), dialect, &cancel).await;
    homeserver.stop().await;
    let examination = examined.map_err(Usage::new)?;
    terminal::out(&told(&examination)?)?;
    Ok(if cancel.is_cancelled() {
        exit_code::INTERRUPTED
    } else if examination.is_well() {
        exit_code::CONFORMANT
    } else {
        exit_code::NOT_JUDGED
    })
}

/// What was looked at, and what is wrong with it.
fn told(examination: &Examination) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for check in &examination.checks {
        match &check.wrong {
            None => writeln!(text, "ok     {}", check.what)?,
            Some((wrong, hint)) => {
                writeln!(text, "WRONG  {}\n       {wrong}\n       hint: {hint}", check.what)?;
            }
        }
    }
    if !examination.is_well() && !examination.log.trim().is_empty() {
        writeln!(text, "\nthe driver's stderr:")?;
        for line in examination.log.lines() {
            writeln!(text, "  {line}")?;
        }
    }
    let verdict =
        if examination.is_well() { "the driver keeps to the protocol" } else { "the driver needs mending" };
    writeln!(text, "\n{verdict}")?;
    Ok(text)
}
