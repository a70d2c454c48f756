//! The pushers' half: in which dialects the subject supplies state or link by itself, or why no pusher can be set.

use pushproof_vocabulary::{Dialect, Half, PushState};
use serde_json::{Value, json};

use super::{Look, Obstacle};
use crate::{
    account::Account,
    context::RunContext,
    http::{Answer, Call, Caller, NoAnswer},
    patience::poll,
    trace::Trace,
    world::APP_ID,
};

/// A push gateway that nobody has (RFC 2606 reserves the name): what a subject says of it tells whether it is the address
/// of the run's own that it refuses.
const NOBODYS: &str = "https://pushproof.invalid/_matrix/push/v1/notify";
/// The same without TLS.
const NOBODYS_WITHOUT_TLS: &str = "http://pushproof.invalid/_matrix/push/v1/notify";

/// Looks at a pusher that is set without state and link. Where the subject refuses the address of the run's own gateway,
/// a pusher with an address that is nobody's is looked at, which tells the names, and the half is not judged all the same.
pub(super) async fn look(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    candidates: &[Dialect],
) -> Result<Look, NoAnswer> {
    let probing = Probing {
        run,
        trace,
        candidates,
        caller: Caller { token: probe.token.clone(), name: "probe".to_owned() },
        key: format!("{}-detect", probe.user_id.trim_start_matches('@').replace(':', "-")),
    };
    let own = run.gateway_url.as_str();
    let refused = match probing.set(own).await? {
        Set::Taken(taken) => return probing.look_at(&taken).await,
        Set::Refused(refused) => refused,
    };
    if refused.lacks_endpoint() {
        return Ok(obstructed(
            format!("the homeserver has no pushers: POST /pushers/set was answered {}", refused.brief()),
            "the proposal builds on the pushers of the specification (client-server API, \"Push Notifications\"): \
             implement them, or have the proxy in front pass /pushers and /pushers/set on",
        ));
    }
    let gateway = run.gateway_url.origin().ascii_serialization();
    let said = format!("POST /pushers/set with the gateway {gateway} was answered {}", refused.brief());
    let Set::Taken(taken) = probing.set(NOBODYS).await? else {
        return Ok(obstructed(
            format!("the homeserver refuses every pusher: {said}"),
            match refused.status {
                401 => {
                    "it takes the same access token for other requests, and refuses a gateway with https and a public \
                     name as well: what keeps a device with a valid token from setting a pusher?"
                }
                _ => {
                    "the way out is in the homeserver's words; it refuses a gateway with https and a public name as well. If it \
                     knows but some app ids, it must take org.pushproof.app and org.pushproof.other-app while it is checked"
                }
            },
        ));
    };
    let looked = probing.look_at(&taken).await?;
    let (what, hint) = match probing.set(NOBODYS_WITHOUT_TLS).await? {
        Set::Taken(taken) => {
            probing.delete(&taken).await?;
            ("private address of the push gateway", PUBLIC)
        }
        Set::Refused(_) => ("push gateway without TLS", TLS),
    };
    // Where those that are taken are not listed, no address that is taken helps.
    if let Some(Obstacle { half, reason, hint: list }) = looked.obstacle {
        let reason = format!("{reason}; and the homeserver refuses the {what}: {said}");
        let obstacle = Obstacle { half, reason, hint: format!("{list}; then {hint}") };
        return Ok(Look { shown: looked.shown, obstacle: Some(obstacle) });
    }
    let names = match &looked.shown[..] {
        [] => "listed without state and link".to_owned(),
        names => format!("listed with state or link ({})", names.join(", ")),
    };
    let reason =
        format!("the homeserver refuses the {what}: {said}; a pusher with {NOBODYS} is taken, and {names}");
    Ok(Look { shown: looked.shown, ..obstructed(reason, &format!("{hint}; {WITHOUT_PUSHES}")) })
}

const TLS: &str = "put a proxy with TLS before the push gateway, and give both addresses: --gateway-listen HOST:PORT and \
                   --gateway-url https://…; or allow other gateways in the homeserver's configuration, and private \
                   addresses with them";
const PUBLIC: &str = "allow private addresses in the homeserver's configuration while it is checked (conduwuit, tuwunel, \
                      continuwuity, Palpo: `ip_range_denylist = []`; Synapse: `ip_range_whitelist: [\"127.0.0.0/8\", \
                      \"::1/128\"]`), or give an address that it may push to: --gateway-url https://…";
const WITHOUT_PUSHES: &str = "or judge all but the pushes, with an address that is never reached: --without push-gateway \
                              --gateway-url https://pushproof.invalid";

fn obstructed(reason: String, hint: &str) -> Look {
    let obstacle = Obstacle { half: Half::Pushers, reason, hint: hint.to_owned() };
    Look { shown: Vec::new(), obstacle: Some(obstacle) }
}

/// What came of a set.
enum Set<'a> {
    Taken(Taken<'a>),
    /// In all its variants; the answer to the first.
    Refused(Answer),
}

