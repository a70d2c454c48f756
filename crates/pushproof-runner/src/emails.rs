//! Binding mail addresses to accounts (client-server API, "Adding Account Administrative Contact Information"), and
//! taking them off again.

use std::time::Duration;

use pushproof_scenario::steps::StatusPattern;
use pushproof_sinks::Mailbox;
use serde_json::json;
use url::Url;

use crate::{
    context::{RunContext, unexpected_status},
    http::{Answer, Call, Caller, token_variable},
    outcome::Missed,
    outlet::Arrival,
    patience::within,
    trace::Trace,
    uia::send_with_password,
};

/// The host of the addresses. Nobody can own it, so that a homeserver that hands mail to the world annoys nobody.
const HOST: &str = "pushproof.test";

/// Whose account gets an address.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// Who asks.
    pub caller: Caller,
    /// The user id.
    pub user_id: String,
    /// The password.
    pub password: String,
}

/// Binds an address to an account: asks for a mail, opens the link in it, adds the address. `local` is the part of it
/// before the `@`, unique within all runs.
pub(crate) async fn bind(
    run: &RunContext,
    trace: &Trace,
    owner: &Owner,
    local: &str,
) -> Result<String, Missed> {
    let Some(mailbox) = &run.mailbox else { return Err(Missed::error("the run has no mailbox")) };
    let address = format!("{local}@{HOST}");
    let secret = format!("pp-{:032x}", rand::random::<u128>());
    run.redactor.secret(&secret, &variable(local, "client_secret"));
    let body = json!({ "client_secret": secret, "email": address, "send_attempt": 1 });
    let ask = Call::post("/account/3pid/email/requestToken", body);
    let answer = ok(&ask, run.http.send(trace, &ask).await?)
        .map_err(|missed| missed.hint("the homeserver must validate mail addresses by mail; or give accounts that have some: --registration users=FILE, with `mail=ADDRESS,ADDRESS` behind the password"))?;
    let Some(session) = answer.str_at("/sid").map(str::to_owned) else {
        return Err(Missed::failed("POST /account/3pid/email/requestToken was answered without a `sid`"));
    };
    run.redactor.secret(&session, &variable(local, "sid"));
    let link = link(run, trace, mailbox, &address, &session).await?;
    // The mail may name the homeserver as the world knows it; the suite asks it where it was told to.
    let mut open = Call::get(link.path());
    open.query = link.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    // A page for people, not JSON.
    ok(&open, run.http.send_to_anything(trace, &open).await?)?;
    let add = Call::post("/account/3pid/add", json!({ "sid": session, "client_secret": secret }))
        .by(owner.caller.clone());
    let added = send_with_password(&run.http, trace, add.clone(), &owner.user_id, &owner.password).await?;
    ok(&add, added)?;
    Ok(address)
}

/// Waits for the mail to a new address, and finds the link in it: the one that names the session.
async fn link(
    run: &RunContext,
    trace: &Trace,
    mailbox: &Mailbox,
    address: &str,
    session: &str,
) -> Result<Url, Missed> {
    let names_session = |link: &Url| link.query_pairs().any(|(_, value)| value == session);
    let Some(mail) = within(run.patience, mailbox.wait_for(address, |mail| !mail.links().is_empty())).await
    else {
        return Err(nothing_came(mailbox, address, run.patience));
    };
    let links = mail.links();
    let link = links.iter().find(|link| names_session(link)).or(links.first()).cloned();
    for (name, value) in link.iter().flat_map(Url::query_pairs).filter(|(name, _)| name.contains("token")) {
        let local = address.split('@').next().unwrap_or_default();
        run.redactor.secret(&value, &variable(local, &name));
    }
    trace.add(Arrival::Mail(mail).evidence(run));
    link.ok_or_else(|| Missed::failed(format!("the mail to {address} has no link that could be opened")))
}

/// The shell variable that stands for a secret of an address.
fn variable(local: &str, name: &str) -> String {
    let of_address = token_variable(local);
    format!("{}_{}", of_address.trim_end_matches("_TOKEN"), name.to_ascii_uppercase())
}

/// The likeliest reasons why no mail arrives.
fn nothing_came(mailbox: &Mailbox, address: &str, patience: Duration) -> Missed {
    let seconds = patience.as_secs_f64();
    let at = mailbox.address();
    let missed = Missed::failed(format!(
        "the homeserver was asked for a mail to {address}, but none arrived at {at} within {seconds} s"
    ));
    match mailbox.oddities().first() {
        Some(oddity) => missed.hint(format!(
            "something spoke to the mailbox, and went wrong: {oddity}; it takes mail without TLS and without a login"
        )),
        None if mailbox.tally().mails > 0 => {
            missed.hint("other mails came: is it slow? --patience says how long mail is waited for")
        }
        None => missed.hint(format!(
            "nothing at all came to the mailbox: is {at} the SMTP relay of the homeserver, and can it be reached from \
             there (a container needs --smtp-listen 0.0.0.0:PORT)? Synapse: `email: {{ smtp_host: …, smtp_port: … }}`"
        )),
    }
}

/// The request that takes an address off an account.
pub(crate) fn removal(address: &str) -> Call {
    Call::post("/account/3pid/delete", json!({ "medium": "email", "address": address }))
}

/// Whether an address is one of the suite's.
pub(crate) fn is_own(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, host)| host.eq_ignore_ascii_case(HOST))
}

fn ok(call: &Call, answer: Answer) -> Result<Answer, Missed> {
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(unexpected_status(call, &answer, &StatusPattern::success()))
    }
}
