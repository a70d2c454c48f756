//! Records that look like real ones.

use pushproof_record::{
    Body, Content, Direction, Event, Evidence, Exchange, Exclusion, FailedAs, HttpRequest, HttpResponse,
    KnownFailure, KnownFailures, Leftover, Mismatch, NearMiss, PreflightCheck, PreflightVerdict, Record,
    ScenarioKey, Selection, Signature, Silence, StepOutcome, StepVerdict as V,
};
use pushproof_vocabulary::{Clause, ClauseId, Dialect, Half, Level};
use serde_json::{Value, json};

use crate::run::{Run, Step, clause, control, judging, reading, saying, setup};

/// A record with every verdict, every kind of evidence and every remark.
pub(crate) fn everything() -> Record {
    let mut run = Run::with(catalogue()).missing(&[Half::Settings]);
    run.started.without = vec!["mail".into()];
    run.started.selection.skip = vec!["server/pusher/restart".into()];
    run.started.options.insert("patience_s".into(), json!(10));
    run.facts.dialects_seen.push("stable".into());
    run.preflight = vec![
        check("reachable", PreflightVerdict::Passed, "answered in 4 ms", None),
        check(
            "push gateway",
            PreflightVerdict::Failed,
            "no push arrived within 10.0 s",
            Some(
                "let the homeserver reach http://127.0.0.1:41001, or name another address with --gateway-url",
            ),
        ),
        check("mailbox", PreflightVerdict::Skipped, "declared absent", None),
    ];
    let run =
        pusher_cases(run).excluded("server/settings/stored", "settings.stored", lacks_settings()).excluded(
            "server/settings/password",
            "settings.kept-on-password-change-without-logout",
            lacks_settings(),
        );
    let mut run = link_cases(run).case("server/names/prefixed", vec![judging("names.unstable", V::Passed)]);
    run.more = vec![
        Event::RateLimited { waited_ms: 500 },
        Event::RateLimited { waited_ms: 1_500 },
        Event::Leftover(Leftover {
            what: "room !den:localhost".into(),
            user_id: Some("@alice-1:localhost".into()),
            reason: "leaving was answered 500".into(),
        }),
    ];
    let mut record = run.record();
    let known = ["server/link/rejected:own-id", "server/pusher/optional:http"].map(known_failure);
    KnownFailures(known.into()).apply(&mut record);
    record
}

/// A subject that keeps to everything, in a set-up without mail.
pub(crate) fn conformant() -> Record {
    let mut run = Run::of(&[
        ("pusher.state.optional", Level::Must),
        ("pusher.disabled.no-email", Level::Must),
        ("names.advertised", Level::Open),
    ]);
    run.started.without = vec!["mail".into(), "restart".into()];
    run.case("server/pusher/optional:http", vec![judging("pusher.state.optional", V::Passed)])
        .case("server/pusher/optional:email", vec![judging("pusher.state.optional", V::NotApplicable)])
        .excluded("server/pusher/no-email", "pusher.disabled.no-email", without("mail"))
        .case(
            "server/names/advertised",
            vec![reading(judging("names.advertised", V::Passed), "the flag is there and true")],
        )
        .record()
}

/// A subject that cannot be reached.
pub(crate) fn unreachable() -> Record {
    let mut run = Run::with(catalogue());
    run.plan = None;
    run.preflight = vec![check(
        "reachable",
        PreflightVerdict::Failed,
        "no connection to http://127.0.0.1:8008: connection refused",
        Some("start the homeserver, or check the address"),
    )];
    run.record()
}

/// A subject without the proposal.
pub(crate) fn unimplemented() -> Record {
    let reason = "a pusher set without a state and a link is listed without them";
    let lacks = |half| Exclusion::NotImplemented { half, reason: reason.into() };
    Run::of(&[("pusher.state.optional", Level::Must), ("settings.stored", Level::Must)])
        .missing(&[Half::Pushers, Half::Settings])
        .excluded("server/pusher/optional", "pusher.state.optional", lacks(Half::Pushers))
        .excluded("server/settings/stored", "settings.stored", lacks(Half::Settings))
        .record()
}

