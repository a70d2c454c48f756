//! Several records side by side: subjects by clauses.

mod columns;
mod html;
mod markdown;

pub use columns::Column;
pub(super) use columns::{Cell, rows};
pub(super) use html::html;
pub(super) use markdown::markdown;
