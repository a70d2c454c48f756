//! How a homeserver is started in a container: data in `ci/homeservers/<name>/container.yaml`, embedded.

use std::collections::BTreeMap;

use pushproof_yaml::list;
use serde::Deserialize;

use crate::Usage;

/// What a container needs to become a homeserver that can be checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recipe {
    /// The image, unless another one is named.
    pub(super) image: String,
    /// Whether the recipe has been run.
    #[serde(default)]
    pub(super) untested: bool,
    /// The program that is started; the image's own if left out.
    #[serde(default)]
    pub(super) entrypoint: Option<String>,
    /// What it is started with; the image's own if left out.
    #[serde(default)]
    pub(super) command: Vec<String>,
    /// Its environment. In a value `{mailbox}` is the host and port of the suite's mailbox; a variable that names it is
    /// left out when there is none.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    /// The files that are put into the container, each from the file of that name beside the recipe.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    /// The port of its client-server API.
    pub(super) port: u16,
    /// The names on the wire, where they are known.
    #[serde(default)]
    pub(super) dialect: Option<String>,
    /// What restarts the homeserver in its container, which lives on. The era stands in `PUSHPROOF_RESTART`.
    #[serde(default)]
    pub(super) restart: Vec<String>,
}

/// A recipe as it is embedded, with the files that it may name.
struct Source {
    name: &'static str,
    text: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! source {
    ($name:literal $(, $file:literal)*) => {
        Source {
            name: $name,
            text: include_str!(concat!("../../../../ci/homeservers/", $name, "/container.yaml")),
            files: &[$(($file, include_str!(concat!("../../../../ci/homeservers/", $name, "/", $file)))),*],
        }
    };
}

/// Every recipe.
const SOURCES: &[Source] = &[
    source!("conduit"),
    source!("dendrite", "container-run", "dendrite.yaml"),
    source!("reference"),
    source!(
        "synapse",
        "container-run",
        "container-restart",
        "container-log.yaml",
        "homeserver.yaml",
        "local-configuration",
        "proposal.yaml"
    ),
    source!("tuwunel"),
];

impl Recipe {
    /// What `--container` says: a recipe, `recipe=image` for a recipe with another image, or an image that becomes a
    /// homeserver by itself, with its client-server API on port 8008.
    pub(super) fn find(text: &str) -> Result<Self, Usage> {
        let (name, image) = text.split_once('=').map_or((text, None), |(name, image)| (name, Some(image)));
        match (SOURCES.iter().find(|source| source.name == name), image) {
            (Some(source), image) => {
                let recipe = source.read().map_err(Usage::new)?;
                Ok(Self { image: image.map_or(recipe.image, str::to_owned), ..recipe })
            }
            (None, None) => Ok(Self::of_image(text)),
            (None, Some(_)) => {
                let names: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
                Err(Usage::new(format!("there is no recipe `{name}` for a container"))
                    .hint(format!("expected {}; an image alone needs no recipe", list(&names))))
            }
        }
    }

    fn of_image(image: &str) -> Self {
        Self {
            image: image.to_owned(),
            untested: false,
            entrypoint: None,
            command: Vec::new(),
            environment: BTreeMap::new(),
            files: BTreeMap::new(),
            port: 8008,
            dialect: None,
            restart: Vec::new(),
        }
    }

    /// Whether the homeserver can be told of a mailbox.
    pub(super) fn sends_mail(&self) -> bool {
        self.environment.values().any(|value| value.contains(MAILBOX))
    }

    /// The environment, with the mailbox where it is named.
    pub(super) fn environment(&self, mailbox: Option<&str>) -> impl Iterator<Item = (&str, String)> {
        self.environment.iter().filter_map(move |(name, value)| match mailbox {
            None if value.contains(MAILBOX) => None,
            mailbox => Some((name.as_str(), value.replace(MAILBOX, mailbox.unwrap_or_default()))),
        })
    }
}

/// What stands for the mailbox in the environment.
const MAILBOX: &str = "{mailbox}";

impl Source {
    /// The recipe with the contents of its files in place of their names.
    fn read(&self) -> Result<Recipe, String> {
        let wrong = |what: String| format!("the embedded recipe {} is wrong: {what}", self.name);
        let mut recipe: Recipe =
            pushproof_yaml::from_str(self.text).map_err(|problem| wrong(problem.to_string()))?;
        for file in recipe.files.values_mut() {
            let found = self.files.iter().find(|(name, _)| name == file);
            let (_, text) = found.ok_or_else(|| wrong(format!("it has no file {file}")))?;
            (*text).clone_into(file);
        }
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_can_be_read() {
        for source in SOURCES {
            let recipe = source.read().unwrap();
            assert!(
                recipe.image.rsplit('/').next().unwrap().contains(':'),
                "{}: which version?",
                source.name
            );
            assert_eq!(recipe.files.len(), source.files.len(), "{}: every file is used", source.name);
        }
    }

    #[test]
    fn a_recipe_may_have_another_image() {
        let own = Recipe::find("synapse=localhost/mine:pr-1").unwrap();
        assert_eq!(own.image, "localhost/mine:pr-1");
        assert_eq!(own.restart, Recipe::find("synapse").unwrap().restart);
    }

    #[test]
    fn what_is_no_recipe_is_an_image() {
        let image = Recipe::find("example.org/homeserver@sha256:0123").unwrap();
        assert_eq!((image.image.as_str(), image.port), ("example.org/homeserver@sha256:0123", 8008));
        let unknown = Recipe::find("synapsis=mine").unwrap_err();
        insta::assert_snapshot!(
            format!("{unknown}\n{}", unknown.hint.as_deref().unwrap_or_default()),
            @r"
        there is no recipe `synapsis` for a container
        expected `conduit`, `dendrite`, `reference`, `synapse` or `tuwunel`; an image alone needs no recipe
        "
        );
    }

    #[test]
    fn who_is_sent_no_mail_is_not_told_of_a_mailbox() {
        let recipe = Recipe::find("synapse").unwrap();
        assert!(recipe.sends_mail());
        assert!(recipe.environment(Some("host:25")).any(|(_, value)| value == "host:25"));
        assert!(recipe.environment(None).all(|(_, value)| !value.contains("mailbox")));
    }
}
