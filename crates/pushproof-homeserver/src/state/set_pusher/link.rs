//! A set that carries the link: refused, because the server decides which device a pusher belongs to.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    behaviour::{LinkOnSet, RefusalCode},
    error::MatrixError,
    ids::{DeviceId, PusherKey},
    state::{
        Caller, Era, State,
        later::{Later, SOON_MS},
    },
};

impl State {
    pub(super) fn refuses_link(&self, caller: &Caller, key: &PusherKey, body: &Map<String, Value>) -> bool {
        let Some(link) = body.get(&self.dialect.link).filter(|_| self.era == Era::Proposal) else {
            return false;
        };
        let user = self.user(&caller.user);
        let there = user.pushers.get(key);
        match self.behaviour.setting.link {
            LinkOnSet::Refuse
            | LinkOnSet::RefuseButApply
            | LinkOnSet::RefuseButApplyLater
            | LinkOnSet::RefuseButDeleteLater
            | LinkOnSet::RefuseButDelete
            | LinkOnSet::RefuseButRelink
            | LinkOnSet::RefuseButHeed
            | LinkOnSet::RefuseButDisplace => true,
            LinkOnSet::Ignore => false,
            LinkOnSet::RefuseForHttp => body.get("kind").and_then(Value::as_str) == Some("http"),
            LinkOnSet::RefuseUnlessAppending => body.get("append") != Some(&Value::Bool(true)),
            LinkOnSet::RefuseUnlessDisabled => there.is_none_or(|pusher| !pusher.is_off()),
            LinkOnSet::RefuseOnCreateOnly => there.is_none(),
            LinkOnSet::RefuseOnUpdateOnly => there.is_some(),
            LinkOnSet::RefuseUnknownDevice => {
                !link.as_str().is_some_and(|device| user.devices.contains_key(device))
            }
            LinkOnSet::RefuseNonEmpty => link != "",
            LinkOnSet::RefuseText => link.is_string(),
            LinkOnSet::RefuseFromOwnDevice => there.is_none_or(|pusher| pusher.device == caller.device),
            LinkOnSet::RefuseWithState => body.contains_key(&self.dialect.state.key),
        }
    }

    /// What a defect does although it refuses the link.
    pub(super) fn refuse_link_but(
        &mut self,
        caller: &Caller,
        key: &PusherKey,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let link = body.get(&self.dialect.link).and_then(Value::as_str).map(DeviceId::from);
        let asked = body.get(&self.dialect.state.key).and_then(|value| self.dialect.read_state(value));
        match self.behaviour.setting.link {
            LinkOnSet::RefuseButApply => self.apply_set(caller, key, body)?,
            LinkOnSet::RefuseButApplyLater => {
                let (caller, key, body) = (caller.clone(), key.clone(), body.clone());
                self.do_in(SOON_MS, Later::Set { caller, key, body });
            }
            LinkOnSet::RefuseButDeleteLater => {
                self.do_in(SOON_MS, Later::Delete { user: caller.user.clone(), key: key.clone() });
            }
            LinkOnSet::RefuseButDelete => self.delete_pusher(&caller.user, key),
            LinkOnSet::RefuseButRelink => {
                if let (Some(pusher), Some(link)) = (self.user_mut(&caller.user).pushers.get_mut(key), link) {
                    pusher.device = link;
                }
            }
            LinkOnSet::RefuseButHeed => {
                if let Some(asked) = asked {
                    self.heed(&caller.user, key, asked);
                }
            }
            LinkOnSet::RefuseButDisplace => self.displace_others(&caller.user, key),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn link_refusal(&self) -> MatrixError {
        let (status, errcode) = match self.behaviour.setting.refusal_code {
            RefusalCode::InvalidParam => (StatusCode::BAD_REQUEST, "M_INVALID_PARAM"),
            RefusalCode::BadJson => (StatusCode::BAD_REQUEST, "M_BAD_JSON"),
            RefusalCode::Unknown => (StatusCode::BAD_REQUEST, "M_UNKNOWN"),
            RefusalCode::Forbidden => (StatusCode::FORBIDDEN, "M_FORBIDDEN"),
            RefusalCode::NotFound => (StatusCode::NOT_FOUND, "M_NOT_FOUND"),
            RefusalCode::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "M_INVALID_PARAM"),
            RefusalCode::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "M_UNKNOWN"),
            RefusalCode::WithoutErrcode => return MatrixError::without_errcode("the link cannot be set"),
            RefusalCode::WithSuccess => (StatusCode::OK, "M_INVALID_PARAM"),
        };
        let error = format!("`{}` cannot be set: the server decides it", self.dialect.link);
        MatrixError::new(status, errcode, error)
    }
}
