//! From text to nodes. Where YAML would silently read something else than what stands there, it is an error: tags
//! (`!room:hs`), comments in place of values (`#alias:hs`), Norwegian booleans (`no`), numbers in disguise (`012`).

use std::collections::BTreeMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use crate::{Diagnostic, Key, Node, Span, Value, plain::plain, syntax::explain};

/// The largest file that is read.
pub const MAX_SOURCE_BYTES: usize = 1024 * 1024;

/// The deepest nesting of lists and mappings.
const MAX_DEPTH: usize = 64;

/// Where a file begins.
const START: Span = Span { line: 1, column: 1, len: 1 };

/// Reads the one document of a file.
pub fn parse(text: &str) -> Result<Node, Diagnostic> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(Diagnostic::error(START, "the file is larger than 1 MiB"));
    }
    if let Some(span) = lone_carriage_return(text) {
        return Err(Diagnostic::error(
            span,
            "a carriage return stands alone, which ends a line in YAML alone",
        )
        .with_hint("end lines with a line feed, or with both"));
    }
    let mut tree = Tree { events: Parser::new_from_str(text), lines: text.lines().collect(), depth: 0 };
    let node = loop {
        match tree.next()? {
            (Event::StreamStart | Event::DocumentStart(..), _) => {}
            (Event::StreamEnd, _) => return Err(Diagnostic::error(START, "the file is empty")),
            (event, _) if is_nothing(&event) => return Err(Diagnostic::error(START, "the file is empty")),
            (event, span) => break tree.node(event, span)?,
        }
    };
    loop {
        match tree.next()? {
            (Event::DocumentEnd, _) => {}
            (Event::StreamEnd, _) => return Ok(node),
            (_, span) => {
                return Err(Diagnostic::error(span, "a second document begins here")
                    .with_hint("write one document a file, without `---` between"));
            }
        }
    }
}

/// Where a line ends for YAML and not for anyone who counts lines.
fn lone_carriage_return(text: &str) -> Option<Span> {
    let found = text.match_indices('\r').find(|(at, _)| !text[at + 1..].starts_with('\n'));
    let before = &text[..found?.0];
    let line = before.rsplit('\n').next().unwrap_or_default();
    Some(Span { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, len: 1 })
}

struct Tree<'a> {
    events: Parser<'a, StrInput<'a>>,
    lines: Vec<&'a str>,
    depth: usize,
}

impl<'a> Tree<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Diagnostic> {
        let Some(event) = self.events.next_event() else {
            return Ok((Event::StreamEnd, Span { line: self.lines.len().max(1), column: 1, len: 1 }));
        };
        match event {
            Ok((event, span)) => {
                let event = match event {
                    // The parser says `~` for nothing; only the length tells it from one that was written.
                    Event::Scalar(_, ScalarStyle::Plain, 0, None) if span.is_empty() => nothing(),
                    event => event,
                };
                let span = span
                    .tag_span()
                    .map_or_else(|| at(&span.start, &span.end), |tag| at(&tag.start, &tag.end));
                Ok((event, span))
            }
            Err(error) => Err(explain(&error)),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Diagnostic> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Diagnostic::error(
                span,
                format!("lists and mappings nest deeper than {MAX_DEPTH} levels"),
            ));
        }
        let node = match event {
            Event::Scalar(.., Some(_))
            | Event::SequenceStart(.., Some(_))
            | Event::MappingStart(.., Some(_)) => {
                Err(Diagnostic::error(span, "this `!` begins a YAML tag, which is dropped from the text")
                    .with_hint("quote text that begins with `!`, such as a room id: \"!room:server\""))
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => Err(no_anchors(span)),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor != 0 =>
            {
                Err(no_anchors(span))
            }
            event if is_nothing(&event) => Err(self.missing_item(span)),
            Event::Scalar(text, ScalarStyle::Plain, ..) => {
                plain(&text, span).map(|value| Node { span, value })
            }
            Event::Scalar(text, ..) => Ok(Node { span, value: Value::String(text.into_owned()) }),
            Event::SequenceStart(..) => self.sequence(span),
            Event::MappingStart(..) => self.mapping(span),
            other => Err(Diagnostic::error(span, format!("unexpected {other:?}"))),
        };
        self.depth -= 1;
        node
    }

    fn sequence(&mut self, span: Span) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Node { span, value: Value::Sequence(items) }),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn mapping(&mut self, span: Span) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        loop {
            let (event, key_span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Node { span, value: Value::Mapping(entries) });
            }
            let key = match self.node(event, key_span)? {
                Node { span, value: Value::String(name) } => Key { span, name },
                other => {
                    let message = format!("a key must be text, found {}", other.value.kind());
                    return Err(Diagnostic::error(key_span, message).with_hint("quote it"));
                }
            };
            if key.name == "<<" {
                return Err(
                    Diagnostic::error(key.span, "merge keys are not understood").with_hint("write it out")
                );
            }
            if let Some(first) = seen.insert(key.name.clone(), key.span) {
                let message = format!("the key `{}` is already there, on line {}", key.name, first.line);
                return Err(Diagnostic::error(key.span, message));
            }
            let (event, value_span) = self.next()?;
            if is_nothing(&event) {
                return Err(self.missing_value(&key));
            }
            let value = self.node(event, value_span)?;
            entries.push((key, value));
        }
    }

    /// Nothing stands where an item of a list, or a whole document, should.
    fn missing_item(&self, span: Span) -> Diagnostic {
        let line = self.lines.get(span.line.saturating_sub(1)).copied().unwrap_or_default();
        let diagnostic = |span| Diagnostic::error(span, "a value is missing");
        match line.find('#') {
            Some(comment) => diagnostic(Span { column: line[..comment].chars().count() + 1, ..span }).with_hint(
                "`#` begins a comment; quote text that begins with it, such as an alias: \"#alias:server\"",
            ),
            None => diagnostic(span).with_hint("write `null` if none is meant"),
        }
    }

    /// Nothing stands where the value of a key should: name the likeliest reason.
    fn missing_value(&self, key: &Key) -> Diagnostic {
        let line = self.lines.get(key.span.line - 1).copied().unwrap_or_default();
        let after: String = line.chars().skip(key.span.column - 1 + key.span.len).collect();
        let after = after.trim_start_matches(['"', '\'', ' ', ':']);
        let diagnostic = Diagnostic::error(key.span, format!("`{}` has no value", key.name));
        if after.starts_with('#') {
            diagnostic.with_hint(
                "`#` begins a comment; quote text that begins with it, such as an alias: \"#alias:server\"",
            )
        } else if after.starts_with(['}', ',']) {
            diagnostic
                .with_hint("`{` begins a mapping; quote text that begins with it: \"{…}\"; or write `null`")
        } else {
            diagnostic
                .with_hint("it stands on the same line or indented below; write `null` if none is meant")
        }
    }
}

/// No value at all.
fn nothing<'a>() -> Event<'a> {
    Event::Scalar("".into(), ScalarStyle::Plain, 0, None)
}

fn is_nothing(event: &Event<'_>) -> bool {
    *event == nothing()
}

fn no_anchors(span: Span) -> Diagnostic {
    Diagnostic::error(span, "YAML anchors and aliases are not understood")
        .with_hint("quote text that begins with `&` or `*`; to repeat steps over a table use `cases`")
}

fn at(start: &Marker, end: &Marker) -> Span {
    let len = if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { 1 };
    Span { line: start.line().max(1), column: start.col() + 1, len: len.max(1) }
}