/// A part of the catalogue, interrupted.
pub(crate) fn part() -> Record {
    let mut run = Run::of(&[
        ("pusher.state.optional", Level::Must),
        ("pusher.state.null", Level::Open),
        ("settings.stored", Level::Must),
    ])
    .case("server/pusher/optional:http", vec![judging("pusher.state.optional", V::Passed)])
    .case("server/pusher/optional:email", vec![judging("pusher.state.optional", V::Skipped)])
    .excluded("server/settings/stored", "settings.stored", Exclusion::NotSelected);
    run.started.selection = Selection { run: vec!["server/pusher/**".into()], skip: Vec::new() };
    run.more.push(Event::Interrupted);
    run.record()
}

/// A run in which a control did not come, and nothing was broken.
pub(crate) fn doubtful() -> Record {
    let skipped = || {
        saying(
            judging("pusher.disabled.no-counts", V::Skipped),
            "the step on line 7 did not pass: no counts came",
        )
    };
    Run::of(&[("pusher.disabled.no-counts", Level::Must), ("names.unstable", Level::Must)])
        .case("server/pusher/no-counts:read", vec![no_control(), skipped()])
        .case("server/pusher/no-counts:other", vec![no_control(), skipped()])
        .case("server/names/prefixed", vec![judging("names.unstable", V::Passed)])
        .record()
}

fn catalogue() -> Vec<Clause> {
    [
        ("pusher.state.optional", Level::Must, "A pusher can be set without a state"),
        ("pusher.state.null", Level::Open, "A state of null counts as left out, or is refused"),
        (
            "pusher.state.bad-type",
            Level::Implied,
            "A state that is no boolean is refused and changes nothing",
        ),
        ("pusher.state.survives-restart", Level::Implied, "The state outlives a restart"),
        (
            "pusher.disabled.no-notify",
            Level::Must,
            "A disabled http pusher sends nothing to its push gateway",
        ),
        ("pusher.disabled.no-counts", Level::Must, "A disabled http pusher sends no unread counts either"),
        ("pusher.disabled.no-email", Level::Must, "A disabled email pusher sends no mail"),
        ("pusher.remote.concurrent", Level::Implied, "Toggles that meet leave one pusher"),
        ("pusher.migration", Level::Must, "Pushers from before the proposal are not disabled"),
        ("pusher.link.rejected-on-set", Level::Must, "A set request that carries the link is refused"),
        ("pusher.link.rejection-changes-nothing", Level::Must, "A refused set request changes nothing"),
        ("settings.stored", Level::Must, "Settings events can be written and read"),
        (
            "settings.kept-on-password-change-without-logout",
            Level::Implied,
            "A changed password that logs nobody out prunes nothing",
        ),
        ("names.unstable", Level::Must, "All names carry the prefix"),
        ("names.advertised", Level::Open, "The homeserver says that it knows the proposal, or does not"),
        ("text.motivation", Level::Untestable, "Why notifications should be toggled"),
    ]
    .map(|(id, level, title)| Clause { title: title.into(), ..clause(id, level) })
    .into()
}

