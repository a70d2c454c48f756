//! What was seen, as a report shows it.

use std::cell::Cell;

use serde_json::Value;

use super::json_lines::{self, Line};
use crate::{
    Body, Content, Direction, Evidence, Exchange, Mismatch, curl,
    render::words::{count, span},
};

/// How many lines of a body are shown of a step that passed.
const FEW_LINES: usize = 30;

/// How many lines of a body are shown of any other step.
const MANY_LINES: usize = 2_000;

/// How long a body in one line may be.
const FLAT: usize = 90;

/// The longest `curl` line.
const LONGEST_CURL: usize = 8 * 1024;

/// How many bytes of bodies and commands a report shows in all.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// How much of that is kept for what did not pass.
const RESERVED: usize = 8 * 1024 * 1024;

/// The room that a report has for evidence. A record has all of it in any case.
#[derive(Debug)]
pub(super) struct Room(Cell<usize>);

impl Room {
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST_BYTES))
    }

    /// Takes room for so many bytes, if there is that much left for evidence of this kind.
    fn take(&self, bytes: usize, much: Much) -> bool {
        let reserved = if much == Much::Little { RESERVED } else { 0 };
        let left = self.0.get().checked_sub(bytes).filter(|left| *left >= reserved);
        left.inspect(|left| self.0.set(*left)).is_some()
    }
}

/// A piece of evidence.
pub(super) struct Piece {
    /// What kind it is, which is its class too.
    pub(super) kind: &'static str,
    /// It in a few words.
    pub(super) summary: String,
    /// The status of an answer, or what came instead.
    pub(super) status: String,
    /// Who asked, and when, and how long that took.
    pub(super) how: String,
    /// Whether it is unfolded.
    pub(super) open: bool,
    /// Names and values: headers of a request, addresses of a mail.
    pub(super) facts: Vec<(String, String)>,
    /// What was sent.
    pub(super) sent: Option<Text>,
    /// The headers of an answer.
    pub(super) answer_headers: Vec<(String, String)>,
    /// What came.
    pub(super) came: Option<Text>,
    /// The command that asks again.
    pub(super) curl: String,
}

/// The lines of a body.
pub(super) struct Text {
    /// The lines that are shown.
    pub(super) lines: Vec<Line>,
    /// What is said of the rest; empty if there is none.
    pub(super) rest: String,
}

/// How much is shown of a step's evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Much {
    /// The beginnings of bodies, folded.
    Little,
    /// All of it; the last exchange, on which it was decided, unfolded.
    All,
}

