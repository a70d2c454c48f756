//! The renderings of a record, one a file. Each is a pure function of the record.

mod cases;
mod groups;
mod json;
mod terminal;
mod words;

pub use json::json;
pub use terminal::{Colour, Detail, TerminalOptions, terminal};
