//! The links in a mail: the one that validates an address is to be followed.

use std::borrow::Cow;

use mail_parser::decoders::html::html_to_text;
use url::Url;

/// How many links are looked at in the text of a mail, and as many in its HTML.
const MAX_LINKS: usize = 1000;
/// The longest link, in bytes.
const MAX_LINK_BYTES: usize = 8 * 1024;

/// The links in plain text. A link ends at a space or quote; punctuation at its end belongs to the sentence.
pub(super) fn in_text(text: &str) -> Vec<Url> {
    candidates(text).filter_map(|found| parsed(without_punctuation(found.upto(is_end)))).collect()
}

/// The links in HTML, in attributes as well as in the text.
pub(super) fn in_html(html: &str) -> Vec<Url> {
    let link = |found: Found<'_>| {
        if let Some(quote @ ('"' | '\'')) = found.before {
            return parsed(&unescaped(found.upto(|c| c == quote)));
        }
        // What is escaped may be what ends the link, as in `&lt;https://…&gt;`.
        let unescaped = unescaped(found.upto(is_end));
        let end = unescaped.find(is_end).unwrap_or(unescaped.len());
        parsed(without_punctuation(&unescaped[..end]))
    };
    candidates(html).filter_map(link).collect()
}

/// Where a link may begin.
struct Found<'a> {
    /// The character before it.
    before: Option<char>,
    /// All from its beginning on, cut where no link can reach.
    rest: &'a str,
}

impl<'a> Found<'a> {
    fn upto(&self, end: impl Fn(char) -> bool) -> &'a str {
        &self.rest[..self.rest.find(end).unwrap_or(self.rest.len())]
    }
}

fn candidates(text: &str) -> impl Iterator<Item = Found<'_>> {
    let found = text.match_indices("://").filter_map(move |(at, _)| {
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let start = at.checked_sub(scheme.len());
            start
                .and_then(|start| text.get(start..at))
                .is_some_and(|found| found.eq_ignore_ascii_case(scheme))
        })?;
        let start = at - scheme.len();
        let rest = &text[start..];
        let before = text[..start].chars().next_back();
        Some(Found { before, rest: &rest[..rest.floor_char_boundary(MAX_LINK_BYTES)] })
    });
    found.take(MAX_LINKS)
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\'')
}

fn without_punctuation(link: &str) -> &str {
    let mut link = link;
    loop {
        let shorter = link.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        let shorter = match shorter.strip_suffix([')', ']', '}']) {
            // A bracket that was opened within the link belongs to it.
            Some(inner) if !inner.contains(['(', '[', '{']) => inner,
            _ => shorter,
        };
        if shorter.len() == link.len() {
            return link;
        }
        link = shorter;
    }
}

/// Resolves character references.
fn unescaped(html: &str) -> Cow<'_, str> {
    if html.contains('&') { Cow::Owned(html_to_text(html)) } else { Cow::Borrowed(html) }
}

fn parsed(link: &str) -> Option<Url> {
    Url::parse(link).ok().filter(Url::has_host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn shown(links: &[Url]) -> Vec<&str> {
        links.iter().map(Url::as_str).collect()
    }

    #[rstest]
    #[case::none("no link: ftp://a/, https:/b, ://c, http://", &[])]
    #[case::line("Open\nhttp://hs:8008/_matrix?token=a_b&x=1\nsoon", &["http://hs:8008/_matrix?token=a_b&x=1"])]
    #[case::sentence("See https://a.b/c. Or (https://d.e/f)!", &["https://a.b/c", "https://d.e/f"])]
    #[case::bracket_within("https://a.b/c_(d)", &["https://a.b/c_(d)"])]
    #[case::matrix_to("https://matrix.to/#/!r:hs/$e", &["https://matrix.to/#/!r:hs/$e"])]
    #[case::angle("<https://a.b/?c=d>", &["https://a.b/?c=d"])]
    #[case::upper_case("HTTPS://A.b/C", &["https://a.b/C"])]
    #[case::not_html("https://a.b/?c&amp;d", &["https://a.b/?c&amp;d"])]
    #[case::beyond_ascii("é https://a.b/é é", &["https://a.b/%C3%A9"])]
    fn links_are_found_in_text(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(shown(&in_text(text)), expected);
    }

    #[rstest]
    #[case::attribute(r#"<a href="https://a.b/?c=1&amp;d=2&e=3">x</a>"#, &["https://a.b/?c=1&d=2&e=3"])]
    #[case::number(r#"<a href="https://a.b/?c=1&#38;d&#x26;e">x</a>"#, &["https://a.b/?c=1&d&e"])]
    #[case::single_quotes("<a href='https://a.b/c'>x</a>", &["https://a.b/c"])]
    #[case::no_quotes("<a href=https://a.b/c>x</a>", &["https://a.b/c"])]
    #[case::text("<p>Go to https://a.b/c?d&amp;e.</p>", &["https://a.b/c?d&e"])]
    #[case::escaped("&lt;https://a.b/c&gt; x", &["https://a.b/c"])]
    fn links_are_found_in_html(#[case] html: &str, #[case] expected: &[&str]) {
        assert_eq!(shown(&in_html(html)), expected);
    }

    proptest! {
        #[test]
        fn any_text_has_links_or_none(text in "([a-z<>\"'&;:/#. é]|https?://|&amp;){0,60}") {
            in_text(&text);
            in_html(&text);
        }

        #[test]
        fn a_link_among_words_is_found_as_it_is(path in "[a-zA-Z0-9/_~=&?-]{0,20}[a-zA-Z0-9]") {
            let link = format!("https://example.org/{path}");
            let found = in_text(&format!("Go to {link}, now"));
            prop_assert_eq!(shown(&found), [&link]);
            let found = in_html(&format!("<a href=\"{}\">go</a>", link.replace('&', "&amp;")));
            prop_assert_eq!(shown(&found), [&link]);
        }
    }
}
