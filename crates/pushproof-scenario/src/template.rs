//! Text with placeholders for what only a run knows: ids, names on the wire, captured values.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pushproof_yaml::nearest;

use crate::{ActorName, DeviceRef, Label};

/// What a path segment may hold as it is: RFC 3986's unreserved characters.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text with placeholders in `{…}`; `{{` and `}}` stand for the braces themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// What stands in `{…}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// `{alice}`: the user id.
    User(ActorName),
    /// `{localpart:alice}`: the user id without sigil and server.
    Localpart(ActorName),
    /// `{password:alice}`: the password, a secret.
    Password(ActorName),
    /// `{alice.phone}`: the device id.
    Device(DeviceRef),
    /// `{settings:alice.phone}`: the type of the device's settings event in the dialect.
    Settings(DeviceRef),
    /// `{room:den}`: the room id.
    Room(Label),
    /// `{event:first}`: the event id.
    Event(Label),
    /// `{app:main}`: the app id of a pusher.
    App(Label),
    /// `{pushkey:main}`: the push key of a pusher.
    Pushkey(Label),
    /// `{capture:name}`: what an earlier step captured.
    Capture(Label),
    /// `{unique}`: text that no other scenario run has.
    Unique,
}

/// Gives placeholders their values.
pub trait Resolve {
    /// The value of a placeholder.
    fn resolve(&self, placeholder: &Placeholder) -> Result<String, Unresolved>;
}

/// A placeholder without a value. The linter finds names that no step makes, so that this is either a step that did
/// not do what it was to do, or a fault of the suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{placeholder}` has no value: no step that ran has made it")]
pub struct Unresolved {
    /// The placeholder.
    pub placeholder: Placeholder,
}

impl Unresolved {
    /// No value for this placeholder.
    #[must_use]
    pub fn new(placeholder: &Placeholder) -> Self {
        Self { placeholder: placeholder.clone() }
    }
}

/// What is wrong with the text of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
            } else if brace == "}" {
                return Err(TemplateError {
                    message: "this text has a `}` without its `{`".to_owned(),
                    hint: "write `}}` where the brace itself is meant".to_owned(),
                });
            } else {
                let Some((inner, after)) = after.split_once('}') else {
                    return Err(TemplateError {
                        message: "this text has a `{` without its `}`".to_owned(),
                        hint: "write `{{` where the brace itself is meant".to_owned(),
                    });
                };
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Placeholder(inner.parse()?));
                rest = after;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The placeholders, in the order of the text.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Text(_) => None,
        })
    }

    /// The text with the values as they are, for JSON.
    pub fn render(&self, resolve: &dyn Resolve) -> Result<String, Unresolved> {
        self.render_with(resolve, |value| value)
    }

    /// The text with everything but unreserved characters percent-encoded in the values, for paths: a value with a
    /// slash stays one segment.
    pub fn render_path(&self, resolve: &dyn Resolve) -> Result<String, Unresolved> {
        self.render_with(resolve, |value| utf8_percent_encode(&value, &RESERVED).to_string())
    }

    fn render_with(
        &self,
        resolve: &dyn Resolve,
        encode: impl Fn(String) -> String,
    ) -> Result<String, Unresolved> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.clone()),
                Part::Placeholder(placeholder) => resolve.resolve(placeholder).map(&encode),
            })
            .collect()
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        Self::parse(text)
    }
}

impl Placeholder {
    /// Whether the value never enters a record. A captured value can be secret as well; its capture says so.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Password(_))
    }
}

/// What stands before the colon of a placeholder.
const FUNCTIONS: &[&str] =
    &["localpart", "password", "settings", "room", "event", "app", "pushkey", "capture"];

impl FromStr for Placeholder {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let bad = |message: String| {
            TemplateError {
            message: format!("in `{{{text}}}`: {message}"),
            hint: "a placeholder is `{alice}`, `{alice.phone}`, `{settings:alice.phone}`, `{room:den}` or the like; \
                   write `{{` where the brace itself is meant"
                .to_owned(),
        }
        };
        let actor = |name: &str| name.parse().map_err(bad);
        let device = |name: &str| name.parse().map_err(bad);
        let label = |name: &str| name.parse().map_err(bad);
        Ok(match text.split_once(':') {
            None if text == "unique" => Self::Unique,
            None if text.contains('.') => Self::Device(device(text)?),
            None => Self::User(actor(text)?),
            Some(("localpart", name)) => Self::Localpart(actor(name)?),
            Some(("password", name)) => Self::Password(actor(name)?),
            Some(("settings", name)) => Self::Settings(device(name)?),
            Some(("room", name)) => Self::Room(label(name)?),
            Some(("event", name)) => Self::Event(label(name)?),
            Some(("app", name)) => Self::App(label(name)?),
            Some(("pushkey", name)) => Self::Pushkey(label(name)?),
            Some(("capture", name)) => Self::Capture(label(name)?),
            Some((function, _)) => {
                let near = nearest(function, FUNCTIONS.iter().copied())
                    .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
                return Err(TemplateError {
                    message: format!("unknown placeholder `{{{text}}}`"),
                    hint: format!("{near}Before the colon stands one of {}", pushproof_yaml::list(FUNCTIONS)),
                });
            }
        })
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(actor) => write!(f, "{{{actor}}}"),
            Self::Localpart(actor) => write!(f, "{{localpart:{actor}}}"),
            Self::Password(actor) => write!(f, "{{password:{actor}}}"),
            Self::Device(device) => write!(f, "{{{device}}}"),
            Self::Settings(device) => write!(f, "{{settings:{device}}}"),
            Self::Room(room) => write!(f, "{{room:{room}}}"),
            Self::Event(event) => write!(f, "{{event:{event}}}"),
            Self::App(pusher) => write!(f, "{{app:{pusher}}}"),
            Self::Pushkey(pusher) => write!(f, "{{pushkey:{pusher}}}"),
            Self::Capture(name) => write!(f, "{{capture:{name}}}"),
            Self::Unique => f.write_str("{unique}"),
        }
    }
}
