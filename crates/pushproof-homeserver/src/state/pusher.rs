//! A pusher as it is kept, and as `GET /pushers` shows it.

use std::sync::Arc;

use pushproof_vocabulary::{Dialect, Era, PushState};
use serde_json::{Map, Value, json};

use super::Position;
use crate::{
    behaviour::{EmailLinkShown, LinkShown, Listing, Migration, Names, StateForm, StateShown},
    error::MatrixError,
    fields::Fields,
    ids::{DeviceId, PusherKey},
};

/// The path that the specification gives to every push gateway.
const GATEWAY_PATH: &str = "/_matrix/push/v1/notify";

/// So many sets that follow each other within [`BURST_MS`] are a burst.
const BURST: u32 = 8;
/// In milliseconds.
const BURST_MS: u64 = 1000;

/// A pusher of a user.
#[derive(Clone, Debug)]
pub(crate) struct Pusher {
    /// What the user's client asked for.
    pub(crate) details: Arc<Details>,
    /// Whether it notifies, as shown.
    pub(crate) state: PushState,
    /// Whether it notifies, as delivery takes it. The same as `state`, unless a defect parts them.
    pub(crate) heeded: PushState,
    /// Whether the latest set named a state.
    pub(crate) state_named: bool,
    /// The state that it was created with.
    pub(crate) created_as: PushState,
    /// Whether the server implemented the proposal when it was set last.
    pub(crate) set_in: Era,
    /// The device that set it first, which an http pusher is linked to.
    pub(crate) device: DeviceId,
    /// The device whose removal takes it along. The same as `device`, unless a defect parts them.
    pub(crate) owner: DeviceId,
    /// When it was first set, among everything that happened.
    pub(crate) since: Position,
    /// When it was first set, in milliseconds since the epoch.
    pub(crate) since_ms: u64,
    /// How often its state has changed since it was made.
    pub(crate) changes: u32,
    /// Which state it was made with.
    pub(crate) born: PushState,
    /// When it was disabled last, among everything that happened.
    pub(crate) disabled_at: Position,
    /// How many events it was not told of since then.
    pub(crate) missed: u32,
    /// Whether it was set again after it was made.
    pub(crate) updated: Updated,
    /// The device that first set a pusher of this key, deleted ones included.
    pub(crate) first_setter: DeviceId,
    /// The sets that came one shortly after the other.
    pub(crate) recent_sets: RecentSets,
    /// Whether `GET /pushers` lists it. It does, unless a defect hides it.
    pub(crate) listed: Listed,
}

/// Whether a pusher is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// It is.
    Once,
    /// It is, and a copy of it too.
    Twice,
    /// It is not, though it is there.
    Hidden,
}

/// Whether a pusher was set again after it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Updated {
    /// It was not.
    Never,
    /// It was.
    Since,
}

/// How many sets came one shortly after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecentSets {
    latest_ms: u64,
    count: u32,
}

impl RecentSets {
    /// Counts a set in, and says whether it is one of many in a short time.
    pub(crate) fn is_burst(&mut self, now_ms: u64) -> bool {
        if now_ms.saturating_sub(self.latest_ms) > BURST_MS {
            self.count = 0;
        }
        self.latest_ms = now_ms;
        self.count += 1;
        self.count >= BURST
    }
}

/// The fields of a pusher that any server has, as the client set them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Details {
    pub(crate) kind: Kind,
    pub(crate) app_display_name: Arc<str>,
    pub(crate) device_display_name: Arc<str>,
    pub(crate) lang: Arc<str>,
    pub(crate) profile_tag: Option<Arc<str>>,
    pub(crate) data: Map<String, Value>,
}

/// The kinds of pushers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sends to a push gateway.
    Http,
    /// Sends mail.
    Email,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Email => "email",
        }
    }
}

