//! `--baseline FILE`: the file, before the run and after it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    sync::Arc,
};

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_record::{KnownFailure, KnownFailures, Record, ScenarioKey};
use pushproof_runner::{Ended, PlannedCase};
use pushproof_scenario::Scenario;
use pushproof_yaml::{Diagnostic, Node, Span, Value, list, nearest};

use crate::{
    Usage,
    args::KnownArgs,
    files,
    report::{Outlet, Overwrite},
    terminal,
};

/// The baseline of a run.
#[derive(Debug)]
pub(crate) struct BaselineFile {
    path: Utf8PathBuf,
    known: KnownFailures,
    /// Where it is written anew, if it is.
    rewrite: Option<Rewrite>,
}

/// A baseline that is written anew.
#[derive(Debug)]
struct Rewrite {
    outlet: Outlet,
    /// What the file held before the run; nothing else is written over.
    before: String,
}

impl BaselineFile {
    /// The file that the arguments name, if they name one. A file that is to be written need not be there yet.
    pub(crate) fn open(
        args: &KnownArgs,
        scenarios: &[Arc<Scenario>],
        overwrite: Overwrite,
    ) -> Result<Option<Self>, Usage> {
        let Some(path) = args.baseline.clone() else { return Ok(None) };
        let write = args.write_baseline;
        let text = match files::read_text(&path) {
            Ok(text) => text,
            Err(error) if write && error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Usage::new(format!("the baseline {path} cannot be read: {error}"))
                    .hint("to begin one, say --write-baseline too"));
            }
        };
        if write && overwrite == Overwrite::Reports && says_nothing(&text) && !text.trim().is_empty() {
            return Err(Usage::new(format!("{path} exists, and nothing but comments is in it"))
                .hint("name another path, or pass --force to overwrite the file"));
        }
        let known = read(&text, &plan(scenarios), write).map_err(|problem| {
            let shown = terminal::diagnostic(&problem, path.as_str(), &text);
            Usage::new("the baseline has a mistake").showing(shown)
        })?;
        let unwritable = |error| Usage::new(format!("the baseline {path} cannot be written: {error}"));
        let outlet = write.then(|| Outlet::find(&path)).transpose().map_err(unwritable)?;
        let rewrite = outlet.map(|outlet| Rewrite { outlet, before: text });
        Ok(Some(Self { path, known, rewrite }))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The cases with a known failure.
    pub(crate) fn cases(&self) -> BTreeSet<ScenarioKey> {
        self.known.0.keys().cloned().collect()
    }

    /// Notes in the record what was known, or what is known from now on and has yet to be written.
    pub(crate) fn close(self, record: &mut Record, ended: &Ended) -> Option<NewBaseline> {
        let Self { path, known, rewrite } = self;
        let new = match (rewrite, ended) {
            (None, _) => None,
            (Some(rewrite), Ended::Complete) => {
                Some(NewBaseline { path, known: KnownFailures::of(record, &known), rewrite })
            }
            (Some(_), _) => {
                terminal::note(&format!(
                    "the baseline {path} stays as it is: the run did not come to its end"
                ));
                None
            }
        };
        new.as_ref().map_or(&known, |new| &new.known).apply(record);
        new
    }
}

/// What is known from a run on.
pub(crate) struct NewBaseline {
    path: Utf8PathBuf,
    known: KnownFailures,
    rewrite: Rewrite,
}

impl NewBaseline {
    /// Writes the baseline.
    pub(crate) fn write(self) -> anyhow::Result<()> {
        let Self { path, known, rewrite: Rewrite { outlet, before } } = self;
        outlet
            .write(&path, &known.to_string(), |bytes| bytes == before.as_bytes())
            .map_err(|error| anyhow::anyhow!("the baseline {path} cannot be written: {error}"))?;
        terminal::note(&format!("the baseline {path} is written: {} known failures", known.0.len()));
        Ok(())
    }
}

/// Reads a baseline: a mapping from cases to what is known of them. What the plan does not have is a mistake, unless it
/// is about to be dropped.
fn read(text: &str, plan: &Plan, write: bool) -> Result<KnownFailures, Diagnostic> {
    if says_nothing(text) {
        return Ok(KnownFailures::default());
    }
    let root = pushproof_yaml::parse(text)?;
    let Value::Mapping(entries) = &root.value else {
        let message = format!("expected a mapping from cases to known failures, found {}", root.value.kind());
        return Err(Diagnostic::error(root.span, message));
    };
    let mut known = BTreeMap::new();
    for (case, node) in entries {
        let entry = pushproof_yaml::from_node::<KnownFailure>(node)?;
        match plan.get(&case.name) {
            Some(_) if write => {}
            Some(steps) => check_steps(node, steps)?,
            None if write => continue,
            None => {
                let cases = plan.keys().map(String::as_str);
                let message = format!("no scenario case is named `{}`", case.name);
                return Err(misspelled(message, case.span, &case.name, cases, GONE));
            }
        }
        known.insert(case.name.clone().into(), entry);
    }
    Ok(KnownFailures(known))
}

/// Whether there is nothing but comments and blank lines in a file.
fn says_nothing(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#'))
}

/// What to do about an entry whose case is no more.
const GONE: &str = "if it was removed, so must be its entry; --write-baseline does";

/// The verb and the clause of every step, by case.
type Plan = BTreeMap<String, Vec<(String, Option<String>)>>;

fn plan(scenarios: &[Arc<Scenario>]) -> Plan {
    let cases = PlannedCase::all(scenarios).into_iter().map(|case| {
        let steps = case.planned().steps.into_iter();
        let steps = steps.map(|step| (step.step, step.clause.map(|clause| clause.0)));
        (case.key.to_string(), steps.collect())
    });
    cases.collect()
}

/// Finds the first verb or clause that the case does not have.
fn check_steps(entry: &Node, steps: &[(String, Option<String>)]) -> Result<(), Diagnostic> {
    let Some(Value::Sequence(fails)) = entry.get("fails").map(|fails| &fails.value) else { return Ok(()) };
    for signature in fails {
        for (field, does, known) in [
            ("step", "is", steps.iter().map(|(verb, _)| verb.as_str()).collect::<BTreeSet<_>>()),
            ("clause", "judges", steps.iter().filter_map(|(_, clause)| clause.as_deref()).collect()),
        ] {
            let Some(node) = signature.get(field) else { continue };
            let Some(name) = node.as_str().filter(|name| !known.contains(name)) else { continue };
            let message = format!("no step of the case {does} `{name}`");
            let known: Vec<&str> = known.into_iter().collect();
            let otherwise = format!("it has {}", list(&known));
            return Err(misspelled(message, node.span, name, known.iter().copied(), &otherwise));
        }
    }
    Ok(())
}

fn misspelled<'a>(
    message: String,
    span: Span,
    name: &str,
    known: impl Iterator<Item = &'a str>,
    otherwise: &str,
) -> Diagnostic {
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`? Otherwise: {otherwise}"),
        None => otherwise.to_owned(),
    };
    Diagnostic::error(span, message).with_hint(hint)
}
