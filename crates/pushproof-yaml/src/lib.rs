//! YAML as authors of scenarios, catalogues and dialects need it: every value knows [where it stands](Span), what YAML
//! would silently turn into something else is [refused](parse), and errors are [shown](Diagnostic) with the line that
//! they are about.
//!
//! Only the modules of [`parse()`] know the YAML parser underneath.

mod de;
mod diagnostic;
mod node;
mod parse;
mod plain;
mod span;
mod syntax;

pub use de::{from_node, from_str};
pub use diagnostic::{Diagnostic, Severity, Style, list, nearest};
pub use node::{Key, Node, Value};
pub use parse::{MAX_SOURCE_BYTES, parse};
pub use span::{Span, Spanned};
