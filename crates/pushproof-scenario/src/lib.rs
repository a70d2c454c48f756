//! The scenario language: what a scenario file says, as types. Parsing keeps the position of everything, so that
//! mistakes are shown where they stand and a failing step names its line. Pure: no network, no clock.

mod capture;
mod cases;
mod content;
mod embedded;
mod file;
pub mod json;
mod lint;
mod names;
mod ordered;
mod parse;
pub mod pattern;
mod scenario;
mod schema;
mod step;
pub mod steps;
pub mod template;

pub use capture::Capture;
pub use embedded::{Source, embedded};
pub use json::{RenderError, RenderProblem, render};
pub use lint::lint;
pub use names::{ActorName, DeviceRef, Label};
pub use pattern::{Mismatch, Pattern};
pub use scenario::{Case, Need, Scenario};
pub use schema::schema;
pub use step::{CommonFields, Role, Step, StepKind};
pub use template::{Placeholder, Resolve, Template, TemplateError, Unresolved};
