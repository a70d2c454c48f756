//! `pushproof explain ID`: what a clause asks and how it is checked, what a scenario does, what a defect breaks.

use std::fmt::Write;

use pushproof_record::exit_code;
use pushproof_runner::PlannedCase;
use pushproof_scenario::Step;
use pushproof_vocabulary::{Catalogue, Clause, Side};
use pushproof_yaml::nearest;
use serde_json::json;

use crate::{Usage, args::ExplainArgs, defects, list::judges, scenarios, terminal};

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<u8> {
    let cases = PlannedCase::all(&scenarios::load(&args.scenarios)?);
    let id = args.id.as_str();
    let defect = defects::all().into_iter().find(|defect| defect.name == id);
    let text = if let Some(clause) = Catalogue::embedded().get(id) {
        explain_clause(clause, &cases)?
    } else if let Some(case) = cases.iter().find(|case| case.key.id == id || case.key.to_string() == id) {
        explain_scenario(case, &cases)?
    } else if let Some(defect) = defect {
        format!(
            "{}\n\n{}\nbreaks: {}\n",
            defect.name,
            defect.description,
            or_nothing(&defect.breaks.join(", "))
        )
    } else {
        return Err(unknown(id, &cases).into());
    };
    terminal::out(&text)?;
    Ok(exit_code::CONFORMANT)
}

fn explain_clause(clause: &Clause, cases: &[PlannedCase]) -> Result<String, std::fmt::Error> {
    let mut text = format!("{}\n{}\n\n", clause.id, clause.title);
    let level = json!(clause.level);
    let facts = [
        ("level", Some(level.as_str().unwrap_or_default())),
        ("binds", Some(if clause.side == Side::Server { "the homeserver" } else { "the client" })),
        ("section", Some(clause.section.as_str())),
        ("shows", Some(clause.shows.trim())),
        ("reading", clause.reading.as_deref().map(str::trim)),
        ("reason", clause.reason.as_deref().map(str::trim)),
    ];
    for (name, fact) in facts {
        if let Some(fact) = fact {
            writeln!(text, "{name:8} {}", terminal::wrapped(fact, 9))?;
        }
    }
    let judging: Vec<&PlannedCase> = cases.iter().filter(|case| judges(case, &clause.id.0)).collect();
    let steps = judging.iter().flat_map(|case| case.leaves());
    let judges_it = |step: &&Step| step.clause.as_ref().is_some_and(|judged| judged.value == clause.id);
    if steps.filter(judges_it).any(pushproof_runner::is_watched) {
        writeln!(text, "{:8} {}", "watched", terminal::wrapped(&how_long(), 9))?;
    }
    if !judging.is_empty() {
        writeln!(text, "\nchecked by")?;
    }
    for same in judging.chunk_by(|one, other| one.key.id == other.key.id) {
        explain_check(&mut text, clause, same)?;
    }
    let mut breaking = defects::all();
    breaking.retain(|defect| defect.breaks.contains(&clause.id.0.as_str()));
    if !breaking.is_empty() {
        writeln!(text, "\nbroken by the defects")?;
    }
    for defect in breaking {
        writeln!(text, "  {}: {}", defect.name, defect.description)?;
    }
    Ok(text)
}

/// How long what must not come, or must not change, is watched.
fn how_long() -> String {
    format!(
        "nothing may come, and what was found may not change, for at least {} s (--watch), and then until the scenario \
         itself changes it or the run ends",
        pushproof_runner::DEFAULT_WATCH.as_secs()
    )
}

/// The steps by which one scenario judges a clause, in all its cases the same.
fn explain_check(text: &mut String, clause: &Clause, cases: &[&PlannedCase]) -> std::fmt::Result {
    let Some(first) = cases.first() else { return Ok(()) };
    writeln!(text, "\n  {}: {}", first.key.id, first.case().title)?;
    let names: Vec<&str> = cases.iter().filter_map(|case| case.key.case.as_deref()).collect();
    if !names.is_empty() {
        writeln!(text, "  cases {}", terminal::wrapped(&names.join(", "), 8))?;
    }
    for step in
        first.leaves().iter().filter(|step| step.clause.as_ref().is_some_and(|c| c.value == clause.id))
    {
        for (number, line) in (step.span.line..).zip(first.scenario.step_text(step.span.line).lines()) {
            writeln!(text, "  {number:4} | {line}")?;
        }
    }
    Ok(())
}

fn explain_scenario(case: &PlannedCase, cases: &[PlannedCase]) -> Result<String, std::fmt::Error> {
    let scenario = &case.scenario;
    let mut text = format!("{}\n{}\n", scenario.id, scenario.title.value);
    if let Some(about) = &scenario.about {
        writeln!(text, "\n{}", about.trim())?;
    }
    let needs: Vec<&str> = scenario.needs.iter().map(|need| need.name()).collect();
    writeln!(text, "\nneeds    {}", or_nothing(&needs.join(", ")))?;
    let names: Vec<String> = cases
        .iter()
        .filter(|other| other.key.id == scenario.id)
        .filter_map(|other| other.key.case.clone())
        .collect();
    if !names.is_empty() {
        writeln!(text, "cases    {}", names.join(", "))?;
    }
    writeln!(text, "file     {}\n\n{}", scenario.path, scenario.text.trim_end())?;
    Ok(text)
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

fn unknown(id: &str, cases: &[PlannedCase]) -> Usage {
    let clauses = Catalogue::embedded().clauses.iter().map(|clause| clause.id.0.as_str());
    let scenarios = cases.iter().map(|case| case.key.id.as_str());
    let defects: Vec<&str> = defects::all().into_iter().map(|defect| defect.name).collect();
    let usage = Usage::new(format!("there is no clause, scenario or defect `{id}`"));
    match nearest(id, clauses.chain(scenarios).chain(defects)) {
        Some(near) => usage.hint(format!("did you mean `{near}`?")),
        None => usage.hint("`pushproof list clauses`, `list scenarios` and `list defects` show them"),
    }
}
