//! The renderings of a record, one a file. Each is a pure function of the record.

mod badge;
mod cases;
mod causes;
mod ctrf;
mod github;
mod groups;
mod har;
mod headline;
mod html;
mod json;
mod junit;
mod kinds;
mod lacks;
mod markdown;
mod matrix;
mod tap;
mod terminal;
mod test_list;
mod words;
mod xml;

pub use github::{Place, github_annotations};
pub use json::json;
pub use kinds::{Rendering, kinds, rendering};
pub use matrix::Column;
pub use terminal::{Colour, Detail, TerminalOptions, comparison, matrix, terminal};
pub(crate) use words::count;
pub use words::first_of;
