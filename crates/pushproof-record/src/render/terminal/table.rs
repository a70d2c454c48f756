//! The table: a line for each clause, under the parts of the proposal.

use super::page::{Page, Tone, cut};
use crate::{
    ClauseRecord, ClauseVerdict, Record,
    render::{
        cases::Cases,
        groups::{Group, groups},
        words,
    },
};

/// Titles in fewer columns than this would only puzzle.
const LEAST_TITLE: usize = 24;
/// The few ids that are longer than this must not narrow every title.
const WIDEST_ID: usize = 38;

pub(super) fn write(page: &mut Page, record: &Record) {
    for group in groups(&record.clauses) {
        let rest = if page.is_full() { Vec::new() } else { left_out(&group) };
        let rows: Vec<Row<'_>> = group
            .clauses
            .iter()
            .filter(|clause| rest.iter().all(|(verdict, _)| *verdict != clause.verdict))
            .map(|clause| Row { clause, found: found(record, clause) })
            .collect();
        // A part that nobody asked about would be a heading over nothing.
        if rows.is_empty() && rest.iter().all(|(verdict, _)| is_quiet(*verdict)) {
            continue;
        }
        page.heading(group.title);
        let columns = Columns::of(&rows, page.width());
        for row in &rows {
            columns.write(page, row);
        }
        for (verdict, count) in rest {
            let text = format!("{} {}", words::count(count, "clause"), words::clause_verdict(verdict));
            let (tone, mark) = mark(verdict);
            page.line(2, &[(tone, mark), (Tone::Plain, " "), (Tone::Faint, &text)]);
        }
    }
}

/// The mark of a verdict.
pub(super) fn mark(verdict: ClauseVerdict) -> (Tone, &'static str) {
    match verdict {
        ClauseVerdict::Holds => (Tone::Good, "✓"),
        ClauseVerdict::Broken | ClauseVerdict::NotImplemented => (Tone::Bad, "✗"),
        ClauseVerdict::Warned => (Tone::Warning, "!"),
        ClauseVerdict::NotJudged => (Tone::Warning, "?"),
        ClauseVerdict::Observed => (Tone::Plain, "·"),
        ClauseVerdict::NotApplicable | ClauseVerdict::NotSelected | ClauseVerdict::Untestable => {
            (Tone::Faint, "–")
        }
    }
}

/// Whether nobody asked about clauses of this verdict.
fn is_quiet(verdict: ClauseVerdict) -> bool {
    matches!(verdict, ClauseVerdict::NotSelected | ClauseVerdict::Untestable)
}

/// What a brief table tells only the number of. Where nothing at all was judged, single clauses say nothing.
fn left_out(group: &Group<'_>) -> Vec<(ClauseVerdict, usize)> {
    let verdicts = [
        ClauseVerdict::NotJudged,
        ClauseVerdict::NotImplemented,
        ClauseVerdict::NotSelected,
        ClauseVerdict::Untestable,
    ];
    verdicts
        .into_iter()
        .map(|verdict| (verdict, group.clauses.iter().filter(|clause| clause.verdict == verdict).count()))
        .filter(|(verdict, count)| match verdict {
            ClauseVerdict::NotJudged => *count > 1 && *count == group.clauses.len(),
            _ => *count > 0,
        })
        .collect()
}

/// The verdict and in how many cases it shows.
fn found(record: &Record, clause: &ClauseRecord) -> String {
    let verdict = words::clause_verdict(clause.verdict);
    let Cases { all, telling } = Cases::of(record, clause);
    match (all, telling) {
        (0 | 1, _) => verdict.to_owned(),
        (all, telling) if telling == all => format!("{verdict} · {all} cases"),
        (all, telling) => format!("{verdict} · {telling} of {all} cases"),
    }
}

struct Row<'a> {
    clause: &'a ClauseRecord,
    found: String,
}

/// Where the columns of one part begin.
struct Columns {
    id: usize,
    title: usize,
    /// The columns of id and title, and of what stands behind them.
    width: usize,
}

impl Columns {
    fn of(rows: &[Row<'_>], width: usize) -> Self {
        let id = rows.iter().map(|row| row.clause.id.0.len()).max().unwrap_or(0).min(WIDEST_ID);
        let title = rows.iter().map(|row| row.clause.title.chars().count()).max().unwrap_or(0);
        let found = rows.iter().map(|row| row.found.chars().count()).max().unwrap_or(0);
        let room = width.saturating_sub(4 + id + 2 + 2 + found);
        Self { id, title: if room < LEAST_TITLE { 0 } else { title.min(room) }, width }
    }

    fn write(&self, page: &mut Page, row: &Row<'_>) {
        let (tone, mark) = mark(row.clause.verdict);
        let id = &row.clause.id.0;
        let id_width = self.id.max(id.len());
        if self.title > 0 {
            // An id that is wider than its column takes from its title.
            let title_width = self.title - (id_width - self.id).min(self.title);
            let title = cut(&row.clause.title, title_width);
            let text = format!(" {id:id_width$}  {title:title_width$}  ");
            page.line(2, &[(tone, mark), (Tone::Plain, &text), (tone, &row.found)]);
        } else if 4 + id_width + 2 + row.found.chars().count() <= self.width {
            page.line(2, &[(tone, mark), (Tone::Plain, &format!(" {id:id_width$}  ")), (tone, &row.found)]);
        } else {
            page.line(2, &[(tone, mark), (Tone::Plain, " "), (Tone::Plain, id)]);
            page.line(6, &[(tone, &row.found)]);
        }
    }
}
