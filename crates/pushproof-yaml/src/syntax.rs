//! What is no YAML at all, in words for those who do not know its grammar.

use granit_parser::{ErrorKind, ScanError};

use crate::{Diagnostic, Span};

/// What to do where text was taken for a sign.
const QUOTE: &str = "text that begins with a sign, or holds `: ` or ` #`, wants quotes: \"…\"";

/// The parser's error with its place.
pub(crate) fn explain(error: &ScanError) -> Diagnostic {
    let marker = error.marker();
    let span = Span { line: marker.line().max(1), column: marker.col() + 1, len: 1 };
    let (message, hint) = words(error.kind());
    let message = message.unwrap_or_else(|| format!("this is no YAML: {}", error.info()));
    Diagnostic::error(span, message).with_hint(hint)
}

fn words(kind: &ErrorKind) -> (Option<String>, &'static str) {
    let said = |message: &str| Some(message.to_owned());
    match kind {
        ErrorKind::UnexpectedCharacter { character } => {
            (Some(format!("{character:?} cannot begin text without quotes")), "quote it: \"…\"")
        }
        ErrorKind::MissingAnchorOrAliasName => (said("this sign cannot stand alone"), QUOTE),
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::InvalidMappingValueWhitespace => {
            (said("a second `:` cannot stand in one line"), "text that holds `: ` wants quotes: \"…\"")
        }
        ErrorKind::UnclosedFlowCollection { open } => (
            Some(format!("this `{open}` is not closed")),
            "text that begins with a bracket wants quotes: \"…\"",
        ),
        ErrorKind::ExpectedFlowMappingSeparator => (
            said("expected `,` or `}`"),
            "is the `{` before it closed? Text that begins with a bracket wants quotes: \"…\"",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator => (
            said("expected `,` or `]`"),
            "is the `[` before it closed? Text that begins with a bracket wants quotes: \"…\"",
        ),
        ErrorKind::MisplacedFlowCollectionEnd => (said("this bracket closes nothing"), QUOTE),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (Some(format!("`{close}` closes nothing: `{open}` was opened last")), QUOTE)
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            (said("this quote is not closed"), "text that holds a quote stands in those of the other kind")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            (said("something follows the closing quote"), "put the whole text between the quotes")
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => {
            (said("this text has a `\\` that begins no known escape"), "write `\\\\`, or use single quotes")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => (said("a tab cannot indent"), "indent with blanks"),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            said("this does not line up with the lines above"),
            "the keys of a mapping all begin in the same column",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            said("this does not line up with the list above"),
            "the items of a list all begin with `- ` in the same column",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            (said("expected a key with `: ` after it"), "a blank follows the colon: `key: value`")
        }
        ErrorKind::RecursionLimitExceeded => (said("lists and mappings nest too deep"), QUOTE),
        _ => (None, QUOTE),
    }
}
