//! The preflight's look at the subject: is it a homeserver, and which?

use serde_json::{Map, Value};

use super::{CannotJudge, stop, tell};
use crate::{
    context::RunContext,
    http::{Answer, Call, NoAnswer, short},
    trace::Trace,
};

/// Is there a Matrix homeserver? Its unstable features, and what its answer calls the server.
pub(super) async fn reach(run: &RunContext) -> Result<(Map<String, Value>, Option<Version>), CannotJudge> {
    const CHECK: &str = "homeserver";
    let trace = Trace::default();
    let base = run.http.base();
    let answer = match run.http.send_to_anything(&trace, &Call::get("/_matrix/client/versions")).await {
        Ok(answer) => answer,
        Err(NoAnswer::GaveUp(reason)) => return stop(run, CHECK, &trace, reason, None),
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
            .map(|to| format!("it redirects to {}: use the address that is meant", short(to)));
        let hint = well_known(run, &trace).await.or(redirected).unwrap_or_else(|| {
            "the address must be the one below which /_matrix/client/versions answers".to_owned()
        });
        return stop(run, CHECK, &trace, message, Some(hint));
    };
    let latest = short(versions.last().copied().unwrap_or("no version"));
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
    Some(format!("this is a domain whose homeserver is elsewhere: use {}", short(base)))
}

/// Name and version of a server.
pub(super) type Version = (String, String);

/// Name and version in a `Server` header, unless it is that of a proxy in between.
fn named_in_header(header: &str) -> Option<Version> {
    const PROXIES: &[&str] = &["nginx", "apache", "caddy", "cloudflare", "envoy", "traefik", "haproxy"];
    let (name, version) = header.split_once('/')?;
    let is_proxy = PROXIES.iter().any(|proxy| name.eq_ignore_ascii_case(proxy));
    (!is_proxy).then(|| (name.to_owned(), version.to_owned()))
}

/// Name and version, as servers tell other servers.
pub(super) async fn server_version(run: &RunContext) -> Option<Version> {
    let trace = Trace::default();
    let answer = run.http.send(&trace, &Call::get("/_matrix/federation/v1/version")).await.ok()?;
    let server = answer.json?.get("server")?.clone();
    let text = |key: &str| server.get(key).and_then(Value::as_str).map(|text| short(text).into_owned());
    Some((text("name")?, text("version").unwrap_or_else(|| "unknown version".to_owned())))
}
