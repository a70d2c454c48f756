//! What is found out before the scenarios: is there a homeserver, can accounts be made, which dialect, do pushes
//! arrive? Each failure names its likely cause and the cure, and stops only what needs it.

use std::time::{Duration, Instant};

use pushproof_record::{Event, PreflightCheck, PreflightVerdict, SubjectFacts};
use pushproof_scenario::{Need, steps::StatusPattern};
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::{Dialect, Half, PushState};
use serde_json::{Map, Value, json};

use crate::{
    account::{Account, NoAccount},
    cleanup::Remains,
    context::RunContext,
    detect::{Detected, detect},
    http::{Answer, Call, Caller, NoAnswer},
    outcome::Missed,
    silence::evidence,
    steps::encode,
    trace::Trace,
};

/// What the preflight found out.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The dialect and what of it is missing.
    pub detected: Detected,
    /// Needs that the set-up offers but that do not work, with the reason.
    pub broken: Vec<(Need, String)>,
}

/// What the checks made on the subject, also when they were cut short.
#[derive(Debug, Default)]
pub(crate) struct Made {
    accounts: Vec<Account>,
    rooms: Vec<String>,
}

impl Made {
    /// What is to be cleaned up.
    pub(crate) fn remains(self) -> impl Iterator<Item = Remains> {
        self.accounts.into_iter().map(move |account| Remains::of_account(account, self.rooms.clone()))
    }
}

/// The subject cannot be judged at all.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct CannotJudge {
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What the preflight is to look for.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// The dialect that was asked for; otherwise it is found out.
    pub dialect: Option<&'a Dialect>,
    /// Whether the subject is known to implement the dialect asked for.
    pub known: Known,
    /// Whether any scenario needs the push gateway.
    pub gateway: bool,
    /// How many accounts the scenarios need in all, and the most that one needs.
    pub accounts: (usize, usize),
}

/// Whether a subject must show that it implements the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is the reference, or one of its defects: every clause is judged.
    Implements,
    /// It may be a server without the proposal.
    Unknown,
}

/// Runs the checks in order and tells of each.
pub(crate) async fn run(
    run: &RunContext,
    wanted: &Wanted<'_>,
    made: &mut Made,
) -> Result<Findings, CannotJudge> {
    let (advertised, header) = reach(run).await?;
    let version = server_version(run).await.or(header);
    made.accounts = make_accounts(run, wanted).await?;
    let detected = find_dialect(run, wanted, &made.accounts[0], &advertised).await?;
    run.tell(Event::Identified(Box::new(SubjectFacts {
        name: version.as_ref().map(|(name, _)| name.clone()),
        version: version.map(|(_, version)| version),
        dialect: detected.dialect.name.clone(),
        dialects_seen: detected.seen.clone(),
        missing: detected.missing.clone(),
    })));
    let mut broken = Vec::new();
    if wanted.gateway
        && let Err(reason) = try_gateway(run, &detected.dialect, made).await
    {
        broken.push((Need::PushGateway, reason));
    }
    Ok(Findings { detected, broken })
}

/// Tells how a check ended.
fn tell(run: &RunContext, check: &str, trace: &Trace, result: Result<String, (String, Option<String>)>) {
    let (verdict, message, hint) = match result {
        Ok(message) => (PreflightVerdict::Passed, message, None),
        Err((message, hint)) => (PreflightVerdict::Failed, message, hint),
    };
    let evidence = trace.take();
    run.tell(Event::Preflight(PreflightCheck { check: check.to_owned(), verdict, message, hint, evidence }));
}

/// Ends the preflight: the check failed, and nothing can be judged without it.
fn stop<T>(
    run: &RunContext,
    check: &str,
    trace: &Trace,
    message: String,
    hint: Option<String>,
) -> Result<T, CannotJudge> {
    tell(run, check, trace, Err((message.clone(), hint.clone())));
    Err(CannotJudge { message, hint })
}