/// The key of the pusher that a set names.
pub(crate) fn key_of(body: &Map<String, Value>) -> Result<PusherKey, MatrixError> {
    let app_id = body.required_text("app_id")?;
    let pushkey = body.required_text("pushkey")?;
    if app_id.is_empty() || app_id.chars().count() > 64 {
        return Err(MatrixError::invalid_param("`app_id` has 1 to 64 characters"));
    }
    if pushkey.is_empty() || pushkey.len() > 512 {
        return Err(MatrixError::invalid_param("`pushkey` has 1 to 512 bytes"));
    }
    Ok(PusherKey { app_id: app_id.into(), pushkey: pushkey.into() })
}

impl Details {
    /// Reads what a set asks for. 400 when a field is missing, of the wrong type or out of bounds.
    pub(crate) fn read(kind: &str, body: &Map<String, Value>) -> Result<Self, MatrixError> {
        let data = body.required_object("data")?;
        let kind = match kind {
            "http" => {
                require_gateway_url(data)?;
                Kind::Http
            }
            "email" => Kind::Email,
            other => return Err(MatrixError::invalid_param(format!("no pushers of kind `{other}` here"))),
        };
        Ok(Self {
            kind,
            app_display_name: body.required_text("app_display_name")?.into(),
            device_display_name: body.required_text("device_display_name")?.into(),
            lang: body.required_text("lang")?.into(),
            profile_tag: body.text("profile_tag")?.map(Into::into),
            data: data.clone(),
        })
    }
}

fn require_gateway_url(data: &Map<String, Value>) -> Result<(), MatrixError> {
    let text = data.text("url")?.ok_or_else(|| MatrixError::missing_param("data.url"))?;
    let url = url::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.path() == GATEWAY_PATH);
    url.map(|_| ()).ok_or_else(|| {
        MatrixError::invalid_param(format!(
            "`data.url` must be an http or https URL with path {GATEWAY_PATH}"
        ))
    })
}

/// How pushers are shown to the one who asks.
pub(crate) struct View<'a> {
    pub(crate) listing: Listing,
    pub(crate) migration: Migration,
    /// The names of the proposal; `None` on a server from before it.
    pub(crate) dialect: Option<&'a Dialect>,
    /// The device of the user that has been there longest.
    pub(crate) first_device: Option<&'a DeviceId>,
    /// The device that asks.
    pub(crate) asker: &'a DeviceId,
    /// The first pusher of the list.
    pub(crate) first: Option<&'a PusherKey>,
}

impl Pusher {
    /// The pusher as one entry of `GET /pushers`.
    pub(crate) fn shown(&self, key: &PusherKey, view: &View<'_>) -> Value {
        // As many as there may be: growing costs more than all else here.
        let mut entry = Map::with_capacity(10);
        entry.insert("app_id".into(), (*key.app_id).into());
        entry.insert("pushkey".into(), (*key.pushkey).into());
        entry.insert("kind".into(), self.details.kind.as_str().into());
        entry.insert("app_display_name".into(), (*self.details.app_display_name).into());
        entry.insert("device_display_name".into(), (*self.details.device_display_name).into());
        entry.insert("lang".into(), (*self.details.lang).into());
        if let Some(tag) = &self.details.profile_tag {
            entry.insert("profile_tag".into(), (**tag).into());
        }
        entry.insert("data".into(), Value::Object(self.details.data.clone()));
        if let Some(dialect) = view.dialect {
            let names: &[&Dialect] = match view.listing.names {
                Names::Dialect => &[dialect],
                Names::Stable => &[Dialect::stable()],
                Names::Both => &[dialect, Dialect::stable()],
            };
            for names in names {
                if let Some(state) = self.shown_state(key, view, names) {
                    let nested = view.listing.state_form == StateForm::WithinData;
                    match entry.get_mut("data").and_then(Value::as_object_mut) {
                        Some(data) if nested => data.insert(names.state.key.clone(), state),
                        _ => entry.insert(names.state.key.clone(), state),
                    };
                }
                if let Some(link) = self.shown_link(view) {
                    entry.insert(names.link.clone(), link);
                }
            }
        }
        Value::Object(entry)
    }

