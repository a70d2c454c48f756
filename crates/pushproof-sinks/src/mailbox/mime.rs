//! What a mail says: its subject, its text, its HTML. [RFC 2045](https://www.rfc-editor.org/rfc/rfc2045) and following.
//!
//! Headers and encodings are read by mail-parser, multipart bodies are split here: that crate nests messages within
//! messages as deep as a mail says, and drops them by recursion, so that one mail could overflow the stack.

use mail_parser::{
    ContentType, HeaderName, Message, MessageParser, MessagePart, MimeHeaders,
    decoders::{
        base64::base64_decode, charsets::map::charset_decoder, html::html_to_text,
        quoted_printable::quoted_printable_decode,
    },
};

/// How deep multipart bodies are followed.
const MAX_DEPTH: usize = 10;
/// How many parts of a mail are read.
const MAX_PARTS: usize = 100;
/// The most that is read of a header, in bytes.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The most that is kept of a subject, in bytes.
const MAX_SUBJECT_BYTES: usize = 1024;

/// What a mail says. As lenient as can be: whatever cannot be decoded is shown as it came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: Option<String>,
}

/// A part that is still to be read, the mail itself included.
struct Part<'a> {
    bytes: &'a [u8],
    depth: usize,
    /// The type of a part that has none: that of `multipart/digest` is `message/rfc822`.
    within_digest: bool,
}

impl Said {
    pub(super) fn read(mail: &[u8]) -> Self {
        let parser = MessageParser::new()
            .header_text(HeaderName::Subject)
            .header_content_type(HeaderName::ContentType)
            .header_content_type(HeaderName::ContentDisposition)
            .header_text(HeaderName::ContentTransferEncoding)
            .default_header_ignore();
        let (mut subject, mut texts, mut htmls) = (String::new(), Vec::new(), Vec::new());
        let mut parts = vec![Part { bytes: mail, depth: 0, within_digest: false }];
        for _ in 0..MAX_PARTS {
            let Some(part) = parts.pop() else { break };
            let (header, body) = split_header(part.bytes);
            let header = parser.parse_headers(&header[..header.len().min(MAX_HEADER_BYTES)]);
            if part.depth == 0 {
                header.as_ref().and_then(Message::subject).unwrap_or_default().clone_into(&mut subject);
                subject.truncate(subject.floor_char_boundary(MAX_SUBJECT_BYTES));
            }
            // A message without any header, in which nothing can be looked up, is none to mail-parser.
            let header = header.as_ref().map(Message::root_part);
            match Kind::of(header, part.within_digest) {
                Kind::Multipart { boundary, digest } if part.depth < MAX_DEPTH => {
                    let inner = split_multipart(body, boundary.as_bytes(), MAX_PARTS);
                    let inner = inner.into_iter().rev();
                    parts.extend(inner.map(|bytes| Part {
                        bytes,
                        depth: part.depth + 1,
                        within_digest: digest,
                    }));
                }
                Kind::Plain => texts.push(decoded(header, body)),
                Kind::Html => htmls.push(decoded(header, body)),
                Kind::Multipart { .. } | Kind::Other => {}
            }
        }
        let html = (!htmls.is_empty()).then(|| htmls.join("\n"));
        let text = match &html {
            Some(html) if texts.is_empty() => html_to_text(html),
            _ => texts.join("\n"),
        };
        Self { subject, text, html }
    }
}

/// What to do with a part.
enum Kind<'a> {
    Multipart { boundary: &'a str, digest: bool },
    Plain,
    Html,
    Other,
}

impl<'a> Kind<'a> {
    fn of(header: Option<&'a MessagePart<'_>>, within_digest: bool) -> Self {
        if header.and_then(MimeHeaders::content_disposition).is_some_and(ContentType::is_attachment) {
            return Self::Other;
        }
        let Some(content_type) = header.and_then(MimeHeaders::content_type) else {
            return if within_digest { Self::Other } else { Self::Plain };
        };
        let is =
            |part: Option<&str>, wanted: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(wanted));
        let (main, sub) = (Some(content_type.ctype()), content_type.subtype());
        if is(main, "multipart") {
            return match content_type.attribute("boundary") {
                Some(boundary) if !boundary.is_empty() => {
                    Self::Multipart { boundary, digest: is(sub, "digest") }
                }
                _ => Self::Plain,
            };
        }
        match (is(main, "text"), is(sub, "html"), is(sub, "plain") || sub.is_none()) {
            (true, true, _) => Self::Html,
            (true, _, true) => Self::Plain,
            _ => Self::Other,
        }
    }
}

/// Splits at the first empty line, which goes with the header.
fn split_header(part: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in part.split_inclusive(|&byte| byte == b'\n') {
        end += line.len();
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    part.split_at(end)
}

/// The first parts between the delimiters, without what comes before the first one and after the last one. The line
/// end before a delimiter belongs to the delimiter.
fn split_multipart<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let (mut at, mut start) = (0, None);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let end = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) else {
            continue;
        };
        let (last, rest) = rest.strip_prefix(b"--").map_or((false, rest), |rest| (true, rest));
        if !rest.trim_ascii().is_empty() {
            continue;
        }
        parts.extend(start.map(|start| without_line_end(&body[start..end])));
        start = (!last).then_some(at);
        if last || parts.len() >= most {
            break;
        }
    }
    // A mail that is cut off still says what it says.
    parts.extend(start.filter(|_| parts.len() < most).map(|start| &body[start..]));
    parts
}

fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// The text of a part.
fn decoded(header: Option<&MessagePart<'_>>, body: &[u8]) -> String {
    let encoding = header.and_then(MimeHeaders::content_transfer_encoding);
    let encoding = encoding.map(|encoding| encoding.trim().to_ascii_lowercase());
    let bytes = match encoding.as_deref() {
        Some("base64") => base64_decode(body),
        Some("quoted-printable") => quoted_printable_decode(body),
        _ => None,
    };
    let bytes = bytes.as_deref().unwrap_or(body);
    let charset =
        header.and_then(MimeHeaders::content_type).and_then(|content_type| content_type.attribute("charset"));
    match charset.and_then(|charset| charset_decoder(charset.as_bytes())) {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests;