fn pusher_cases(run: Run) -> Run {
    let optional = "pusher.state.optional";
    let refused = "a state of \"yes\" was answered 200, expected 400";
    run.case("server/pusher/optional:http", vec![setup(V::Passed), judging(optional, V::Passed)])
        .case("server/pusher/optional:email", vec![setup(V::Passed), judging(optional, V::Passed)])
        .case(
            "server/pusher/null",
            vec![reading(judging("pusher.state.null", V::Passed), "refused with 400")],
        )
        .case("server/pusher/bad-type:string", vec![status_mismatch("pusher.state.bad-type", refused)])
        .case("server/pusher/bad-type:array", vec![judging("pusher.state.bad-type", V::Passed)])
        .excluded("server/pusher/restart", "pusher.state.survives-restart", Exclusion::NotSelected)
        .case("server/pusher/no-notify:message", vec![control(V::Passed), broken_silence()])
        .case("server/pusher/no-notify:highlight", vec![control(V::Passed), broken_silence()])
        .case("server/pusher/no-notify:call", vec![control(V::Passed), told_otherwise("a")])
        .case("server/pusher/no-notify:encrypted", vec![control(V::Passed), told_otherwise("b")])
        .case("server/pusher/no-notify:unread", vec![control(V::Passed), told_otherwise("c")])
        .case("server/pusher/no-notify:invite", vec![judging("pusher.disabled.no-notify", V::Passed)])
        .case(
            "server/pusher/no-counts",
            vec![
                no_control(),
                saying(
                    judging("pusher.disabled.no-counts", V::Skipped),
                    "the step on line 7 did not pass: no counts came",
                ),
            ],
        )
        .excluded("server/pusher/no-email", "pusher.disabled.no-email", without("mail"))
        .case("server/pusher/concurrent", vec![suite_error()])
        .excluded(
            "server/pusher/migration",
            "pusher.migration",
            Exclusion::NotJudged {
                reason: "it needs a homeserver that can be restarted".into(),
                hint: Some("offer it with --restart-cmd, or declare it: --without restart".into()),
            },
        )
}

fn link_cases(run: Run) -> Run {
    let message = "a set request with the link was answered 200, expected 400";
    let link = |case: &str| {
        vec![
            status_mismatch("pusher.link.rejected-on-set", &format!("{message} ({case})")),
            saying(
                judging("pusher.link.rejection-changes-nothing", V::NotApplicable),
                "presumes pusher.link.rejected-on-set, which is broken here",
            ),
        ]
    };
    run.case("server/link/rejected:own-id", link("own-id"))
        .case("server/link/rejected:other-id", link("other-id"))
        .case("server/link/rejected:unknown-id", vec![judging("pusher.link.rejected-on-set", V::Passed)])
}

fn check(name: &str, verdict: PreflightVerdict, message: &str, hint: Option<&str>) -> PreflightCheck {
    PreflightCheck {
        check: name.into(),
        verdict,
        message: message.into(),
        hint: hint.map(Into::into),
        evidence: Vec::new(),
    }
}

fn lacks_settings() -> Exclusion {
    let reason = "no settings event goes with its device, in any dialect";
    Exclusion::NotImplemented { half: Half::Settings, reason: reason.into() }
}

fn without(what: &str) -> Exclusion {
    Exclusion::NotApplicable { reason: format!("declared: without {what}") }
}

fn known_failure(case: &str) -> (ScenarioKey, KnownFailure) {
    let fails = Signature {
        step: "expect_pusher".into(),
        clause: Some(ClauseId("pusher.link.rejected-on-set".into())),
        verdict: FailedAs::Failed,
        status: None,
        errcode: None,
        at: Some("/status".into()),
        found: Some(json!(200)),
    };
    let known = KnownFailure {
        reason: "the link is ignored".into(),
        issue: Some("https://example.org/issues/1".into()),
        expires: Some("2027-01-31".parse().unwrap()),
        fails: vec![fails],
    };
    (case.parse().unwrap(), known)
}

pub(crate) fn exchange(request: &Value, status: u16, answer: &Value) -> Exchange {
    Exchange {
        at_ms: 130,
        duration_ms: 12,
        actor: Some("alice.phone".into()),
        token_variable: Some("ALICE_PHONE_TOKEN".into()),
        variables: vec!["ALICE_PHONE_TOKEN".into()],
        request: HttpRequest {
            method: "POST".into(),
            url: "http://127.0.0.1:8008/_matrix/client/v3/pushers/set".into(),
            headers: vec![
                ("Authorization".into(), "Bearer $ALICE_PHONE_TOKEN".into()),
                ("Content-Type".into(), "application/json".into()),
            ],
            body: Some(Body::of_json(request)),
        },
        response: Some(HttpResponse {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Some(Body::of_json(answer)),
        }),
        error: None,
        repeats: 1,
    }
}