/// Is there a Matrix homeserver? Its unstable features, and what its answer calls the server.
async fn reach(run: &RunContext) -> Result<(Map<String, Value>, Option<Version>), CannotJudge> {
    const CHECK: &str = "homeserver";
    let trace = Trace::default();
    let base = run.http.base();
    let answer = match run.http.send(&trace, &Call::get("/_matrix/client/versions")).await {
        Ok(answer) => answer,
        Err(NoAnswer::RateLimited(reason)) => return stop(run, CHECK, &trace, reason, None),
        Err(error) => {
            let hint = match &error {
                NoAnswer::Unreachable { .. } => {
                    "is the homeserver started, and is this the address of its client-server API?"
                }
                NoAnswer::Late(_) => {
                    "something takes the connection and never answers: is it the homeserver?"
                }
                NoAnswer::TooLarge => {
                    "a homeserver answers this in a few hundred bytes: something else listens there"
                }
                _ => {
                    "what listens there does not speak HTTP as a homeserver does; http:// and https:// mixed up?"
                }
            };
            let message = format!("no homeserver answers at {base}: {error}");
            return stop(run, CHECK, &trace, message, Some(hint.to_owned()));
        }
    };
    let versions: Option<Vec<&str>> = answer
        .json
        .as_ref()
        .and_then(|body| body.get("versions")?.as_array())
        .map(|versions| versions.iter().filter_map(Value::as_str).collect());
    let Some(versions) = versions.filter(|_| answer.status == 200) else {
        let message = format!("what answers at {base} is not a Matrix homeserver: {}", describe(&answer));
        let redirected = answer
            .header("location")
            .map(|to| format!("it redirects to {to}: use the address that is meant"));
        let hint = well_known(run, &trace).await.or(redirected).unwrap_or_else(|| {
            "the address must be the one below which /_matrix/client/versions answers".to_owned()
        });
        return stop(run, CHECK, &trace, message, Some(hint));
    };
    let latest = versions.last().copied().unwrap_or("no version");
    tell(run, CHECK, &trace, Ok(format!("{base} speaks Matrix up to {latest}")));
    let features = answer.json.as_ref().and_then(|body| body.get("unstable_features")?.as_object().cloned());
    Ok((features.unwrap_or_default(), answer.header("server").and_then(named_in_header)))
}

/// What an answer is, for somebody who expected another.
fn describe(answer: &Answer) -> String {
    let start: String = answer.text.trim_start().chars().take(60).collect();
    let what = if start.starts_with('<') {
        "a web page".to_owned()
    } else if answer.json.is_some() {
        "JSON without `versions`".to_owned()
    } else if start.is_empty() {
        "an empty answer".to_owned()
    } else {
        format!("text that begins {start:?}")
    };
    format!("/_matrix/client/versions gave status {} and {what}", answer.status)
}

/// Where the homeserver of a domain really is.
async fn well_known(run: &RunContext, trace: &Trace) -> Option<String> {
    let answer = run.http.send(trace, &Call::get("/.well-known/matrix/client")).await.ok()?;
    let base = answer.str_at("/m.homeserver/base_url")?;
    Some(format!("this is a domain whose homeserver is elsewhere: use {base}"))
}

/// Name and version of a server.
type Version = (String, String);

/// Name and version in a `Server` header, unless it is that of a proxy in between.
fn named_in_header(header: &str) -> Option<Version> {
    const PROXIES: &[&str] = &["nginx", "apache", "caddy", "cloudflare", "envoy", "traefik", "haproxy"];
    let (name, version) = header.split_once('/')?;
    let is_proxy = PROXIES.iter().any(|proxy| name.eq_ignore_ascii_case(proxy));
    (!is_proxy).then(|| (name.to_owned(), version.to_owned()))
}

/// Name and version, as servers tell other servers.
async fn server_version(run: &RunContext) -> Option<Version> {
    let trace = Trace::default();
    let answer = run.http.send(&trace, &Call::get("/_matrix/federation/v1/version")).await.ok()?;
    let server = answer.json?.get("server")?.clone();
    let text = |key: &str| server.get(key).and_then(Value::as_str).map(str::to_owned);
    Some((text("name")?, text("version").unwrap_or_else(|| "unknown version".to_owned())))
}

