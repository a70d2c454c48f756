//! The scenario language: what a scenario file says, as types. Parsing keeps the position of everything, so that
//! mistakes are shown where they stand and a failing step names its line. Pure: no network, no clock.

mod names;
mod scenario;
mod step;
pub mod steps;

pub use names::{ActorName, DeviceRef, Label};
pub use scenario::{Case, Need, Scenario};
pub use step::{Capture, Role, Step, StepKind};
