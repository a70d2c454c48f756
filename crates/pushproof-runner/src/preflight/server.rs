//! The preflight's look at the subject: is it a homeserver, and which?

use serde_json::{Map, Value};
use url::Url;

use super::{CannotJudge, stop, tell};
use crate::{
    context::RunContext,
    http::{Answer, Call, NoAnswer, WITH_CREDENTIALS, short, variable_for_none},
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
            let hint = cure(run, &error).await;
            let message = format!("no homeserver answers at {base}: {error}");
            return stop(run, CHECK, &trace, message, past_proxy(run, hint));
        }
    };
    let versions: Option<Vec<&str>> = answer
        .json
        .as_ref()
        .and_then(|body| body.get("versions")?.as_array())
        .map(|versions| versions.iter().filter_map(Value::as_str).collect());
    if let (407, Some(proxy)) = (answer.status, run.http.proxy()) {
        let message = format!("the proxy {proxy} asks for credentials");
        return stop(run, CHECK, &trace, message, past_proxy(run, Some(WITH_CREDENTIALS.into())));
    }
    let Some(versions) = versions.filter(|_| answer.status == 200) else {
        let message = format!("what answers at {base} is not a Matrix homeserver: {}", describe(&answer));
        let redirected = answer
            .header("location")
            .map(|to| format!("it redirects to {}: use the address that is meant", short(to)));
        let hint =
            well_known(run, &trace).await.or(redirected).or(tls_instead(run).await).unwrap_or_else(|| {
                "the address must be the one below which /_matrix/client/versions answers".to_owned()
            });
        return stop(run, CHECK, &trace, message, past_proxy(run, Some(hint)));
    };
    let latest = short(versions.last().copied().unwrap_or("no version"));
    let way = run.http.proxy().map(|proxy| format!(", through the proxy {proxy}")).unwrap_or_default();
    tell(run, CHECK, &trace, Ok(format!("{base} speaks Matrix up to {latest}{way}")));
    let features = answer.json.as_ref().and_then(|body| body.get("unstable_features")?.as_object().cloned());
    Ok((features.unwrap_or_default(), answer.header("server").and_then(named_in_header)))
}

/// What to do where nothing like an answer came.
async fn cure(run: &RunContext, error: &NoAnswer) -> Option<String> {
    let mixed_up = |url: Url| format!("{} is spoken there: use {url}", url.scheme());
    match error {
        NoAnswer::Unreachable { trouble, .. } if trouble.maybe_other_scheme => {
            run.http.other_scheme().await.map(mixed_up).or_else(|| trouble.cure.clone())
        }
        NoAnswer::Unreachable { trouble, .. } => trouble.cure.clone(),
        NoAnswer::Late(_) => {
            Some("something takes the connection and never answers: is it the homeserver?".to_owned())
        }
        NoAnswer::TooLarge => {
            Some("a homeserver answers this in a few hundred bytes: something else listens there".to_owned())
        }
        _ => Some(run.http.other_scheme().await.map_or_else(
            || {
                "what listens there does not speak HTTP as a homeserver does; http:// and https:// mixed up?"
                    .to_owned()
            },
            mixed_up,
        )),
    }
}

/// What to do where TLS is spoken and was not: some servers answer in HTTP even so.
async fn tls_instead(run: &RunContext) -> Option<String> {
    if run.http.base().url().scheme() != "http" {
        return None;
    }
    run.http.other_scheme().await.map(|url| format!("https is spoken there: use {url}"))
}

/// The hint, and that a proxy is on the way: it may be what answers, or does not.
fn past_proxy(run: &RunContext, hint: Option<String>) -> Option<String> {
    let Some(proxy) = run.http.proxy() else { return hint };
    let host = run.http.base().url().host_str().unwrap_or_default();
    let way = format!(
        "requests go through the proxy {proxy}, which {} names; {}={host} has them go straight",
        proxy.variable(),
        variable_for_none(),
    );
    Some(hint.map(|hint| format!("{hint}; {way}")).unwrap_or(way))
}

/// What an answer is, for somebody who expected another.
fn describe(answer: &Answer) -> String {
    let start = match answer.text.trim_start() {
        // Cut texts end so, or the half of a secret would be taken for anything.
        text if text.chars().count() > 60 => text.chars().take(60).chain(['…']).collect(),
        text => text.to_owned(),
    };
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
