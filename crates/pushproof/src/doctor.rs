//! `pushproof check-client --doctor`: a driver's protocol alone.

use std::{fmt::Write, time::Duration};

use pushproof_record::exit_code;
use pushproof_runner::Examination;
use pushproof_vocabulary::Dialect;

use crate::{Usage, check, interrupt, serve, terminal};

/// Checks the driver's protocol alone.
pub(crate) async fn run(
    command: &[String],
    dialect: Option<&Dialect>,
    patience: Duration,
) -> anyhow::Result<u8> {
    let dialect = dialect.cloned().unwrap_or_else(check::embedded_dialect);
    let cancel = interrupt::token("interrupted: ending the driver (interrupt again to stop at once)")?;
    let options = pushproof_homeserver::Options {
        dialect: dialect.clone(),
        ..pushproof_homeserver::Options::default()
    };
    let homeserver = serve::start(options).await?;
    let examined = pushproof_runner::examine(command, &homeserver.url(), &dialect, patience, &cancel).await;
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
