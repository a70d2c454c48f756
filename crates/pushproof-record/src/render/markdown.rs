//! Markdown for comments and for the summaries of CI jobs: the verdict, what was broken, and the clauses in a table. What
//! comes from the subject stands in code spans and blocks, or has its marks escaped, so that it formats nothing, links
//! nowhere and mentions nobody.

use std::{fmt::Write, sync::LazyLock};

use regex::Regex;

use super::{
    groups::{Group, groups},
    headline::{Standing, headline},
    terminal::clause_account,
    words,
};
use crate::{ClauseRecord, ClauseVerdict, Record, plain_line};

/// What a report is known by, and nobody sees.
pub(super) const OURS: &str = "<!-- pushproof -->";

/// The most bytes of a report. GitHub refuses job summaries above 1 MiB.
const MOST_BYTES: usize = 900 * 1024;

/// The record as Markdown.
#[must_use]
pub(super) fn markdown(record: &Record) -> String {
    let headline = headline(record);
    let mark = match headline.standing {
        Standing::Good => "✅",
        Standing::Known => "⚠️",
        Standing::Doubtful => "❔",
        Standing::Bad => "❌",
    };
    let mut text = format!("## {mark} {}\n{OURS}\n\n", plain(&headline.verdict));
    for line in &headline.lines {
        let line = if *line == headline.subject { code(line) } else { plain(line) };
        push(&mut text, format_args!("- {line}\n"));
    }
    let mut left_out = 0;
    for (verdict, title) in [
        (ClauseVerdict::Broken, "Broken"),
        (ClauseVerdict::Warned, "Warnings: broken, but only implied by the proposal"),
    ] {
        let found: Vec<&ClauseRecord> =
            record.clauses.iter().filter(|clause| clause.verdict == verdict).collect();
        if !found.is_empty() {
            push(&mut text, format_args!("\n### {title}\n"));
        }
        for clause in found {
            let account = failures(record, clause);
            if text.len() + account.len() > MOST_BYTES / 2 {
                left_out += 1;
            } else {
                text.push_str(&account);
            }
        }
    }
    if left_out > 0 {
        let clauses = words::count(left_out, "more clause");
        push(
            &mut text,
            format_args!("\n{clauses} would be too long for this report: the record has them.\n"),
        );
    }
    reasons(&mut text, record);
    text.push_str("\n### Clauses\n");
    for group in groups(&record.clauses) {
        table(&mut text, &group);
    }
    text
}

fn failures(record: &Record, clause: &ClauseRecord) -> String {
    let level = words::level(clause.level);
    let mut text = format!("\n#### {} ({level})\n\n{}\n\n", code(&clause.id.0), plain(&clause.title));
    let account = clause_account(record, clause);
    let fence = "`".repeat(longest_run(&account).max(2) + 1);
    push(&mut text, format_args!("{fence}text\n{account}{fence}\n"));
    text
}

/// Why clauses have no verdict that says more; each reason once.
fn reasons(text: &mut String, record: &Record) {
    let mut reasons: Vec<(&str, Vec<&ClauseRecord>)> = Vec::new();
    let unsure = |clause: &&ClauseRecord| {
        matches!(clause.verdict, ClauseVerdict::NotJudged | ClauseVerdict::NotImplemented)
    };
    for clause in record.clauses.iter().filter(unsure) {
        let reason = clause.reason.as_deref().unwrap_or("nobody said why");
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, clauses)) => clauses.push(clause),
            None => reasons.push((reason, vec![clause])),
        }
    }
    if !reasons.is_empty() {
        text.push_str("\n### Without a verdict\n\n");
    }
    for (reason, clauses) in reasons {
        let ids: Vec<String> = clauses.iter().map(|clause| code(&clause.id.0)).collect();
        push(text, format_args!("- {}: {}\n", plain(reason), ids.join(", ")));
    }
}

fn table(text: &mut String, group: &Group<'_>) {
    let bad =
        |clause: &&ClauseRecord| matches!(clause.verdict, ClauseVerdict::Broken | ClauseVerdict::Warned);
    let broken = group.clauses.iter().copied().filter(|clause| bad(clause)).count();
    let number = words::count(group.clauses.len(), "clause");
    let broken = if broken > 0 { format!(", {broken} broken") } else { String::new() };
    push(text, format_args!("\n<details><summary>{}: {number}{broken}</summary>\n\n", group.title));
    text.push_str("| clause | level | verdict | what it asks |\n|---|---|---|---|\n");
    for clause in &group.clauses {
        let (mark, verdict) = (mark(clause.verdict), words::clause_verdict(clause.verdict));
        let reading = clause.reading.as_ref().map(|reading| format!("<br>{}", plain(reading)));
        push(
            text,
            format_args!(
                "| {} | {} | {mark} {verdict} | {}{} |\n",
                code(&clause.id.0),
                words::level(clause.level),
                plain(&clause.title),
                reading.unwrap_or_default(),
            ),
        );
    }
    text.push_str("\n</details>\n");
}

pub(super) fn mark(verdict: ClauseVerdict) -> &'static str {
    match verdict {
        ClauseVerdict::Holds => "✅",
        ClauseVerdict::Broken | ClauseVerdict::NotImplemented => "❌",
        ClauseVerdict::Warned => "⚠️",
        ClauseVerdict::NotJudged => "❔",
        ClauseVerdict::Observed => "👁",
        ClauseVerdict::NotApplicable | ClauseVerdict::NotSelected | ClauseVerdict::Untestable => "–",
    }
}

/// What GitHub begins a link with: a scheme, a host, an issue.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i):/|\bwww\.|\bgh-").expect("a test compiles the pattern"));

/// Text that stands for itself, in one line.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain_line(text).chars() {
        match c {
            // What follows is then no name, and no number of an issue.
            '@' => escaped.push_str("@\u{200b}"),
            '#' => escaped.push_str("\\#\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' | '&' | '!' => {
                escaped.extend(['\\', c]);
            }
            c => escaped.push(c),
        }
    }
    // Nor does GitHub make a link of it.
    LINK.replace_all(&escaped, "$0\u{200b}").into_owned()
}

/// A code span, also within a table.
pub(super) fn code(text: &str) -> String {
    // A backslash before the bar would end the cell of a table all the same.
    let flat = plain_line(text).replace(r"\|", r"\\u{7c}").replace('|', r"\|");
    let fence = "`".repeat(longest_run(&flat) + 1);
    let space = if flat.starts_with('`') || flat.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{flat}{space}{fence}")
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("<img src=x>", r"\<img src=x\>")]
    #[case("a | b\nc", r"a \| b c")]
    #[case("![a](http://b)", "\\!\\[a\\](http:/\u{200b}/b)")]
    #[case("@room", "@\u{200b}room")]
    #[case("see org/x#1, GH-1", "see org/x\\#\u{200b}1, GH-\u{200b}1")]
    #[case("WWW.example.org", "WWW.\u{200b}example.org")]
    #[case("a\u{202e}b", "a\\\\u{202e}b")]
    fn text_formats_nothing(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(plain(text), shown);
    }

    #[rstest]
    #[case("a", "`a`")]
    #[case("a`b", "``a`b``")]
    #[case("``", "``` `` ```")]
    #[case("a|b", r"`a\|b`")]
    #[case(r"a\|b", r"`a\\u{7c}b`")]
    fn code_ends_where_it_should(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(code(text), shown);
    }
}
