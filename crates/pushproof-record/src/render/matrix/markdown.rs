//! A matrix as Markdown.

use super::{Column, rows};
use crate::render::{
    headline::headline,
    markdown::{OURS, code, mark, plain},
    words,
};

/// The matrix as a table.
#[must_use]
pub(in crate::render) fn markdown(columns: &[Column]) -> String {
    let mut lines = vec!["## Subjects by clauses".to_owned(), OURS.to_owned(), String::new()];
    for column in columns {
        let verdict = headline(&column.record).verdict;
        lines.push(format!("- {} ({}): {}", plain(&column.name), code(&column.subject()), plain(&verdict)));
    }
    lines.push(String::new());
    let names: Vec<String> = columns.iter().map(|column| plain(&column.name)).collect();
    lines.push(format!("| clause | level | {} |", names.join(" | ")));
    lines.push(format!("|---|---|{}", "---|".repeat(columns.len())));
    for row in rows(columns) {
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| {
                cell.map_or_else(String::new, |cell| format!("{} {}", mark(cell.verdict), cell.words()))
            })
            .collect();
        let level = words::level(row.clause.level);
        lines.push(format!("| {} | {level} | {} |", code(&row.clause.id.0), cells.join(" | ")));
    }
    lines.push(String::new());
    lines.join("\n")
}
