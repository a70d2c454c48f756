//! `pushproof lint`: the mistakes in scenario files.

use pushproof_record::exit_code;
use pushproof_yaml::Severity;

use crate::{Usage, args::LintArgs, scenarios, terminal};

pub(crate) fn run(args: &LintArgs) -> anyhow::Result<u8> {
    let (mut files, mut errors, mut warnings) = (0, 0, 0);
    for given in &args.files {
        let found = scenarios::files(given)?;
        if found.is_empty() {
            return Err(Usage::new(format!("{given} holds no scenario files"))
                .hint("they end in .yaml")
                .into());
        }
        for path in found {
            files += 1;
            let text = scenarios::read_text(&path)?;
            let id =
                scenarios::id(&path, if given.is_file() { path.parent().unwrap_or(given) } else { given })?;
            for (severity, shown) in scenarios::examine(&id, &path, &text).1 {
                match severity {
                    Severity::Error => errors += 1,
                    Severity::Warning => warnings += 1,
                }
                terminal::show(&shown)?;
                terminal::out("\n\n")?;
            }
        }
    }
    terminal::out(&format!("{files} files, {errors} errors, {warnings} warnings\n"))?;
    Ok(if errors == 0 { exit_code::CONFORMANT } else { exit_code::USAGE })
}
