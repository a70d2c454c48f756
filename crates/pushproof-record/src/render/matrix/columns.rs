//! The columns of a matrix, and what stands in its rows.

use crate::{ClauseRecord, ClauseVerdict, Record, render::words};

/// A record and what it is called beside others, such as the name of its file.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The record.
    pub record: Record,
}

impl Column {
    /// The subject and the dialect, in a few words.
    pub(in crate::render) fn subject(&self) -> String {
        let subject = &self.record.subject;
        let who: Vec<&str> =
            [&subject.name, &subject.version].into_iter().flatten().map(String::as_str).collect();
        let who = if who.is_empty() { subject.url.clone() } else { who.join(" ") };
        let dialect = subject.dialect.as_ref().map(|dialect| format!(", {dialect}")).unwrap_or_default();
        format!("{who}{dialect}")
    }
}

/// A clause in all records.
#[derive(Clone, Debug)]
pub(in crate::render) struct Row<'a> {
    /// The clause, as the first record that has it tells it.
    pub(in crate::render) clause: &'a ClauseRecord,
    /// What each record says of it.
    pub(in crate::render) cells: Vec<Option<Cell<'a>>>,
}

/// What a record says of a clause.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct Cell<'a> {
    pub(in crate::render) verdict: ClauseVerdict,
    /// The reading of an open clause, or why there is no verdict.
    pub(in crate::render) note: &'a str,
}

impl Cell<'_> {
    pub(in crate::render) fn words(&self) -> &'static str {
        words::clause_verdict(self.verdict)
    }
}

/// The rows, in the order of the first record, with what others have besides at the end.
pub(in crate::render) fn rows(columns: &[Column]) -> Vec<Row<'_>> {
    let mut clauses: Vec<&ClauseRecord> = Vec::new();
    for column in columns {
        for clause in &column.record.clauses {
            if clauses.iter().all(|known| known.id != clause.id) {
                clauses.push(clause);
            }
        }
    }
    let cell = |column: &'_ Column, clause: &ClauseRecord| -> Option<usize> {
        column.record.clauses.iter().position(|other| other.id == clause.id)
    };
    let rows = clauses.into_iter().map(|clause| {
        let cells = columns.iter().map(|column| {
            let found = &column.record.clauses[cell(column, clause)?];
            let note = found.reading.as_deref().or(found.reason.as_deref()).unwrap_or_default();
            Some(Cell { verdict: found.verdict, note })
        });
        Row { clause, cells: cells.collect() }
    });
    rows.collect()
}