    fn shown_state(&self, key: &PusherKey, view: &View<'_>, names: &Dialect) -> Option<Value> {
        match view.migration {
            Migration::WithoutState if self.set_in == Era::Legacy => return None,
            Migration::NullState if self.set_in == Era::Legacy => return Some(Value::Null),
            _ => {}
        }
        let shown = match view.listing.state_shown {
            StateShown::Always => true,
            StateShown::WhenSet => self.state_named,
            StateShown::WhenDisabled => self.is_off(),
            StateShown::OnOwnDevice => self.device == *view.asker,
            StateShown::OnTheFirst => view.first == Some(key),
            StateShown::UntilChangedTwice => self.changes < 2,
            StateShown::OnHttp => !self.is_email(),
        };
        let value = names.state_value(self.state);
        shown.then(|| match view.listing.state_form {
            StateForm::Text => json!(value.to_string()),
            StateForm::Null => Value::Null,
            StateForm::Number => json!(u8::from(value)),
            StateForm::NullWhenEnabled if !self.is_off() => Value::Null,
            StateForm::Boolean | StateForm::NullWhenEnabled | StateForm::WithinData => json!(value),
        })
    }

    fn shown_link(&self, view: &View<'_>) -> Option<Value> {
        match self.details.kind {
            Kind::Http => match view.listing.link_shown {
                LinkShown::Absent => None,
                LinkShown::NullWhenDisabled if self.is_off() => Some(Value::Null),
                LinkShown::Unknown => Some(json!("NO-SUCH-DEVICE")),
                LinkShown::FirstDevice => Some(json!(view.first_device)),
                LinkShown::Asker => Some(json!(view.asker)),
                LinkShown::LowerCase => Some(json!(self.device.as_str().to_lowercase())),
                LinkShown::Plain => {
                    let id = self.device.as_str();
                    Some(json!(id.chars().filter(char::is_ascii_alphanumeric).collect::<String>()))
                }
                LinkShown::Empty => Some(json!("")),
                LinkShown::OnOwnDevice if self.device != *view.asker => None,
                LinkShown::LostOnUpdate if self.updated == Updated::Since => None,
                LinkShown::FirstSetterEver => Some(json!(self.first_setter)),
                LinkShown::Device
                | LinkShown::NullWhenDisabled
                | LinkShown::OnOwnDevice
                | LinkShown::LostOnUpdate => Some(json!(self.device)),
            },
            // No other kind belongs to a device.
            Kind::Email => match view.listing.email_link_shown {
                EmailLinkShown::Device => Some(json!(self.device)),
                EmailLinkShown::DeviceWhenDisabled if self.is_off() => Some(json!(self.device)),
                EmailLinkShown::EmptyText => Some(json!("")),
                EmailLinkShown::Absent => None,
                EmailLinkShown::AbsentWhenDisabled if self.is_off() => None,
                EmailLinkShown::Null
                | EmailLinkShown::DeviceWhenDisabled
                | EmailLinkShown::AbsentWhenDisabled => Some(Value::Null),
            },
        }
    }

    /// Where an http pusher sends to; `None` for any other kind.
    pub(crate) fn gateway_url(&self) -> Option<String> {
        let url = self.details.data.get("url").filter(|_| self.details.kind == Kind::Http)?;
        url.as_str().map(str::to_owned)
    }

    /// Whether it sends mail.
    pub(crate) fn is_email(&self) -> bool {
        self.details.kind == Kind::Email
    }

    /// Whether the pusher asked for `event_id_only`.
    pub(crate) fn wants_ids_only(&self) -> bool {
        self.details.data.get("format").and_then(Value::as_str) == Some("event_id_only")
    }

    /// Whether it is listed as disabled.
    pub(crate) fn is_off(&self) -> bool {
        self.state == PushState::Disabled
    }
}
