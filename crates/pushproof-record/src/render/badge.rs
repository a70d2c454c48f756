//! The verdict as a badge: for shields.io's endpoint, or drawn.

use serde_json::json;

use super::{headline::headline, xml::valid};
use crate::{Record, Verdict, plain_json, plain_line};

/// What a badge says on its left.
const LABEL: &str = "remote push toggling";

/// The JSON that shields.io's endpoint badge reads.
#[must_use]
pub(super) fn endpoint(record: &Record) -> String {
    let headline = headline(record);
    let colour = match record.verdict {
        Verdict::Conformant if headline.is_whole => "brightgreen",
        Verdict::Conformant => "yellowgreen",
        Verdict::NotConformant => "red",
        Verdict::NotJudged => "yellow",
        Verdict::NotImplemented => "lightgrey",
    };
    let badge = json!({ "schemaVersion": 1, "label": LABEL, "message": headline.verdict, "color": colour });
    plain_json(&format!("{badge:#}\n"))
}

/// The badge as a picture. Its texts are stretched to the widths that are drawn, so that no font is presumed.
#[must_use]
pub(super) fn svg(record: &Record) -> String {
    let headline = headline(record);
    // Dark enough for white letters.
    let colour = match record.verdict {
        Verdict::Conformant if headline.is_whole => "#2a7e19",
        Verdict::Conformant => "#5f6f00",
        Verdict::NotConformant => "#c5221f",
        Verdict::NotJudged => "#8a6100",
        Verdict::NotImplemented => "#5c5c5c",
    };
    let message = escaped(&headline.verdict);
    let (left, right) = (width(LABEL), width(&message));
    let all = left + right + 40;
    let (from, middle_left, middle_right) = (left + 20, left / 2 + 10, left + right / 2 + 30);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="{LABEL}: {message}">
<title>{LABEL}: {message}</title>
<clipPath id="round"><rect width="{all}" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)"><rect width="{from}" height="20" fill="#444"/><rect x="{from}" width="{rest}" height="20" fill="{colour}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
<text x="{middle_left}" y="14" textLength="{left}">{LABEL}</text>
<text x="{middle_right}" y="14" textLength="{right}">{message}</text>
</g>
</svg>
"##,
        rest = right + 20,
    )
}

/// About how wide a text is at 11 pixels, in pixels.
fn width(text: &str) -> usize {
    let tenths: usize = text
        .chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '(' | ')' | ' ' => 40,
            'm' | 'w' => 100,
            _ => 68,
        })
        .sum();
    tenths / 10
}

fn escaped(text: &str) -> String {
    valid(&plain_line(text))
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
