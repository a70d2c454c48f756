//! A scenario file: who takes part, what is needed, and the steps, once for each case.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pushproof_yaml::{Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ActorName, Label, Step, StepKind, embedded};

/// A parsed scenario file.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The id: the path below `scenarios/` without its ending, such as `server/pusher/state-default`. It never changes.
    pub id: String,
    /// The path that messages show.
    pub path: String,
    /// The text of the file.
    pub text: String,
    /// What the scenario shows, in one line.
    pub title: Spanned<String>,
    /// What a reader should know beyond the title: why it is done this way, and what is not judged.
    pub about: Option<String>,
    /// What the set-up must offer.
    pub needs: Vec<Spanned<Need>>,
    /// The people and the devices that each begins with, in the order of the file.
    pub actors: Vec<(Spanned<ActorName>, Vec<Spanned<Label>>)>,
    /// The scenario once a case, its variables filled in; a single unnamed one if the file has no `cases`.
    pub cases: Vec<Case>,
}

/// One run of a scenario.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name under `cases`.
    pub name: Option<Label>,
    /// Where the case stands; the file's title if it has no `cases`.
    pub span: Span,
    /// The scenario's title, with the case's variables filled in.
    pub title: String,
    /// What is done and judged, in order.
    pub steps: Vec<Step>,
}

/// What a scenario needs of the set-up, beyond a homeserver where accounts can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The homeserver reaches the suite's push gateway.
    PushGateway,
    /// The homeserver sends mail to the suite's mailbox, and lets users validate addresses.
    Mail,
    /// The suite can restart the homeserver.
    Restart,
    /// The dialect spells the proposal's names with a prefix.
    PrefixedDialect,
    /// The dialect has a flag by which servers advertise it in `/versions`.
    AdvertisedDialect,
    /// The client notifies from `/sync` itself.
    Pusherless,
    /// The client lists pushers.
    ListsPushers,
    /// The client lists devices, and shows whether each is silenced.
    ListsDevices,
    /// The client silences and resumes devices.
    Toggles,
    /// The client can be stopped and started again with its store.
    ClientRestarts,
}

impl Need {
    /// The name as scenarios and `--without` write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PushGateway => "push-gateway",
            Self::Mail => "mail",
            Self::Restart => "restart",
            Self::PrefixedDialect => "prefixed-dialect",
            Self::AdvertisedDialect => "advertised-dialect",
            Self::Pusherless => "pusherless",
            Self::ListsPushers => "lists-pushers",
            Self::ListsDevices => "lists-devices",
            Self::Toggles => "toggles",
            Self::ClientRestarts => "client-restarts",
        }
    }
}

impl Scenario {
    /// The id of the scenario in a file, by its path below the folder of scenarios: the path without its ending, each
    /// part in lower-case letters, digits and dashes. `None` if it is no such path.
    #[must_use]
    pub fn id_of(relative: &Utf8Path) -> Option<String> {
        let parts: Vec<&str> = relative.as_str().strip_suffix(".yaml")?.split('/').collect();
        let well_named = parts.iter().all(|part| part.parse::<Label>().is_ok());
        well_named.then(|| parts.join("/"))
    }

    /// The line of the file, without surrounding blanks.
    #[must_use]
    pub fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number.saturating_sub(1)).unwrap_or_default().trim()
    }

    /// The lines of the step that begins on this line, without its indentation; at most twelve.
    #[must_use]
    pub fn step_text(&self, number: usize) -> String {
        let mut lines = self.text.lines().skip(number.saturating_sub(1));
        let Some(first) = lines.next() else { return String::new() };
        let indent = first.len() - first.trim_start().len();
        let deeper = |line: &&str| !line.trim().is_empty() && line.len() - line.trim_start().len() > indent;
        let rest = lines.take_while(deeper).map(|line| &line[indent..]);
        std::iter::once(first.trim()).chain(rest).take(12).collect::<Vec<_>>().join("\n")
    }

    /// Whether it is one of those that ship with the suite. No other has the id of one of them.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        embedded().iter().any(|source| source.id == self.id)
    }

    /// Whether it is about clients: it starts one.
    #[must_use]
    pub fn is_about_clients(&self) -> bool {
        let mut steps = self.cases.iter().flat_map(|case| case.steps.iter().flat_map(Step::leaves));
        steps.any(|step| matches!(step.kind, StepKind::StartClient(_)))
    }

    /// How many accounts a run of all cases makes.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.actors.len() * self.cases.len()
    }

    /// The devices that each person begins with.
    #[must_use]
    pub fn devices(&self) -> BTreeMap<&ActorName, Vec<&Label>> {
        self.actors
            .iter()
            .map(|(actor, devices)| (&actor.value, devices.iter().map(|d| &d.value).collect()))
            .collect()
    }
}