/// A set that succeeded.
struct Taken<'a> {
    body: Value,
    /// What was answered.
    said: String,
    /// The dialect in which it had to name a state, so that one which is listed tells nothing.
    state_sent: Option<&'a Dialect>,
}

struct Probing<'a> {
    run: &'a RunContext,
    trace: &'a Trace,
    candidates: &'a [Dialect],
    caller: Caller,
    key: String,
}

impl<'a> Probing<'a> {
    /// Sets a pusher with this gateway: without a state, and if that is refused, with that of each dialect. A server that
    /// wants the state breaks a clause, but has it.
    async fn set(&self, gateway: &str) -> Result<Set<'a>, NoAnswer> {
        let refused = match self.set_with(gateway, None).await? {
            Set::Refused(refused) => refused,
            taken @ Set::Taken(_) => return Ok(taken),
        };
        // Where the endpoint is not there, no variant of the request finds it.
        for dialect in self.candidates.iter().filter(|_| !refused.lacks_endpoint()) {
            if let taken @ Set::Taken(_) = self.set_with(gateway, Some(dialect)).await? {
                return Ok(taken);
            }
        }
        Ok(Set::Refused(refused))
    }

    async fn set_with(&self, gateway: &str, state_sent: Option<&'a Dialect>) -> Result<Set<'a>, NoAnswer> {
        let mut body = json!({
            "kind": "http",
            "app_id": APP_ID,
            "pushkey": self.key,
            "app_display_name": "pushproof",
            "device_display_name": "probe",
            "lang": "en",
            "data": { "url": gateway },
        });
        if let Some(dialect) = state_sent {
            body[&dialect.state.key] = dialect.state_value(PushState::Enabled).into();
        }
        let answer = self.send(Call::post("/pushers/set", body.clone())).await?;
        if !answer.is_success() {
            return Ok(Set::Refused(answer));
        }
        Ok(Set::Taken(Taken { body, said: answer.quoted(), state_sent }))
    }

    /// The dialects in which the pusher is listed with what nobody sent; then it is deleted.
    async fn look_at(&self, taken: &Taken<'_>) -> Result<Look, NoAnswer> {
        let listed = poll(self.run.patience, || async {
            match self.send(Call::get("/pushers")).await {
                Ok(answer) if answer.lacks_endpoint() => Ok(Err(self.unlisted(&answer, taken))),
                Ok(answer) => self.find(&answer).map(Ok).ok_or_else(|| Ok(self.unlisted(&answer, taken))),
                Err(error) => Err(Err(error)),
            }
        })
        .await;
        let look = match listed {
            Ok(Ok(pusher)) => Look { shown: self.supplied(&pusher, taken), obstacle: None },
            Ok(Err(unlisted)) | Err(Ok(unlisted)) => unlisted,
            Err(Err(error)) => return Err(error),
        };
        self.delete(taken).await?;
        Ok(look)
    }

    /// The pusher in the list, also where its push key or app id is not listed as it was sent.
    fn find(&self, answer: &Answer) -> Option<Value> {
        let listed = answer.json.as_ref()?.get("pushers")?.as_array()?;
        let is_own = |pusher: &&Value| {
            let pushkey = pusher["pushkey"].as_str().is_some_and(|key| key.eq_ignore_ascii_case(&self.key));
            pushkey || pusher["app_id"] == APP_ID
        };
        let pusher = listed.iter().find(is_own).or(match &listed[..] {
            [only] => Some(only),
            _ => None,
        });
        pusher.filter(|pusher| pusher.is_object()).cloned()
    }

    fn unlisted(&self, answer: &Answer, taken: &Taken<'_>) -> Look {
        let is_list = answer.json.as_ref().is_some_and(|body| body["pushers"].is_array());
        let reason = if answer.is_success() && is_list {
            format!(
                "the homeserver takes a pusher and does not list it within {} s: POST /pushers/set was answered {}",
                self.run.patience.as_secs_f64(),
                taken.said
            )
        } else {
            format!("the pushers cannot be listed: GET /pushers was answered {}", answer.brief())
        };
        obstructed(
            reason,
            "the specification lists pushers (client-server API, `GET /pushers`): mend that first",
        )
    }

    fn supplied(&self, pusher: &Value, taken: &Taken<'_>) -> Vec<String> {
        let supplies = |dialect: &&Dialect| {
            let was_sent = taken.state_sent.is_some_and(|sent| sent.state.key == dialect.state.key);
            let state = pusher.get(&dialect.state.key).is_some() && !was_sent;
            let link = pusher.get(&dialect.link).is_some();
            state || link
        };
        self.candidates.iter().filter(supplies).map(|dialect| dialect.name.clone()).collect()
    }

    /// One that stays is deleted, or named, when the run cleans up.
    async fn delete(&self, taken: &Taken<'_>) -> Result<(), NoAnswer> {
        let mut body = taken.body.clone();
        body["kind"] = Value::Null;
        self.send(Call::post("/pushers/set", body)).await.map(drop)
    }

    async fn send(&self, call: Call) -> Result<Answer, NoAnswer> {
        self.run.http.send(self.trace, &call.by(self.caller.clone())).await
    }
}