/// Two accounts for the checks that follow.
async fn make_accounts(run: &RunContext, wanted: &Wanted<'_>) -> Result<Vec<Account>, CannotJudge> {
    const CHECK: &str = "accounts";
    let trace = Trace::default();
    let (total, most) = wanted.accounts;
    let needed = most.max(2);
    if let Some(limit) = run.accounts.limit().filter(|limit| *limit < needed) {
        let message =
            format!("the list of users has {limit}, and the scenarios need {needed} at the same time");
        return stop(
            run,
            CHECK,
            &trace,
            message,
            Some("add dedicated accounts to the file of --registration users=FILE".to_owned()),
        );
    }
    match run.accounts.take(&run.http, &trace, &["probe", "peer"]).await {
        Ok(accounts) => {
            let how = match run.accounts.limit() {
                Some(limit) => format!("{limit} dedicated accounts are used in turn"),
                None => format!("accounts can be made; this run makes {}", total + accounts.len()),
            };
            tell(run, CHECK, &trace, Ok(how));
            Ok(accounts)
        }
        Err(error) => {
            let hint = match &error {
                NoAccount::Refused { hint, .. } => Some(hint.clone()),
                NoAccount::NoAnswer(_) => None,
            };
            let message = format!("no account can be had, the scenarios need {}: {error}", total + 2);
            stop(run, CHECK, &trace, message, hint)
        }
    }
}

async fn find_dialect(
    run: &RunContext,
    wanted: &Wanted<'_>,
    probe: &Account,
    advertised: &Map<String, Value>,
) -> Result<Detected, CannotJudge> {
    const CHECK: &str = "dialect";
    let trace = Trace::default();
    if let (Some(dialect), Known::Implements) = (wanted.dialect, wanted.known) {
        return Ok(Detected {
            dialect: dialect.clone(),
            seen: vec![dialect.name.clone()],
            missing: Vec::new(),
        });
    }
    let detected = match detect(run, &trace, probe, advertised, wanted.dialect).await {
        Ok(detected) => detected,
        Err(error) => {
            return stop(run, CHECK, &trace, format!("the dialect cannot be found out: {error}"), None);
        }
    };
    let seen = if detected.seen.is_empty() { "none".to_owned() } else { detected.seen.join(", ") };
    let name = &detected.dialect.name;
    let result = match (&detected.missing[..], wanted.dialect) {
        ([], _) => Ok(format!("{name} (seen: {seen})")),
        ([_, _, ..], Some(asked)) => {
            let hint = match &detected.seen[..] {
                [] => "the names may differ: --dialect FILE takes a dialect of your own".to_owned(),
                [other, ..] => format!("try --dialect {other}"),
            };
            Err((format!("the homeserver does not speak the dialect {}; seen: {seen}", asked.name), Some(hint)))
        }
        ([_, _, ..], None) => Err((
            "the homeserver does not implement the proposal in any known dialect".to_owned(),
            Some("it may have to be switched on; Synapse needs `experimental_features: {msc3881_enabled: true, msc3391_enabled: true, msc3890_enabled: true}`".to_owned()),
        )),
        ([half], _) => Err((
            format!("{name}, but only one half of the proposal: the {} are missing (seen: {seen})", half_name(*half)),
            None,
        )),
    };
    tell(run, CHECK, &trace, result);
    Ok(detected)
}

fn half_name(half: Half) -> &'static str {
    match half {
        Half::Pushers => "state and link of pushers",
        Half::Settings => "pruned settings events",
    }
}

/// Does an enabled pusher reach the gateway?
async fn try_gateway(run: &RunContext, dialect: &Dialect, made: &mut Made) -> Result<(), String> {
    let trace = Trace::default();
    let result = push_once(run, &trace, dialect, made).await;
    let told = match &result {
        Ok(delay) => Ok(format!("a push arrived at {} after {} ms", run.gateway_url, delay.as_millis())),
        Err(missed) => Err((missed.message.clone(), missed.hint.clone())),
    };
    tell(run, "push gateway", &trace, told);
    match result {
        Ok(_) => Ok(()),
        Err(missed) => Err(format!("preflight: {}", missed.message)),
    }
}

