//! What can be wrong with the reference homeserver and with the reference client, by name.

use pushproof_vocabulary::Manner;

/// A defect or a variation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defect {
    /// The name, as `--defect` takes it.
    pub(crate) name: &'static str,
    /// What is wrong, in one line.
    pub(crate) description: &'static str,
    /// How plainly it is wrong.
    pub(crate) manner: Manner,
    /// The ids of the clauses that it breaks, all of them. Empty for a variation.
    pub(crate) breaks: &'static [&'static str],
}

/// Those of the homeserver, variations and obstacles last.
pub(crate) fn of_homeserver() -> Vec<Defect> {
    let defects = pushproof_homeserver::defects().iter();
    listed(defects.chain(pushproof_homeserver::variations()).chain(pushproof_homeserver::obstacles()))
}

/// Those of the client, variations last.
pub(crate) fn of_client() -> Vec<Defect> {
    listed(pushproof_client::defects().iter().chain(pushproof_client::variations()))
}

/// Defects, whatever they change the behaviour of.
fn listed<B: 'static>(all: impl Iterator<Item = &'static pushproof_vocabulary::Defect<B>>) -> Vec<Defect> {
    let of = |defect: &pushproof_vocabulary::Defect<B>| Defect {
        name: defect.name,
        description: defect.description,
        manner: defect.manner,
        breaks: defect.breaks,
    };
    all.map(of).collect()
}

/// All of them.
pub(crate) fn all() -> Vec<Defect> {
    [of_homeserver(), of_client()].concat()
}
