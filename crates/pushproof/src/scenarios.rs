//! The scenarios: those of the repository, which are embedded, and those of `--scenarios DIR`.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_record::Painted;
use pushproof_scenario::Scenario;
use pushproof_yaml::Severity;

use crate::{Usage, files, terminal};

/// All scenarios, the embedded ones first. Files with mistakes are shown and are an error.
pub(crate) fn load(folders: &[Utf8PathBuf]) -> anyhow::Result<Vec<Arc<Scenario>>> {
    let mut scenarios: Vec<Arc<Scenario>> = Vec::new();
    for source in pushproof_scenario::embedded() {
        let scenario = Scenario::parse(source.id, source.path, source.text).map_err(|errors| {
            anyhow::anyhow!("the embedded scenario {} is wrong: {}", source.id, errors[0])
        })?;
        scenarios.push(Arc::new(scenario));
    }
    for folder in folders {
        for path in files(folder)? {
            let scenario = read(&path, folder)?;
            if scenarios.iter().any(|known| known.id == scenario.id) {
                return Err(Usage::new(format!("{path}: there is a scenario {} already", scenario.id)).into());
            }
            scenarios.push(Arc::new(scenario));
        }
    }
    Ok(scenarios)
}

/// Reads and lints one file below a folder of scenarios.
fn read(path: &Utf8Path, folder: &Utf8Path) -> anyhow::Result<Scenario> {
    let text = read_text(path)?;
    let id = id(path, folder)?;
    let (scenario, problems) = examine(&id, path, &text);
    match scenario {
        Some(scenario) if !problems.iter().any(|problem| problem.0 == Severity::Error) => Ok(scenario),
        _ => {
            let shown: Vec<String> = problems.iter().map(|(_, shown)| shown.to_string()).collect();
            let shown = Painted::by_library(&shown.join("\n\n"));
            Err(Usage::new("a scenario has mistakes").showing(shown).into())
        }
    }
}

/// The text of a scenario file.
pub(crate) fn read_text(path: &Utf8Path) -> Result<String, Usage> {
    files::read_text(path).map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))
}

/// The id of a scenario file below a folder.
pub(crate) fn id(path: &Utf8Path, folder: &Utf8Path) -> Result<String, Usage> {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    Scenario::id_of(relative).ok_or_else(|| {
        Usage::new(format!("{path} is no name for a scenario"))
            .hint("use lower-case letters, digits and dashes, and the ending .yaml")
    })
}

/// Parses and lints a scenario; everything that is wrong with it, ready to be shown.
pub(crate) fn examine(id: &str, path: &Utf8Path, text: &str) -> (Option<Scenario>, Vec<(Severity, Painted)>) {
    let (scenario, problems) = match Scenario::parse(id, path.as_str(), text) {
        Ok(scenario) => {
            let problems = pushproof_scenario::lint(&scenario, pushproof_vocabulary::Catalogue::embedded());
            (Some(scenario), problems)
        }
        Err(problems) => (None, problems),
    };
    let shown = |problem| terminal::diagnostic(problem, path.as_str(), text);
    let shown = problems.iter().map(|problem| (problem.severity, shown(problem)));
    (scenario, shown.collect())
}

/// The scenario files below a folder, or the file itself, sorted.
pub(crate) fn files(path: &Utf8Path) -> anyhow::Result<Vec<Utf8PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries =
        path.read_dir_utf8().map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(entry.path())?);
        } else if entry.path().extension() == Some("yaml") {
            found.push(entry.path().to_owned());
        }
    }
    found.sort();
    Ok(found)
}
