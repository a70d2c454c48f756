//! Texts with their escapes undone, so that a secret is found however it is spelled.

use std::{borrow::Cow, ops::Range};

/// How many escapings may lie one within the other: JSON in a query in a JSON text has three.
const DEPTH: usize = 3;

/// A way in which characters are spelled by others.
#[derive(Clone, Copy)]
enum Escape {
    /// `%2F`, as in URLs.
    Percent,
    /// The same, and `+` for a blank, as in forms.
    Form,
    /// `\"` and `\u0041`, as in JSON and in what Rust prints of a text.
    Backslash,
    /// `&amp;` and `&#x41;`, as in HTML and XML.
    Entity,
}

/// A text with its escapes undone.
struct View {
    bytes: Vec<u8>,
    /// Where each byte begins in the text that was unescaped; one more for the end.
    from: Vec<usize>,
}

/// Shows `look` the text, and the text with its escapes undone in every order that changes it. Ranges that `look` finds
/// are translated into those of the text itself.
pub(super) fn look_through<T>(
    text: &str,
    look: &impl Fn(&[u8]) -> Vec<(Range<usize>, T)>,
) -> Vec<(Range<usize>, T)> {
    let mut found = look(text.as_bytes());
    descend(text.as_bytes(), &|at| at, DEPTH, look, &mut found);
    for (range, _) in &mut found {
        *range = text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end);
    }
    found
}

fn descend<T>(
    bytes: &[u8],
    origin: &dyn Fn(usize) -> usize,
    depth: usize,
    look: &impl Fn(&[u8]) -> Vec<(Range<usize>, T)>,
    found: &mut Vec<(Range<usize>, T)>,
) {
    if depth == 0 {
        return;
    }
    for escape in [Escape::Percent, Escape::Form, Escape::Backslash, Escape::Entity] {
        let Some(view) = escape.undone(bytes) else { continue };
        let origin = |at: usize| origin(view.from[at]);
        let here = look(&view.bytes).into_iter();
        found.extend(here.map(|(range, what)| (origin(range.start)..origin(range.end), what)));
        descend(&view.bytes, &origin, depth - 1, look, found);
    }
}

impl Escape {
    /// The text without these escapes; `None` if it has none.
    fn undone(self, bytes: &[u8]) -> Option<View> {
        let sign = match self {
            Self::Percent => b'%',
            Self::Form => b'+',
            Self::Backslash => b'\\',
            Self::Entity => b'&',
        };
        if !bytes.contains(&sign) {
            return None;
        }
        let mut view =
            View { bytes: Vec::with_capacity(bytes.len()), from: Vec::with_capacity(bytes.len() + 1) };
        let (mut at, mut changed) = (0, false);
        while at < bytes.len() {
            let (character, length) = match self.character(&bytes[at..]) {
                Some((character, length)) => {
                    changed = true;
                    (character, length)
                }
                None => (Cow::Borrowed(&bytes[at..=at]), 1),
            };
            view.from.resize(view.from.len() + character.len(), at);
            view.bytes.extend_from_slice(&character);
            at += length;
        }
        view.from.push(bytes.len());
        changed.then_some(view)
    }

    /// The character that an escape at the beginning stands for, and how long the escape is.
    fn character(self, bytes: &[u8]) -> Option<(Cow<'static, [u8]>, usize)> {
        match (self, bytes.first()?) {
            (Self::Percent | Self::Form, b'%') => {
                let byte = u8::try_from(number(bytes.get(1..3)?, 16)?).ok()?;
                Some((Cow::Owned(vec![byte]), 3))
            }
            (Self::Form, b'+') => Some((Cow::Borrowed(b" "), 1)),
            (Self::Backslash, b'\\') => backslash(bytes),
            (Self::Entity, b'&') => entity(bytes),
            _ => None,
        }
    }
}

fn backslash(bytes: &[u8]) -> Option<(Cow<'static, [u8]>, usize)> {
    let one = |byte: u8| Some((Cow::Owned(vec![byte]), 2));
    match bytes.get(1)? {
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'b' => one(8),
        b'f' => one(12),
        b'0' => one(0),
        b'x' => utf8(number(bytes.get(2..4)?, 16)?, 4),
        b'u' if bytes.get(2) == Some(&b'{') => {
            let length = bytes.iter().take(12).position(|byte| *byte == b'}')?;
            utf8(number(&bytes[3..length], 16)?, length + 1)
        }
        b'u' => {
            let unit = number(bytes.get(2..6)?, 16)?;
            match unit {
                0xD800..0xDC00 if bytes.get(6..8) == Some(b"\\u") => {
                    let low = number(bytes.get(8..12)?, 16)?.checked_sub(0xDC00)?;
                    utf8(0x1_0000 + ((unit - 0xD800) << 10) + low, 12)
                }
                unit => utf8(unit, 6),
            }
        }
        byte @ (b'"' | b'\'' | b'\\' | b'/') => one(*byte),
        _ => None,
    }
}

fn entity(bytes: &[u8]) -> Option<(Cow<'static, [u8]>, usize)> {
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let character: &'static [u8] = match &bytes[1..end] {
        b"amp" => b"&",
        b"lt" => b"<",
        b"gt" => b">",
        b"quot" => b"\"",
        b"apos" => b"'",
        [b'#', b'x' | b'X', digits @ ..] => return utf8(number(digits, 16)?, end + 1),
        [b'#', digits @ ..] => return utf8(number(digits, 10)?, end + 1),
        _ => return None,
    };
    Some((Cow::Borrowed(character), end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

fn utf8(character: u32, length: usize) -> Option<(Cow<'static, [u8]>, usize)> {
    let character = char::from_u32(character)?;
    Some((Cow::Owned(character.to_string().into_bytes()), length))
}
