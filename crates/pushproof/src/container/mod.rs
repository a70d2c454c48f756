//! `--container`: a subject that the run starts itself, in a container that is removed with the run.

mod engine;
mod log;
mod recipe;

pub(crate) use engine::{Container, Plan, remove_all};
