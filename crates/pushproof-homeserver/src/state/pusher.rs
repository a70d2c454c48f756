//! A pusher as it is kept, and as `GET /pushers` shows it.

use std::{collections::BTreeMap, sync::Arc};

use pushproof_vocabulary::{Dialect, Era, PushState};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};
use smol_str::SmolStr;

use super::{Position, devices::Device};
use crate::{
    behaviour::{EmailLinkShown, LinkShown, Listing, Migration, Names, SpareFields, StateForm, StateShown},
    error::MatrixError,
    fields::Fields,
    ids::{DeviceId, PusherKey},
    json_text::written,
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
    pub(crate) details: Details,
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
    pub(crate) app_display_name: SmolStr,
    pub(crate) device_display_name: SmolStr,
    pub(crate) lang: SmolStr,
    pub(crate) profile_tag: Option<SmolStr>,
    pub(crate) data: Data,
    /// Where an http pusher sends to: the `url` of its data. `None` for any other kind.
    pub(crate) gateway: Option<SmolStr>,
}

/// The `data` of a pusher. Kept as text, which takes a third of the memory.
#[derive(Clone, Debug)]
pub(crate) struct Data(Arc<RawValue>);

impl Data {
    pub(crate) fn new(data: &Map<String, Value>) -> Self {
        Self(to_raw_value(data).expect("a JSON object always has a text").into())
    }

    fn is(&self, data: &Map<String, Value>) -> bool {
        self.0.get().as_bytes() == written(data)
    }

    pub(crate) fn read(&self) -> Map<String, Value> {
        serde_json::from_str(self.0.get()).expect("it was written as a JSON object")
    }
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
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
    ///
    /// Clients set their pusher anew whenever they start: a URL that is in `known` is not looked into again.
    pub(crate) fn read(
        kind: &str,
        body: &Map<String, Value>,
        known: Option<&Self>,
    ) -> Result<Self, MatrixError> {
        let given = body.required_object("data")?;
        let kind = match kind {
            "http" => Kind::Http,
            "email" => Kind::Email,
            other => return Err(MatrixError::invalid_param(format!("no pushers of kind `{other}` here"))),
        };
        let (data, gateway) = match (kind, known.filter(|known| known.kind == kind && known.data.is(given))) {
            (_, Some(known)) => (known.data.clone(), known.gateway.clone()),
            (Kind::Http, None) => (Data::new(given), Some(gateway_of(given)?)),
            (Kind::Email, None) => (Data::new(given), None),
        };
        Ok(Self {
            kind,
            app_display_name: body.required_text("app_display_name")?.into(),
            device_display_name: body.required_text("device_display_name")?.into(),
            lang: body.required_text("lang")?.into(),
            profile_tag: body.text("profile_tag")?.map(Into::into),
            data,
            gateway,
        })
    }
}

/// Where an http pusher of such data sends to. 400 where no push gateway can be.
fn gateway_of(data: &Map<String, Value>) -> Result<SmolStr, MatrixError> {
    let text = data.text("url")?.ok_or_else(|| MatrixError::missing_param("data.url"))?;
    let url = url::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.path() == GATEWAY_PATH);
    url.map(|_| text.into()).ok_or_else(|| {
        MatrixError::invalid_param(format!(
            "`data.url` must be an http or https URL with path {GATEWAY_PATH}"
        ))
    })
}

/// How pushers are shown to the one who asks.
pub(crate) struct View<'a> {
    pub(crate) listing: Listing,
    pub(crate) spare_fields: SpareFields,
    pub(crate) migration: Migration,
    /// The names of the proposal; `None` on a server from before it.
    pub(crate) dialect: Option<&'a Dialect>,
    /// The devices of the user who asks.
    pub(crate) devices: &'a BTreeMap<DeviceId, Device>,
    /// The device that asks.
    pub(crate) asker: &'a DeviceId,
    /// The first pusher of the list.
    pub(crate) first: Option<&'a PusherKey>,
}

/// A pusher as one entry of `GET /pushers`. Written as it is kept: no other endpoint has as much to show as often.
pub(crate) struct Shown<'a> {
    pub(crate) key: &'a PusherKey,
    pub(crate) pusher: &'a Pusher,
    pub(crate) view: &'a View<'a>,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let details = &self.pusher.details;
        let mut entry = serializer.serialize_map(None)?;
        entry.serialize_entry("app_id", &*self.key.app_id)?;
        entry.serialize_entry("pushkey", &*self.key.pushkey)?;
        entry.serialize_entry("kind", details.kind.as_str())?;
        entry.serialize_entry("app_display_name", &*details.app_display_name)?;
        entry.serialize_entry("device_display_name", &*details.device_display_name)?;
        entry.serialize_entry("lang", &*details.lang)?;
        if let Some(tag) = &details.profile_tag {
            entry.serialize_entry("profile_tag", &**tag)?;
        }
        let nested = self.view.listing.state_form == StateForm::WithinData;
        let states: Vec<_> = self.names().map(|names| (&names.state.key, self.state(names))).collect();
        let states = || states.iter().filter_map(|(name, state)| Some((*name, state.as_ref()?)));
        if nested {
            let mut data = details.data.read();
            data.extend(states().map(|(name, state)| (name.clone(), state.clone())));
            entry.serialize_entry("data", &data)?;
        } else {
            entry.serialize_entry("data", &*details.data.0)?;
            for (name, state) in states() {
                entry.serialize_entry(name, state)?;
            }
        }
        if let Some(link) = self.link() {
            for names in self.names() {
                entry.serialize_entry(&names.link, &link)?;
            }
        }
        if self.view.spare_fields == SpareFields::Present {
            entry.serialize_entry("com.example.spare", &1)?;
        }
        entry.end()
    }
}

