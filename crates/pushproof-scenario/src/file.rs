//! The file as it is written, before its cases are filled in.

use pushproof_yaml::{Node, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ActorName, Label, Need, cases::Variables, ordered::Ordered};

/// The people of a scenario, each with the devices that they begin with.
pub(crate) type Actors = Ordered<Spanned<ActorName>, Vec<Spanned<Label>>>;

/// A scenario: what is done to a homeserver or a client, and which clause of the proposal would be broken where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// What the scenario shows, in one line. `{case.name}` stands for a variable of the case.
    pub(crate) title: Spanned<String>,
    /// What a reader should know beyond the title: why it is done this way, and what is not judged.
    #[serde(default)]
    pub(crate) about: Option<String>,
    /// What the set-up must offer; nothing but a homeserver where accounts can be made if left out.
    #[serde(default)]
    pub(crate) needs: Vec<Spanned<Need>>,
    /// The people, each a fresh account, with the devices that they begin with: `{ alice: [phone, laptop] }`. The
    /// account is made by the first of them.
    pub(crate) actors: Actors,
    /// The scenario over a table: each case with its variables, the same in all. In the steps `$case.name` stands for
    /// the whole value, which may be a step, a list of steps or any other; `{case.name}` inside text for a text or a
    /// number.
    #[serde(default)]
    pub(crate) cases: Option<Spanned<Ordered<Spanned<Label>, Variables>>>,
    /// What is done and judged, in order. The first step that fails ends the case.
    pub(crate) steps: Node,
}
