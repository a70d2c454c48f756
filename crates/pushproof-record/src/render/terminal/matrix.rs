//! Several records side by side: a line a clause, a column a record.

use super::{
    TerminalOptions,
    page::{Page, Tone, cut},
    table::mark,
};
use crate::{
    Painted,
    render::{Column, headline::headline, matrix::rows},
};

/// The matrix of records.
#[must_use]
pub fn matrix(columns: &[Column], options: &TerminalOptions) -> Painted {
    let mut page = Page::new(options);
    for (number, column) in (1..).zip(columns) {
        let head = format!("{number}: {}, {}", column.name, column.subject());
        page.wrapped(0, (Tone::Plain, ""), (Tone::Strong, &head));
        page.wrapped(3, (Tone::Plain, ""), (Tone::Plain, &headline(&column.record).verdict));
    }
    page.blank();
    let rows = rows(columns);
    let widest = rows.iter().map(|row| row.clause.id.0.chars().count()).max().unwrap_or(0);
    // A mark and its column's number under each record; a title, where there is room for one.
    let numbers: Vec<String> = (1..=columns.len()).map(|number| format!("{number:>3}")).collect();
    page.line(0, &[(Tone::Faint, &format!("{:widest$}{}", "", numbers.concat()))]);
    let room = options.width.saturating_sub(widest + 3 * columns.len() + 2);
    for row in &rows {
        let id = format!("{:widest$}", row.clause.id.0);
        let marks: Vec<(Tone, String)> = row
            .cells
            .iter()
            .map(|cell| {
                cell.map_or((Tone::Plain, "   ".to_owned()), |cell| {
                    let (tone, mark) = mark(cell.verdict);
                    (tone, format!("  {mark}"))
                })
            })
            .collect();
        let title = if room < 20 { String::new() } else { format!("  {}", cut(&row.clause.title, room)) };
        let mut parts: Vec<(Tone, &str)> = vec![(Tone::Plain, &id)];
        parts.extend(marks.iter().map(|(tone, mark)| (*tone, mark.as_str())));
        parts.push((Tone::Faint, &title));
        page.line(0, &parts);
    }
    page.blank();
    page.line(0, &[(Tone::Faint, "✓ holds  ✗ broken  ! warned  ? not judged  · observed  – not looked at")]);
    page.finish()
}
