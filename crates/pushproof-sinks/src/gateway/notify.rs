//! `POST /_matrix/push/v1/notify`: what a request tells.
//! [Push gateway API](https://spec.matrix.org/v1.3/push-gateway-api/#post_matrixpushv1notify)

use pushproof_vocabulary::json;
use serde_json::Value;

use super::PusherKey;

/// The longest id that is taken for one, in bytes. The specification allows half of this at most.
const MAX_ID_BYTES: usize = 1024;

/// Unread counts, as the request gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Unread messages.
    pub unread: Option<u64>,
    /// Missed calls.
    pub missed_calls: Option<u64>,
}

/// What a request tells. As lenient as can be: a request that names a pusher breaks its silence, however sloppy the
/// rest of it.
#[derive(Debug)]
pub(super) struct Notification {
    pub(super) devices: Vec<PusherKey>,
    pub(super) event_id: Option<String>,
    pub(super) room_id: Option<String>,
    pub(super) counts: Option<Counts>,
    pub(super) body: Value,
    /// What is wrong with the request all the same.
    pub(super) flaw: Option<String>,
}

/// Why a request tells nothing.
#[derive(Debug)]
pub(super) struct NoNotification {
    pub(super) errcode: &'static str,
    pub(super) reason: String,
}

impl Notification {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NoNotification> {
        let body = json::from_slice(bytes).map_err(|error| NoNotification {
            errcode: "M_NOT_JSON",
            reason: format!("the body is no JSON: {error}"),
        })?;
        let bad = |reason: &str| NoNotification { errcode: "M_BAD_JSON", reason: reason.to_owned() };
        let notification = body.get("notification").ok_or_else(|| bad("the body has no `notification`"))?;
        let listed = notification
            .get("devices")
            .and_then(Value::as_array)
            .ok_or_else(|| bad("`notification` has no array `devices`"))?;
        let devices: Vec<PusherKey> = listed.iter().filter_map(pusher_key).collect();
        if devices.is_empty() {
            return Err(bad("no entry of `devices` has an `app_id` and a `pushkey`"));
        }
        let flaw = (devices.len() < listed.len())
            .then(|| "an entry of `devices` has no `app_id` or no `pushkey`".to_owned());
        Ok(Self {
            devices,
            event_id: id(notification.get("event_id")),
            room_id: id(notification.get("room_id")),
            counts: notification.get("counts").and_then(Value::as_object).map(|counts| Counts {
                unread: counts.get("unread").and_then(Value::as_u64),
                missed_calls: counts.get("missed_calls").and_then(Value::as_u64),
            }),
            flaw,
            body,
        })
    }
}

fn pusher_key(device: &Value) -> Option<PusherKey> {
    Some(PusherKey { app_id: id(device.get("app_id"))?, pushkey: id(device.get("pushkey"))? })
}

/// A string of reasonable length.
fn id(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| text.len() <= MAX_ID_BYTES).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn parsed(body: &Value) -> Notification {
        Notification::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn all_that_is_told_is_read() {
        let told = parsed(&json!({ "notification": {
            "event_id": "$a", "room_id": "!r:hs", "counts": { "unread": 2, "missed_calls": 1 },
            "devices": [{ "app_id": "app", "pushkey": "one" }, { "app_id": "app", "pushkey": "two" }],
        }}));
        let keys: Vec<_> = told.devices.iter().map(|key| key.pushkey.as_str()).collect();
        assert_eq!(keys, ["one", "two"]);
        assert_eq!((told.event_id.as_deref(), told.room_id.as_deref()), (Some("$a"), Some("!r:hs")));
        assert_eq!(told.counts, Some(Counts { unread: Some(2), missed_calls: Some(1) }));
        assert_eq!(told.flaw, None);
    }

    #[rstest]
    #[case::odd_event(json!({ "event_id": 7, "devices": [{ "app_id": "a", "pushkey": "k" }] }), false)]
    #[case::odd_counts(json!({ "counts": { "unread": "many" }, "devices": [{ "app_id": "a", "pushkey": "k" }] }), false)]
    #[case::odd_device(json!({ "devices": [{ "app_id": "a", "pushkey": "k" }, { "app_id": "a" }] }), true)]
    #[case::odd_entry(json!({ "devices": [null, { "app_id": "a", "pushkey": "k" }] }), true)]
    fn a_sloppy_request_still_names_its_pusher(#[case] notification: Value, #[case] flawed: bool) {
        let told = parsed(&json!({ "notification": notification }));
        assert_eq!(told.devices, [PusherKey { app_id: "a".into(), pushkey: "k".into() }]);
        assert_eq!(told.event_id, None);
        assert_eq!(told.flaw.is_some(), flawed);
    }

    #[rstest]
    #[case::empty("", "M_NOT_JSON")]
    #[case::garbage("{", "M_NOT_JSON")]
    #[case::no_object("[]", "M_BAD_JSON")]
    #[case::no_notification("{}", "M_BAD_JSON")]
    #[case::no_devices(r#"{"notification": {}}"#, "M_BAD_JSON")]
    #[case::devices_no_array(r#"{"notification": {"devices": {}}}"#, "M_BAD_JSON")]
    #[case::empty_devices(r#"{"notification": {"devices": []}}"#, "M_BAD_JSON")]
    #[case::no_pushkey(r#"{"notification": {"devices": [{"app_id": "a"}]}}"#, "M_BAD_JSON")]
    fn what_names_no_pusher_tells_nothing(#[case] body: &str, #[case] errcode: &str) {
        assert_eq!(Notification::parse(body.as_bytes()).unwrap_err().errcode, errcode);
    }

    #[test]
    fn an_endless_pushkey_names_nothing() {
        let body =
            json!({ "notification": { "devices": [{ "app_id": "a", "pushkey": "k".repeat(2_000) }] } });
        assert_eq!(Notification::parse(body.to_string().as_bytes()).unwrap_err().errcode, "M_BAD_JSON");
    }
}
