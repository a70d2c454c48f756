//! The renderings of a record, one a file. Each is a pure function of the record.

mod badge;
mod cases;
mod ctrf;
mod groups;
mod har;
mod headline;
mod json;
mod junit;
mod kinds;
mod markdown;
mod tap;
mod terminal;
mod test_list;
mod words;

pub use json::json;
pub use kinds::{Rendering, kinds, rendering};
pub use terminal::{Colour, Detail, TerminalOptions, terminal};