impl Shown<'_> {
    /// The names that the proposal's fields are shown under.
    fn names(&self) -> impl Iterator<Item = &Dialect> {
        let stable = self.view.dialect.filter(|_| self.view.listing.names != Names::Dialect);
        let stable = stable.map(|_| Dialect::stable());
        let dialect = match self.view.listing.names {
            Names::Dialect => self.view.dialect,
            Names::Stable => None,
            // No name twice.
            Names::Both => self.view.dialect.filter(|dialect| Some(*dialect) != stable),
        };
        dialect.into_iter().chain(stable)
    }

    fn state(&self, names: &Dialect) -> Option<Value> {
        let (pusher, view) = (self.pusher, self.view);
        match view.migration {
            Migration::WithoutState if pusher.set_in == Era::Legacy => return None,
            Migration::NullState if pusher.set_in == Era::Legacy => return Some(Value::Null),
            _ => {}
        }
        let shown = match view.listing.state_shown {
            StateShown::Always => true,
            StateShown::WhenSet => pusher.state_named,
            StateShown::WhenDisabled => pusher.is_off(),
            StateShown::OnOwnDevice => pusher.device == *view.asker,
            StateShown::OnTheFirst => view.first == Some(self.key),
            StateShown::UntilChangedTwice => pusher.changes < 2,
            StateShown::OnHttp => !pusher.is_email(),
        };
        let value = names.state_value(pusher.state);
        shown.then(|| match view.listing.state_form {
            StateForm::Text => json!(value.to_string()),
            StateForm::Null => Value::Null,
            StateForm::Number => json!(u8::from(value)),
            StateForm::NullWhenEnabled if !pusher.is_off() => Value::Null,
            StateForm::Boolean | StateForm::NullWhenEnabled | StateForm::WithinData => json!(value),
        })
    }

    /// The device that it is linked to, as it is shown; `None` where the field is left out.
    fn link(&self) -> Option<Value> {
        let (pusher, view) = (self.pusher, self.view);
        match pusher.details.kind {
            Kind::Http => match view.listing.link_shown {
                LinkShown::Absent => None,
                LinkShown::NullWhenDisabled if pusher.is_off() => Some(Value::Null),
                LinkShown::Unknown => Some(json!("NO-SUCH-DEVICE")),
                LinkShown::FirstDevice => {
                    let first = view.devices.iter().min_by_key(|(_, device)| device.since());
                    Some(json!(first.map(|(id, _)| id)))
                }
                LinkShown::Asker => Some(json!(view.asker)),
                LinkShown::LowerCase => Some(json!(pusher.device.as_str().to_lowercase())),
                LinkShown::Plain => {
                    let id = pusher.device.as_str();
                    Some(json!(id.chars().filter(char::is_ascii_alphanumeric).collect::<String>()))
                }
                LinkShown::Empty => Some(json!("")),
                LinkShown::OnOwnDevice if pusher.device != *view.asker => None,
                LinkShown::LostOnUpdate if pusher.updated == Updated::Since => None,
                LinkShown::FirstSetterEver => Some(json!(pusher.first_setter)),
                LinkShown::Device
                | LinkShown::NullWhenDisabled
                | LinkShown::OnOwnDevice
                | LinkShown::LostOnUpdate => Some(json!(pusher.device)),
            },
            // No other kind belongs to a device.
            Kind::Email => match view.listing.email_link_shown {
                EmailLinkShown::Device => Some(json!(pusher.device)),
                EmailLinkShown::DeviceWhenDisabled if pusher.is_off() => Some(json!(pusher.device)),
                EmailLinkShown::EmptyText => Some(json!("")),
                EmailLinkShown::Absent => None,
                EmailLinkShown::AbsentWhenDisabled if pusher.is_off() => None,
                EmailLinkShown::Null
                | EmailLinkShown::DeviceWhenDisabled
                | EmailLinkShown::AbsentWhenDisabled => Some(Value::Null),
            },
        }
    }
}

impl Pusher {
    /// Whether it sends mail.
    pub(crate) fn is_email(&self) -> bool {
        self.details.kind == Kind::Email
    }

    /// Whether the pusher asked for `event_id_only`.
    pub(crate) fn wants_ids_only(&self) -> bool {
        self.details.data.read().get("format").and_then(Value::as_str) == Some("event_id_only")
    }

    /// Whether it is listed as disabled.
    pub(crate) fn is_off(&self) -> bool {
        self.state == PushState::Disabled
    }
}