fn pusher() -> Value {
    let link = &Dialect::named("msc3881").unwrap().link;
    json!({
        "kind": "http", "app_id": "org.pushproof.main", "pushkey": "7f3a-main", "app_display_name": "Pushproof",
        "device_display_name": "It's Alice's phone", "lang": "en", link: "PHONE",
        "data": { "url": "http://127.0.0.1:41001/_matrix/push/v1/notify", "format": "event_id_only" },
    })
}

fn status_mismatch(clause: &str, message: &str) -> Step {
    let (planned, outcome) = saying(judging(clause, V::Failed), message);
    let mut first = exchange(&pusher(), 200, &json!({}));
    first.request.method = "GET".into();
    first.request.body = None;
    first.repeats = 3;
    let outcome = StepOutcome {
        mismatch: Some(Mismatch::of("/status", 400, Some(json!(200)))),
        hint: Some("refuse what clients must not send, so that they notice".into()),
        evidence: vec![first.into(), exchange(&pusher(), 200, &json!({})).into()],
        ..outcome
    };
    (planned, outcome)
}

fn broken_silence() -> Step {
    let message = "the push gateway was told once for a pusher that must be silent, 3120 ms into the silence";
    let (planned, outcome) = saying(judging("pusher.disabled.no-notify", V::Failed), message);
    let notification = json!({ "notification": {
        "event_id": "$second", "room_id": "!den:localhost",
        "devices": [{ "app_id": "org.pushproof.main", "pushkey": "7f3a-main" }],
    }});
    let mail = Evidence::Mail {
        at_ms: 3_300,
        from: "homeserver@localhost".into(),
        to: vec!["alice@localhost".into()],
        subject: "Messages in the den".into(),
        body: Body::new(b"You missed:\nsecond"),
    };
    let driver = Evidence::DriverMessage {
        at_ms: 3_310,
        direction: Direction::FromDriver,
        message: json!({ "notified": { "event_id": "$second" } }),
    };
    let outcome = StepOutcome {
        silence: Some(Silence { sentinel_ms: 84, grace_ms: 252, open_ms: 4_100, deliveries: 1 }),
        witness: Some("the sentinel was told of the same event".into()),
        evidence: vec![
            Evidence::push(140, "org.pushproof.sentinel", "7f3a-sentinel", Some("$second"), &notification),
            Evidence::push(3_250, "org.pushproof.main", "7f3a-main", Some("$second"), &notification),
            mail,
            driver,
            Evidence::ServerLog { at_ms: 3_320, text: "WARN push: sent to \u{1b}[31mgateway".into() },
        ],
        ..outcome
    };
    (planned, outcome)
}

fn told_otherwise(how: &str) -> Step {
    saying(judging("pusher.disabled.no-notify", V::Failed), &format!("it was told in way {how}"))
}

fn no_control() -> Step {
    let (planned, outcome) = saying(control(V::Inconclusive), "no counts came");
    let mismatch = Mismatch {
        near_misses: vec![
            NearMiss { at_ms: 140, pointer: "/counts/unread".into(), actual: Some(json!(2)), repeats: 4 },
            NearMiss { at_ms: 900, pointer: "/counts".into(), actual: None, repeats: 1 },
        ],
        ..Mismatch::of("/counts/unread", 1, None)
    };
    let hint = "a slow homeserver needs a longer --patience".to_owned();
    (planned, StepOutcome { mismatch: Some(mismatch), hint: Some(hint), ..outcome })
}

fn suite_error() -> Step {
    let (planned, outcome) = saying(
        judging("pusher.remote.concurrent", V::Error),
        "the scenario names a room that it has not made",
    );
    let mut unanswered = exchange(&Value::Null, 0, &Value::Null);
    unanswered.request.body = Some(Body {
        content: Content::Text("{\"name\": \"aaaa".into()),
        size: 70_000,
        digest: Some("0f".repeat(32)),
    });
    unanswered.response = None;
    unanswered.error = Some("no answer within 30 s".into());
    (planned, StepOutcome { evidence: vec![unanswered.into()], ..outcome })
}
