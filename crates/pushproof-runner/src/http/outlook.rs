//! What rate limits will cost, told as soon as one is met, with the setting that raises it.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use super::Call;

/// A limit that costs less than this in all is no news.
const NEWS: Duration = Duration::from_secs(2);

/// A limit as homeservers have them, and Synapse, the most common subject, names it.
#[derive(Debug)]
struct Limit {
    /// A part of the paths that run into it.
    path: &'static str,
    /// What is limited.
    what: &'static str,
    /// Its setting in Synapse.
    setting: &'static str,
}

/// The limits; the first that fits counts.
const LIMITS: [Limit; 7] = [
    Limit { path: "/register", what: "registrations", setting: "rc_registration" },
    Limit { path: "/login", what: "logins", setting: "rc_login" },
    Limit { path: "/send/", what: "messages", setting: "rc_message" },
    Limit { path: "/join", what: "joins", setting: "rc_joins" },
    Limit { path: "/invite", what: "invites", setting: "rc_invites" },
    Limit { path: "/createRoom", what: "new rooms", setting: "rc_room_creation" },
    Limit { path: "/requestToken", what: "validations of addresses", setting: "rc_3pid_validation" },
];

/// What is limited where no limit is known by name.
const OTHER: &str = "requests";

fn limit(path: &str) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| path.contains(limit.path))
}

/// Whose setting the user is to raise.
pub(super) fn cure(path: &str) -> String {
    limit(path).map_or_else(
        || "raise that limit of the homeserver, or --max-wait".to_owned(),
        |limit| {
            format!(
                "raise the homeserver's limit of {} (`{}` in Synapse), or --max-wait",
                limit.what, limit.setting
            )
        },
    )
}

/// A time in few words.
pub(super) fn about(time: Duration) -> String {
    match time.as_secs_f64().ceil() {
        seconds if seconds < 120.0 => format!("{seconds} s"),
        seconds if seconds < 7200.0 => format!("{} min", (seconds / 60.0).round()),
        seconds => format!("{} h", (seconds / 3600.0).round()),
    }
}

/// What was met of the limits, and what is still to be asked for.
#[derive(Debug, Default)]
pub(super) struct Outlook(Mutex<BTreeMap<&'static str, Kind>>);

#[derive(Debug, Default)]
struct Kind {
    /// How many requests of this kind the run still needs, where that is known.
    to_come: u64,
    /// The longest wait for one of them.
    pace: Duration,
    /// The cost in all that was told of.
    told: Option<Duration>,
}

impl Outlook {
    /// The run needs so many accounts and so many further logins from now on.
    pub(super) fn expect(&self, accounts: u64, logins: u64) {
        let mut kinds = self.0.lock().expect("no holder of this lock panics");
        kinds.entry("registrations").or_default().to_come = accounts;
        kinds.entry("logins").or_default().to_come = logins;
    }

    /// A request was granted.
    pub(super) fn granted(&self, call: &Call) {
        let Some(limit) = limit(&call.path) else { return };
        let mut kinds = self.0.lock().expect("no holder of this lock panics");
        if let Some(kind) = kinds.get_mut(limit.what) {
            kind.to_come = kind.to_come.saturating_sub(1);
        }
    }

    /// A request is to wait for so long: what that means for the run, unless it was said before. It is said again when
    /// it turns out to be twice as much.
    pub(super) fn limited(&self, call: &Call, wait: Duration) -> Option<String> {
        let what = limit(&call.path).map_or(OTHER, |limit| limit.what);
        let mut kinds = self.0.lock().expect("no holder of this lock panics");
        let kind = kinds.entry(what).or_default();
        kind.pace = kind.pace.max(wait);
        let times = u32::try_from(kind.to_come.max(1)).unwrap_or(u32::MAX);
        let cost = kind.pace.saturating_mul(times);
        if cost < NEWS || kind.told.is_some_and(|told| cost < told.saturating_mul(2)) {
            return None;
        }
        kind.told = Some(cost);
        let pace = about(kind.pace);
        let means = match kind.to_come {
            0 | 1 => format!("it asks to wait for {pace}"),
            times => format!("{times} more, at {pace} each, take about {}", about(cost)),
        };
        Some(format!("the homeserver limits {what}: {means}; {}", cure(&call.path)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_accounts_will_cost_is_told_once() {
        let outlook = Outlook::default();
        outlook.expect(140, 20);
        let call = Call::post("/register", json!({}));
        for _ in 0..4 {
            outlook.granted(&call);
        }
        let told = outlook.limited(&call, Duration::from_millis(5880)).unwrap();
        assert_eq!(
            told,
            "the homeserver limits registrations: 136 more, at 6 s each, take about 13 min; raise the homeserver's limit of \
             registrations (`rc_registration` in Synapse), or --max-wait"
        );
        assert_eq!(outlook.limited(&call, Duration::from_millis(5880)), None);
        assert!(outlook.limited(&call, Duration::from_secs(20)).is_some(), "it is worse than was told");
    }

    #[test]
    fn every_kind_names_its_setting() {
        let outlook = Outlook::default();
        for (path, setting) in [
            ("/_synapse/admin/v1/register", "`rc_registration`"),
            ("/rooms/!a:b/send/m.room.message/1", "`rc_message`"),
            ("/join/!a:b", "`rc_joins`"),
            ("/pushers/set", "that limit"),
        ] {
            let told = outlook.limited(&Call::post(path, json!({})), Duration::from_secs(9)).unwrap();
            assert!(told.contains(setting) && told.contains("wait for 9 s"), "{told}");
        }
    }

    #[test]
    fn moments_are_no_news() {
        let outlook = Outlook::default();
        assert_eq!(outlook.limited(&Call::get("/pushers"), Duration::from_millis(300)), None);
    }

    #[test]
    fn times_in_few_words() {
        let words = [0, 119, 120, 7199, 7200, 999_999].map(|s| about(Duration::from_secs(s)));
        assert_eq!(words, ["0 s", "119 s", "2 min", "120 min", "2 h", "278 h"]);
    }
}
