//! `pushproof list`: what there is, offline.

use std::fmt::Write;

use pushproof_record::{exit_code, plain_json};
use pushproof_runner::PlannedCase;
use pushproof_vocabulary::{Catalogue, Dialect};
use serde_json::{Value, json};

use crate::{
    args::{ListArgs, Listing},
    scenarios, terminal,
};

pub(crate) fn run(args: &ListArgs) -> anyhow::Result<u8> {
    let cases = PlannedCase::all(&scenarios::load(&args.scenarios)?);
    let rows = match args.what {
        Listing::Clauses => clauses(&cases),
        Listing::Scenarios => cases.iter().map(scenario).collect(),
        Listing::Dialects => Dialect::embedded()
            .iter()
            .map(|dialect| row(&dialect.name, json!(dialect), describe(dialect)))
            .collect(),
        Listing::Defects => defects(),
    };
    if args.json {
        let values: Vec<Value> = rows.into_iter().map(|row| row.json).collect();
        terminal::out(&plain_json(&format!("{:#}\n", json!(values))))?;
        return Ok(exit_code::CONFORMANT);
    }
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        writeln!(text, "{:width$}  {}", row.name, row.about)?;
    }
    terminal::out(&text)?;
    Ok(exit_code::CONFORMANT)
}

struct Row {
    name: String,
    about: String,
    json: Value,
}

fn row(name: &str, json: Value, about: String) -> Row {
    Row { name: name.to_owned(), about, json }
}

fn clauses(cases: &[PlannedCase]) -> Vec<Row> {
    let rows = Catalogue::embedded().clauses.iter().map(|clause| {
        let judged_by: Vec<String> =
            cases.iter().filter(|case| judges(case, &clause.id.0)).map(|case| case.key.to_string()).collect();
        let level = json!(clause.level);
        let level = level.as_str().unwrap_or_default();
        let count = match (judged_by.len(), clause.reason.is_some()) {
            (_, true) => String::new(),
            (0, _) => ", no scenario yet".to_owned(),
            (1, _) => ", 1 case".to_owned(),
            (n, _) => format!(", {n} cases"),
        };
        let about = format!(
            "{level:10}  {} ({}{count})",
            clause.title,
            json!(clause.side).as_str().unwrap_or_default()
        );
        let mut json = json!(clause);
        json["scenarios"] = judged_by.into();
        row(&clause.id.0, json, about)
    });
    rows.collect()
}

/// Whether a case judges a clause.
pub(crate) fn judges(case: &PlannedCase, clause: &str) -> bool {
    case.leaves().iter().any(|step| step.clause.as_ref().is_some_and(|judged| judged.0 == clause))
}

fn scenario(case: &PlannedCase) -> Row {
    let mut clauses: Vec<String> =
        case.leaves().iter().filter_map(|step| Some(step.clause.as_ref()?.value.0.clone())).collect();
    clauses.dedup();
    let needs: Vec<&str> = case.scenario.needs.iter().map(|need| need.name()).collect();
    let json = json!({
        "id": case.key.id,
        "case": case.key.case,
        "title": case.case().title,
        "path": case.scenario.path,
        "needs": needs,
        "clauses": clauses,
    });
    row(&case.key.to_string(), json, case.case().title.clone())
}

fn describe(dialect: &Dialect) -> String {
    format!("{}, {}, {}…, {}", dialect.state.key, dialect.link, dialect.settings_prefix, dialect.paused)
}

fn defects() -> Vec<Row> {
    let rows = crate::defects::all().into_iter().map(|defect| {
        let json = json!({
            "name": defect.name,
            "description": defect.description,
            "manner": defect.manner.as_str(),
            "breaks": defect.breaks,
        });
        row(defect.name, json, defect.description.to_owned())
    });
    rows.collect()
}
