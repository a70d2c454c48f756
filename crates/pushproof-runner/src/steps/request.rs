//! `request`, and what every verb does with an answer: hold it against what is expected, capture parts of it.

use pushproof_record::StepVerdict;
use pushproof_scenario::{
    Pattern, Resolve, Step, Template, render,
    steps::{Expect, Method, Request, StatusPattern},
};
use pushproof_yaml::{Node, Span};
use serde_json::Value;

use crate::{
    context::{StepContext, unexpected_status},
    http::{Answer, Call, short},
    outcome::{Again, Missed, Passed, StepResult},
    patience::poll_step,
    world::captured,
};

pub(super) async fn run(ctx: StepContext<'_>, step: &Step, verb: &Request) -> StepResult {
    let call = call(ctx, verb)?;
    let once = || async {
        let answer = ctx.send(&call).await?;
        match judge_answer(ctx, &call, &answer, verb.expect.as_ref()) {
            Ok(reading) => Ok((answer, reading)),
            // A server that fails when it is asked says nothing of what it was asked for.
            Err(missed) if verb.method == Method::Get && answer.status >= 500 => Err(missed.tells_nothing()),
            Err(missed) => Err(missed),
        }
    };
    let found = if verb.poll { poll_step(ctx, once).await } else { once().await };
    let (answer, reading) = found.map_err(|missed| match missed.again {
        Again::Useless if verb.may_be_absent => {
            Missed::not_applicable(format!("the homeserver lacks this endpoint: {}", missed.message))
        }
        _ => missed,
    })?;
    capture(ctx, step, &answer)?;
    Ok(Passed::reading(reading))
}

fn call(ctx: StepContext<'_>, verb: &Request) -> Result<Call, Missed> {
    let method = match verb.method {
        Method::Get => http::Method::GET,
        Method::Put => http::Method::PUT,
        Method::Post => http::Method::POST,
        Method::Delete => http::Method::DELETE,
    };
    let mut call = Call::new(method, path(ctx, &verb.path)?);
    for (key, value) in &verb.query {
        call = call.query(key, text(ctx, value)?);
    }
    call.body = verb.body.as_ref().map(|body| json(ctx, body)).transpose()?;
    call.caller = verb.by.as_ref().map(|by| ctx.world.caller(by)).transpose()?;
    Ok(call)
}

/// A template as a path, what it resolves to percent-encoded.
pub(super) fn path(ctx: StepContext<'_>, template: &str) -> Result<String, Missed> {
    let template = Template::parse(template).map_err(|error| Missed::error(error.to_string()))?;
    template.render_path(ctx.world as &dyn Resolve).map_err(|error| Missed::error(error.to_string()))
}

/// A template as text.
pub(super) fn text(ctx: StepContext<'_>, template: &str) -> Result<String, Missed> {
    let template = Template::parse(template).map_err(|error| Missed::error(error.to_string()))?;
    template.render(ctx.world as &dyn Resolve).map_err(|error| Missed::error(error.to_string()))
}

/// A node of the scenario as JSON in the dialect's names.
pub(super) fn json(ctx: StepContext<'_>, node: &Node) -> Result<Value, Missed> {
    render(node, &ctx.world.dialect, ctx.world).map_err(|error| Missed::error(error.to_string()))
}

/// Holds an answer against what is expected: a success if nothing else is said. Where there are readings instead, gives
/// the first that fits.
pub(super) fn judge_answer(
    ctx: StepContext<'_>,
    call: &Call,
    answer: &Answer,
    expect: Option<&Expect>,
) -> Result<Option<String>, Missed> {
    let Some(expect) = expect.filter(|expect| !expect.readings.is_empty()) else {
        return judge_definite(ctx, call, answer, expect).map(|()| None);
    };
    for (reading, expect) in expect.readings.iter() {
        match judge_definite(ctx, call, answer, Some(expect)) {
            Ok(()) => return Ok(Some(reading.value.clone())),
            Err(missed) if missed.verdict == StepVerdict::Failed => {}
            Err(missed) => return Err(missed),
        }
    }
    let readings: Vec<&str> = expect.readings.iter().map(|(reading, _)| reading.value.as_str()).collect();
    Err(Missed::failed(format!(
        "{} {} was answered {}, which is none of: {}",
        call.method,
        call.path,
        answer.brief(),
        readings.join(", ")
    ))
    .answered(answer))
}