async fn push_once(
    run: &RunContext,
    trace: &Trace,
    dialect: &Dialect,
    made: &mut Made,
) -> Result<Duration, Missed> {
    let [probe, peer, ..] = &made.accounts[..] else {
        return Err(Missed::error("the preflight has two accounts"));
    };
    let caller =
        |account: &Account, name: &str| Caller { token: account.token.clone(), name: name.to_owned() };
    let ok = async |call: Call| {
        let answer = run.http.send(trace, &call).await?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(crate::context::unexpected_status(&call, &answer, &StatusPattern::success()))
        }
    };
    let room = ok(Call::post("/createRoom", json!({ "preset": "private_chat", "invite": [probe.user_id] }))
        .by(caller(peer, "peer")))
    .await?;
    let room_id = room.str_at("/room_id").unwrap_or_default().to_owned();
    made.rooms.push(room_id.clone());
    ok(Call::post(format!("/join/{}", encode(&room_id)), json!({})).by(caller(probe, "probe"))).await?;
    let key = PusherKey {
        app_id: "org.pushproof.preflight".to_owned(),
        pushkey: format!("{}-preflight", probe.user_id.trim_start_matches('@').replace(':', "-")),
    };
    let mut body = json!({
        "kind": "http",
        "app_id": key.app_id,
        "pushkey": key.pushkey,
        "app_display_name": "pushproof",
        "device_display_name": "probe",
        "lang": "en",
        "data": { "url": run.gateway_url.as_str() },
    });
    // With a state: what happens without one is a clause of its own. A server that refuses it is asked without.
    let state = &dialect.state.key;
    body[state] = dialect.state_value(PushState::Enabled).into();
    let set = Call::post("/pushers/set", body.clone()).by(caller(probe, "probe"));
    if let Err(refused) = ok(set.clone()).await {
        let Some(fields) = body.as_object_mut() else { return Err(refused) };
        fields.remove(state);
        ok(Call { body: Some(body.clone()), ..set.clone() }).await.map_err(|_| {
            refused.hint("the homeserver may refuse the gateway's address: it must be allowed to push to it, and may want https")
        })?;
    }
    let path = format!("/rooms/{}/send/m.room.message/preflight", encode(&room_id));
    let begun = Instant::now();
    ok(Call::put(path, json!({ "msgtype": "m.text", "body": "preflight" })).by(caller(peer, "peer"))).await?;
    let arrived =
        run.gateway.wait_for(&key, |delivery| delivery.event_id.is_some(), begun + run.patience).await;
    let Some(delivery) = arrived else { return Err(nothing_arrived(run)) };
    trace.add(evidence(run, &delivery));
    let delay = delivery.at.saturating_duration_since(begun);
    run.latency.observe(delay);
    body["kind"] = Value::Null;
    ok(Call { body: Some(body), ..set }).await?;
    Ok(delay)
}

/// The likeliest reasons why no push arrives.
fn nothing_arrived(run: &RunContext) -> Missed {
    let seconds = run.patience.as_secs_f64();
    let missed = Missed::failed(format!(
        "the homeserver took a pusher and an event, but no push arrived at {} within {seconds} s",
        run.gateway_url
    ));
    if let Some(stray) = run.gateway.strays().first() {
        return missed.hint(format!("something asked the gateway for {} {} instead of /_matrix/push/v1/notify: is a proxy in between?", stray.method, stray.path));
    }
    if !run.gateway.malformed().is_empty() {
        return missed.hint(
            "requests came to the gateway, but none was a notification as the push gateway API has it",
        );
    }
    missed.hint(
        "nothing at all came to the gateway: can the homeserver reach this address (a container needs --gateway-url with \
         the host's address, --gateway-listen 0.0.0.0:PORT), and may it push to it (Synapse: \
         `ip_range_whitelist: [\"127.0.0.0/8\", \"::1/128\"]`)?",
    )
}