/// The evidence of a step.
pub(super) fn pieces(
    evidence: &[Evidence],
    mismatch: Option<&Mismatch>,
    much: Much,
    room: &Room,
) -> Vec<Piece> {
    let last = evidence.iter().rposition(|piece| matches!(piece, Evidence::Exchange(_)));
    evidence
        .iter()
        .enumerate()
        .map(|(index, piece)| {
            let decided = Some(index) == last;
            let shown = Shown { much, mismatch: mismatch.filter(|_| decided), room };
            let mut piece = shown.piece(piece);
            piece.open = decided && much == Much::All;
            piece
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Shown<'a> {
    much: Much,
    mismatch: Option<&'a Mismatch>,
    room: &'a Room,
}

impl Shown<'_> {
    fn piece(self, piece: &Evidence) -> Piece {
        match piece {
            Evidence::Exchange(exchange) => self.exchange(exchange),
            Evidence::Push { at_ms, app_id, pushkey, event_id, body } => Piece {
                facts: vec![("app id".to_owned(), app_id.clone()), ("push key".to_owned(), pushkey.clone())],
                came: Some(self.body(body)),
                ..plain("push", event_id.as_deref().unwrap_or("unread counts only"), *at_ms)
            },
            Evidence::Mail { at_ms, from, to, subject, body } => Piece {
                facts: vec![("from".to_owned(), from.clone()), ("to".to_owned(), to.join(", "))],
                came: Some(self.body(body)),
                ..plain("mail", subject, *at_ms)
            },
            Evidence::DriverMessage { at_ms, direction, message } => {
                let (way, text) = match direction {
                    Direction::ToDriver => ("to the driver", Some(self.json(message))),
                    Direction::FromDriver => ("from the driver", Some(self.json(message))),
                };
                Piece { came: text, ..plain("message", way, *at_ms) }
            }
            Evidence::ServerLog { at_ms, text } => {
                Piece { came: Some(self.text(text)), ..plain("log", "of the subject", *at_ms) }
            }
        }
    }

    fn exchange(self, exchange: &Exchange) -> Piece {
        let by = exchange.actor.as_ref().map(|actor| format!("by {actor} ")).unwrap_or_default();
        let times = match exchange.repeats {
            0 | 1 => String::new(),
            many => format!(", asked {} with the same answer", count(many as usize, "time")),
        };
        let response = exchange.response.as_ref();
        let status = response.map_or_else(
            || format!("no answer: {}", exchange.error.as_deref().unwrap_or("nobody knows why")),
            |response| response.status.to_string(),
        );
        let curl = curl(exchange);
        Piece {
            status,
            how: format!("{by}after {}, in {}{times}", span(exchange.at_ms), span(exchange.duration_ms)),
            facts: exchange.request.headers.clone(),
            sent: exchange.request.body.as_ref().map(|body| Self { mismatch: None, ..self }.body(body)),
            answer_headers: response.map(|response| response.headers.clone()).unwrap_or_default(),
            came: response.and_then(|response| response.body.as_ref()).map(|body| self.body(body)),
            curl: Some(curl)
                .filter(|curl| curl.len() <= LONGEST_CURL && self.room.take(curl.len(), self.much))
                .unwrap_or_default(),
            ..plain("exchange", &format!("{} {}", exchange.request.method, path(&exchange.request.url)), 0)
        }
    }

    fn body(self, body: &Body) -> Text {
        let mut text = match &body.content {
            Content::Json(value) => self.json(value),
            Content::Text(text) => self.text(text),
        };
        if let Some(digest) = &body.digest {
            let kept = format!("cut when it was kept: {} KiB in all, SHA-256 {digest}", body.size / 1024);
            text.rest = [text.rest, kept]
                .iter()
                .filter(|part| !part.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join("; ");
        }
        text
    }

    fn json(self, value: &Value) -> Text {
        let place = self
            .mismatch
            .and_then(|mismatch| json_lines::place(value, &mismatch.pointer, mismatch.actual.as_ref()));
        let flat = value.to_string();
        if flat.len() <= FLAT && place.as_deref().is_none_or(str::is_empty) {
            return self.cut(vec![Line { text: flat, marked: place.is_some() }]);
        }
        self.cut(json_lines::lines(value, place.as_deref()))
    }

    fn text(self, text: &str) -> Text {
        self.cut(text.lines().map(|line| Line { text: line.to_owned(), marked: false }).collect())
    }

    /// What fits, and what is said of the rest. The marked place is shown wherever it is.
    fn cut(self, mut lines: Vec<Line>) -> Text {
        let most = if self.much == Much::All { MANY_LINES } else { FEW_LINES };
        let marked = lines.iter().position(|line| line.marked).unwrap_or(0);
        let shown = most.max(marked.saturating_add(FEW_LINES).min(marked + MANY_LINES));
        let rest = lines.len().saturating_sub(shown);
        lines.truncate(shown);
        let bytes = lines.iter().map(|line| line.text.len()).sum();
        if !self.room.take(bytes, self.much) {
            return Text {
                lines: Vec::new(),
                rest: "no room is left for it here: the record has it".to_owned(),
            };
        }
        let rest = if rest == 0 {
            String::new()
        } else {
            format!("… {}: the record has them", count(rest, "more line"))
        };
        Text { lines, rest }
    }
}

fn plain(kind: &'static str, summary: &str, at_ms: u64) -> Piece {
    Piece {
        kind,
        summary: summary.to_owned(),
        status: String::new(),
        how: format!("after {}", span(at_ms)),
        open: false,
        facts: Vec::new(),
        sent: None,
        answer_headers: Vec::new(),
        came: None,
        curl: String::new(),
    }
}

/// An address without what is the same for all requests to a subject.
fn path(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    after.find('/').map_or(url, |slash| &after[slash..])
}