/// Holds an answer against what it must be.
fn judge_definite(
    ctx: StepContext<'_>,
    call: &Call,
    answer: &Answer,
    expect: Option<&Expect>,
) -> Result<(), Missed> {
    let success = StatusPattern::success();
    let wanted = expect.and_then(|expect| expect.status.as_ref()).map_or(&success, |status| &status.value);
    if !wanted.fits(answer.status) {
        return Err(unexpected_status(call, answer, wanted));
    }
    let Some(expect) = expect else { return Ok(()) };
    if let Some(errcode) = &expect.errcode {
        judge_errcode(ctx, call, answer, errcode)?;
    }
    if let Some(body) = &expect.body {
        judge_json(ctx, body, answer, &format!("the answer to {} {}", call.method, call.path))?;
    }
    Ok(())
}

/// An `errcode`: one that is named, one of several, or any that is text.
fn judge_errcode(ctx: StepContext<'_>, call: &Call, answer: &Answer, wanted: &Node) -> Result<(), Missed> {
    let named = |node: &Node| node.as_str().map(str::to_owned);
    let wanted: Vec<String> = match &wanted.value {
        pushproof_yaml::Value::Sequence(items) => items.iter().filter_map(named).collect(),
        _ => named(wanted).into_iter().collect(),
    };
    let fits = answer.errcode().is_some_and(|found| {
        !found.is_empty() && wanted.iter().any(|wanted| wanted == "$any" || wanted == found)
    });
    if fits {
        return Ok(());
    }
    let _ = ctx;
    let wanted =
        if wanted == ["$any"] { "a Matrix error with an errcode".to_owned() } else { wanted.join(" or ") };
    let found = answer.json.as_ref().and_then(|body| body.get("errcode")).cloned();
    let message = format!("{} {} was answered {}, expected {wanted}", call.method, call.path, answer.brief());
    let hint = "the specification wants errors as JSON objects with `errcode` and `error`";
    Err(Missed::failed(message)
        .answered(answer)
        .mismatch(pushproof_record::Mismatch::of("/errcode", wanted, found))
        .hint(hint))
}

/// Holds the JSON of an answer against a pattern.
pub(super) fn judge_json(
    ctx: StepContext<'_>,
    pattern: &Node,
    answer: &Answer,
    what: &str,
) -> Result<(), Missed> {
    let Some(json) = &answer.json else {
        return Err(Missed::inconclusive(format!("{what} is no JSON: {:?}", short(&answer.text))));
    };
    judge_value(ctx, pattern, json, what)
}

/// Holds a JSON value against a pattern.
pub(super) fn judge_value(
    ctx: StepContext<'_>,
    pattern: &Node,
    value: &Value,
    what: &str,
) -> Result<(), Missed> {
    let pattern = Pattern::new(pattern, &ctx.world.dialect, ctx.world)
        .map_err(|error| Missed::error(error.to_string()))?;
    pattern.matches(value).map_err(|mismatch| {
        let at =
            if mismatch.pointer.is_empty() { String::new() } else { format!(" at {}", mismatch.pointer) };
        Missed::failed(format!("{what}{at}: {}{}", mismatch.message, line(mismatch.span))).mismatch(
            pushproof_record::Mismatch::of(
                mismatch.pointer.clone(),
                mismatch.expected.clone(),
                mismatch.actual.clone(),
            ),
        )
    })
}

fn line(span: Span) -> String {
    format!(" (line {})", span.line)
}

/// Keeps the parts of an answer that later steps want.
pub(super) fn capture(ctx: StepContext<'_>, step: &Step, answer: &Answer) -> Result<(), Missed> {
    for capture in &step.capture {
        let value =
            answer.json.as_ref().and_then(|body| body.pointer(&capture.pointer)).ok_or_else(|| {
                Missed::inconclusive(format!(
                    "the answer has nothing at {} to capture as `{}`",
                    capture.pointer, capture.name.value
                ))
            })?;
        let value = captured(value);
        if capture.secret {
            ctx.run.redactor.secret(&value, &capture.name.to_string().to_ascii_uppercase().replace('-', "_"));
        }
        ctx.world.state().captures.insert(capture.name.value.clone(), value);
    }
    Ok(())
}
