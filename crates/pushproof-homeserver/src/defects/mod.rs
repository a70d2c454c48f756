//! Everything that can be wrong with the reference homeserver by name, in one table: each defect is a named change of
//! its [`Behaviour`].

use std::sync::LazyLock;

use pushproof_vocabulary::Manner;
use thiserror::Error;

use crate::behaviour::Behaviour;

mod delivery;
mod link;
mod names;
mod obstacles;
mod pruning;
mod remote;
mod restart;
mod settings_event;
mod state;
mod variations;

/// One thing that is wrong with a homeserver.
pub type Defect = pushproof_vocabulary::Defect<Behaviour>;

/// All defects, in the order of the clauses that they break.
#[must_use]
pub fn defects() -> &'static [Defect] {
    static ALL: LazyLock<Vec<Defect>> = LazyLock::new(|| {
        [
            state::DEFECTS,
            delivery::DEFECTS,
            remote::DEFECTS,
            restart::DEFECTS,
            link::DEFECTS,
            settings_event::DEFECTS,
            pruning::DEFECTS,
            names::DEFECTS,
        ]
        .concat()
    });
    &ALL
}

/// What a homeserver may do differently without breaking any clause. A suite that takes one of these for broken is
/// wrong.
#[must_use]
pub fn variations() -> &'static [Defect] {
    variations::VARIATIONS
}

/// What keeps a part of a homeserver with which nothing is wrong from being judged. A suite that finds a clause broken is
/// wrong, and so is one that finds nothing left to judge.
#[must_use]
pub fn obstacles() -> &'static [Defect] {
    obstacles::OBSTACLES
}

/// A name is no defect and no variation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no defect is named `{name}`")]
pub struct UnknownDefect {
    /// The name that was given.
    pub name: String,
}

/// The behaviour of a server with these defects and variations.
pub(crate) fn behaviour(names: &[String]) -> Result<Behaviour, UnknownDefect> {
    let mut behaviour = Behaviour::default();
    for name in names {
        let known = || defects().iter().chain(variations()).chain(obstacles());
        let defect = known().find(|defect| defect.name == name);
        let defect = defect.ok_or_else(|| UnknownDefect { name: name.clone() })?;
        (defect.apply)(&mut behaviour);
    }
    Ok(behaviour)
}
