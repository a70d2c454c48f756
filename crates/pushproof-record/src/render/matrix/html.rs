//! A matrix as one HTML file.

use askama::Template;

use super::{Column, rows};
use crate::{
    render::{
        groups::part,
        headline::headline,
        html::{STYLE, clause_look, policy, verdict_look},
        words,
    },
    steers,
};

#[derive(Template)]
#[template(path = "matrix.html")]
struct Page {
    style: &'static str,
    policy: String,
    columns: Vec<Head>,
    parts: Vec<Part>,
}

/// The head of a column.
struct Head {
    class: &'static str,
    mark: &'static str,
    name: String,
    subject: String,
    verdict: String,
}

/// The rows of one part of the proposal.
struct Part {
    title: &'static str,
    rows: Vec<Line>,
}

struct Line {
    id: String,
    title: String,
    level: &'static str,
    cells: Vec<Field>,
}

struct Field {
    class: &'static str,
    mark: &'static str,
    words: &'static str,
    note: String,
}

/// The matrix as a page.
#[must_use]
pub(in crate::render) fn html(columns: &[Column]) -> String {
    let head = |column: &Column| {
        let headline = headline(&column.record);
        let (class, mark) = verdict_look(headline.standing);
        let (name, subject) = (column.name.clone(), column.subject());
        Head { class, mark, name, subject, verdict: headline.verdict }
    };
    let page = Page {
        style: STYLE,
        policy: policy(&[]),
        columns: columns.iter().map(head).collect(),
        parts: parts(columns),
    };
    let text = page.render().expect("a page is written to memory");
    text.chars().map(|c| if steers(c) && c != '\n' { '\u{fffd}' } else { c }).collect()
}

fn parts(columns: &[Column]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for row in rows(columns) {
        let title = part(&row.clause.id.0);
        let line = Line {
            id: row.clause.id.0.clone(),
            title: row.clause.title.clone(),
            level: words::level(row.clause.level),
            cells: row.cells.iter().map(|cell| cell.map_or_else(nothing, field)).collect(),
        };
        match parts.iter_mut().find(|part| part.title == title) {
            Some(part) => part.rows.push(line),
            None => parts.push(Part { title, rows: vec![line] }),
        }
    }
    parts
}

fn field(cell: super::Cell<'_>) -> Field {
    let (class, mark) = clause_look(cell.verdict);
    Field { class, mark, words: cell.words(), note: cell.note.to_owned() }
}

/// A record that does not know the clause.
fn nothing() -> Field {
    Field { class: "quiet", mark: "", words: "", note: String::new() }
}
