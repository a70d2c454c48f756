//! What was seen on the wire.

use super::page::{Page, Tone, cut};
use crate::{
    Body, Content, Direction, Evidence, Exchange, curl,
    render::words::{count, span},
};

/// The most lines that a brief report shows of a body.
const BODY_LINES: usize = 16;

/// What a step saw: all of it in a full report. In a brief one the last request, on which it was decided, and what came
/// unasked, with the body of what came last.
pub(super) fn write(page: &mut Page, indent: usize, evidence: &[Evidence]) {
    let last = |is: fn(&Evidence) -> bool| evidence.iter().rposition(is);
    let last_exchange = last(|piece| matches!(piece, Evidence::Exchange(_)));
    let last_push = last(|piece| matches!(piece, Evidence::Push { .. }));
    for (place, piece) in evidence.iter().enumerate() {
        let told = match piece {
            Evidence::Exchange(_) => Some(place) == last_exchange,
            Evidence::Push { .. } | Evidence::Mail { .. } => true,
            Evidence::DriverMessage { .. } | Evidence::ServerLog { .. } => false,
        };
        if told || page.is_full() {
            page.blank();
            let whole = page.is_full() || !matches!(piece, Evidence::Push { .. }) || Some(place) == last_push;
            write_piece(page, indent, piece, if whole { Bodies::Shown } else { Bodies::LeftOut });
        }
    }
}

/// Whether the body of a piece is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bodies {
    Shown,
    LeftOut,
}

fn write_piece(page: &mut Page, indent: usize, piece: &Evidence, bodies: Bodies) {
    match piece {
        Evidence::Exchange(exchange) => write_exchange(page, indent, exchange),
        Evidence::Push { at_ms, app_id, pushkey, event_id, body } => {
            let what = event_id.as_deref().unwrap_or("unread counts only");
            let at = format!("push after {}: ", span(*at_ms));
            page.line(indent, &[(Tone::Strong, &at), (Tone::Plain, what)]);
            page.line(indent, &[(Tone::Faint, "  app id "), (Tone::Plain, app_id)]);
            page.line(indent, &[(Tone::Faint, "  push key "), (Tone::Plain, pushkey)]);
            if bodies == Bodies::Shown {
                write_body(page, indent + 2, ">", body);
            }
        }
        Evidence::Mail { at_ms, from, to, subject, body } => {
            let at = format!("mail after {}: ", span(*at_ms));
            page.line(indent, &[(Tone::Strong, &at), (Tone::Plain, subject)]);
            page.line(indent, &[(Tone::Faint, "  from "), (Tone::Plain, from)]);
            page.line(indent, &[(Tone::Faint, "  to "), (Tone::Plain, &to.join(", "))]);
            write_body(page, indent + 2, ">", body);
        }
        Evidence::DriverMessage { at_ms, direction, message } => {
            let way = match direction {
                Direction::ToDriver => "to the driver",
                Direction::FromDriver => "from the driver",
            };
            page.line(indent, &[(Tone::Strong, &format!("message {way} after {}", span(*at_ms)))]);
            page.verbatim(indent + 2, ">", &format!("{message:#}"), BODY_LINES);
        }
        Evidence::ServerLog { at_ms, text } => {
            page.line(indent, &[(Tone::Strong, &format!("log of the subject after {}", span(*at_ms)))]);
            page.verbatim(indent + 2, ">", text, BODY_LINES);
        }
    }
}

fn write_exchange(page: &mut Page, indent: usize, exchange: &Exchange) {
    let request = &exchange.request;
    let by = exchange.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    page.line(indent, &[(Tone::Strong, &request.method), (Tone::Plain, " "), (Tone::Plain, &request.url)]);
    let times = match exchange.repeats {
        0 | 1 => String::new(),
        many => format!(", asked {} with the same answer", count(many as usize, "time")),
    };
    let status = exchange.response.as_ref().map_or_else(
        || format!("no answer: {}", exchange.error.as_deref().unwrap_or("nobody knows why")),
        |response| format!("answered {}", response.status),
    );
    let how =
        format!("after {}{by}, {status} in {}{times}", span(exchange.at_ms), span(exchange.duration_ms));
    page.wrapped(indent + 2, (Tone::Plain, ""), (Tone::Faint, &how));
    if let Some(body) = &request.body {
        write_body(page, indent + 2, ">", body);
    }
    if let Some(body) = exchange.response.as_ref().and_then(|response| response.body.as_ref()) {
        write_body(page, indent + 2, "<", body);
    }
    page.line(indent, &[(Tone::Faint, "  again: "), (Tone::Plain, &curl(exchange))]);
}

fn write_body(page: &mut Page, indent: usize, mark: &str, body: &Body) {
    match &body.content {
        Content::Json(value) => {
            // What fits into one line is read best there.
            let flat = value.to_string();
            let fits = indent + 2 + flat.chars().count() <= page.width();
            let text = if fits { flat } else { format!("{value:#}") };
            page.verbatim(indent, mark, &text, BODY_LINES);
        }
        Content::Text(text) => page.verbatim(indent, mark, text, BODY_LINES),
    }
    if let Some(digest) = &body.digest {
        let cut = format!("cut; {} in all, SHA-256 {}", count_bytes(body.size), cut(digest, 17));
        page.line(indent, &[(Tone::Faint, mark), (Tone::Plain, " "), (Tone::Faint, &cut)]);
    }
}

fn count_bytes(bytes: u64) -> String {
    format!("{} KiB", bytes / 1024)
}
