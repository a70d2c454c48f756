//! What authors of scenarios get wrong, and what they are told. The snapshots are the messages, one document each.

use std::fmt::Write as _;

use pushproof_scenario::{Scenario, lint};
use pushproof_vocabulary::Catalogue;
use pushproof_yaml::{Diagnostic, Style};

/// Renders what is found in each of the files.
fn told(files: &[(&str, String)], find: fn(&str) -> Vec<Diagnostic>) -> String {
    let mut document = String::new();
    for (name, text) in files {
        let _ = write!(document, "## {name}\n\n");
        let found = find(text);
        if found.is_empty() {
            document += "nothing is found\n\n";
        }
        for diagnostic in found {
            let rendered = diagnostic.render("scenario.yaml", text, Style::Plain);
            let _ = write!(document, "{}\n\n", rendered.trim_end());
        }
    }
    document
}

/// A file that is right but for its steps.
fn steps(steps: &str) -> String {
    format!("title: x\nactors: {{ alice: [phone, laptop], bob: [desktop] }}\nsteps:\n{steps}\n")
}

/// The same with the push gateway.
fn pushes(steps: &str) -> String {
    format!(
        "title: x\nneeds: [push-gateway]\nactors: {{ alice: [phone], bob: [desktop] }}\nsteps:\n\
         \x20 - share_room: {{ room: den, between: [alice, bob] }}\n\
         \x20 - set_pusher: {{ by: alice.phone, pusher: main }}\n\
         \x20 - set_pusher: {{ by: alice.phone, pusher: sentinel }}\n\
         {steps}\n\
         \x20 - send: {{ by: bob.desktop, room: den, event: last }}\n\
         \x20 - expect_push: {{ pusher: sentinel, event: last }}\n"
    )
}

/// What uses everything that a file of [`steps`] has, and is no mistake.
const REST: &str = "\n  - request: { method: GET, path: \"/{alice.phone}/{alice.laptop}/{bob}\" }";

fn parse(text: &str) -> Vec<Diagnostic> {
    Scenario::parse("server/x", "scenario.yaml", text).err().unwrap_or_default()
}

#[test]
fn mistakes_of_form() {
    let files = [
        // The file.
        ("empty file", String::new()),
        ("a list", "- title: x\n".to_owned()),
        ("two documents", steps("  - sync: { by: alice.phone }") + "---\n" + &steps("")),
        ("misspelt key", "title: x\nactors: { alice: [phone] }\nneed: [mail]\nsteps: []\n".to_owned()),
        ("no title", "actors: { alice: [phone] }\nsteps:\n  - sync: { by: alice.phone }\n".to_owned()),
        ("blank title", steps("  - sync: { by: alice.phone }").replace("title: x", "title: \" \"")),
        ("title of two lines", steps("  - sync: { by: alice.phone }").replace("title: x", "title: |\n  a\n  b\n")),
        ("no actors", "title: x\nsteps:\n  - sync: { by: alice.phone }\n".to_owned()),
        ("unknown need", "title: x\nneeds: [push-gatway]\nactors: { alice: [phone] }\nsteps: []\n".to_owned()),
        ("no steps", "title: x\nactors: { alice: [phone] }\nsteps: []\n".to_owned()),
        ("steps that are no list", "title: x\nactors: { alice: [phone] }\nsteps: { sync: { by: alice.phone } }\n".to_owned()),
        // People.
        ("person in upper case", steps("  - sync: { by: bob.desktop }").replace("alice", "Alice")),
        ("device list left out", steps("  - sync: { by: bob.desktop }").replace("[phone, laptop]", "phone")),
        ("person without device", steps("  - sync: { by: bob.desktop }").replace("[phone, laptop]", "[]")),
        ("device named twice", steps("  - sync: { by: bob.desktop }").replace("[phone, laptop]", "[phone, phone]")),
        ("person called case", steps("  - sync: { by: bob.desktop }").replace("alice", "case")),
        // Steps.
        ("misspelt verb", steps("  - expect_psh: { pusher: main, event: first }")),
        ("unknown verb", steps("  - teleport: { by: alice.phone }")),
        ("verb alone", steps("  - sync")),
        ("verb without fields", steps("  - sync:")),
        ("verb with text", steps("  - sync: alice.phone")),
        ("two verbs in a step", steps("  - sync: { by: alice.phone }\n    send: { by: bob.desktop }")),
        ("fields beside the verb", steps("  - sync:\n    by: alice.phone")),
        ("clause beside the verb", steps("  - sync: { by: alice.phone }\n    clause: settings.synced")),
        ("misspelt field", steps("  - sync: { bye: alice.phone }")),
        ("misspelt clause", steps("  - sync: { by: alice.phone, cluase: settings.synced }")),
        ("missing field", steps("  - send: { by: alice.phone, room: den }")),
        ("number for a name", steps("  - sync: { by: 7 }")),
        ("person for a device", steps("  - sync: { by: alice }")),
        ("device in upper case", steps("  - sync: { by: alice.Phone }")),
        ("label with a blank", steps("  - delete_pusher: { by: alice.phone, pusher: \"my pusher\" }")),
        ("clause that is a list", steps("  - sync: { by: alice.phone, clause: [settings.synced] }")),
        ("state that does not exist", steps("  - set_pusher: { by: alice.phone, pusher: main, state: off-ish }")),
        ("state as a boolean", steps("  - set_pusher: { by: alice.phone, pusher: main, state: false }")),
        ("raw state without a value", steps("  - set_pusher: { by: alice.phone, pusher: main, state: raw }")),
        ("removal that does not exist", steps("  - remove_device: { device: alice.phone, path: log-out }")),
        ("status out of range", steps("  - request: { method: GET, path: /x, expect: { status: 4000 } }")),
        ("status class that does not exist", steps("  - request: { method: GET, path: /x, expect: { status: 40x } }")),
        ("method in lower case", steps("  - request: { method: get, path: /x }")),
        ("expectation that is a number", steps("  - request: { method: GET, path: /x, expect: 404 }")),
        ("mistakes in two steps", steps("  - snc: { by: alice.phone }\n  - sync: { by: alice }")),
        ("at_once of one", steps("  - at_once: [sync: { by: alice.phone }]")),
        ("at_once of no list", steps("  - at_once: { sync: { by: alice.phone } }")),
        // YAML.
        ("room id", steps("  - request: { method: GET, path: /x, body: { room: !den:server } }")),
        ("alias", steps("  - request:\n      method: GET\n      path: #den:server\n")),
        ("template in a path", steps("  - request: { method: GET, path: {alice} }")),
        ("tab", steps("  - sync:\n\t  by: alice.phone")),
        ("indentation", steps("  - sync:\n        by: alice.phone\n      at: 1")),
        ("anchor", steps("  - sync: &who { by: alice.phone }")),
        ("no as text", steps("  - request: { method: GET, path: /x, body: { answer: no } }")),
        ("number with a zero", steps("  - request: { method: GET, path: /x, body: { number: 012 } }")),
        ("field twice", steps("  - sync: { by: alice.phone, by: bob.desktop }")),
        // Templates, bodies and patterns.
        ("brace that is not closed", steps("  - request: { method: GET, path: \"/user/{alice\" }")),
        ("brace that is not opened", steps("  - request: { method: GET, path: /user/alice} }")),
        ("unknown placeholder", steps("  - request: { method: GET, path: \"/user/{setting:alice.phone}\" }")),
        ("placeholder for no name", steps("  - request: { method: GET, path: \"/user/{Alice}\" }")),
        ("unknown word in a body", steps("  - request: { method: PUT, path: /x, body: { $stat: $disabled } }")),
        ("unknown value in a body", steps("  - request: { method: PUT, path: /x, body: { $state: $off } }")),
        ("operator in a body", steps("  - request: { method: PUT, path: /x, body: { a: { $any-of: [1] } } }")),
        ("unknown operator", steps("  - request: { method: GET, path: /x, expect: { body: { a: { $contain: 1 } } } }")),
        ("operator beside a key", steps("  - request: { method: GET, path: /x, expect: { body: { $each: 1, a: 2 } } }")),
        ("operator without a list", steps("  - request: { method: GET, path: /x, expect: { body: { $any-of: 1 } } }")),
        ("unknown type", steps("  - request: { method: GET, path: /x, expect: { body: { $type: text } } }")),
        ("bad regular expression", steps("  - request: { method: GET, path: /x, expect: { body: { $regex: \"a(\" } } }")),
        ("regular expression that is too large", steps("  - request: { method: GET, path: /x, expect: { body: { $regex: \"(\\\\w{200}){200}\" } } }")),
        ("capture that is text", steps("  - request: { method: GET, path: /x, capture: token }")),
        ("capture without a slash", steps("  - request: { method: GET, path: /x, capture: { token: access_token } }")),
        ("capture with a misspelt field", steps("  - request: { method: GET, path: /x, capture: { token: { pointer: /a, secrt: true } } }")),
        // Cases.
        ("no case", "title: x\nactors: { alice: [phone] }\ncases: {}\nsteps:\n  - sync: { by: alice.phone }\n".to_owned()),
        ("case in upper case", "title: x\nactors: { alice: [phone] }\ncases: { One: { by: alice.phone } }\nsteps:\n  - sync: { by: $case.by }\n".to_owned()),
        ("unknown variable", "title: x\nactors: { alice: [phone] }\ncases: { one: { by: alice.phone } }\nsteps:\n  - sync: { by: $case.bi }\n  - sync: { by: $case.by }\n".to_owned()),
        ("variable without cases", steps("  - sync: { by: $case.by }")),
        ("variable that one case lacks", "title: x\nactors: { alice: [phone] }\ncases:\n  one: { by: alice.phone, to: 1 }\n  two: { by: alice.phone }\nsteps:\n  - sync: { by: $case.by }\n".to_owned()),
        ("variable that one case has alone", "title: x\nactors: { alice: [phone] }\ncases:\n  one: { by: alice.phone }\n  two: { by: alice.phone, to: 1 }\nsteps:\n  - sync: { by: $case.by }\n".to_owned()),
        ("unused variable", "title: x\nactors: { alice: [phone] }\ncases:\n  one: { by: alice.phone, to: 1 }\nsteps:\n  - sync: { by: $case.by }\n".to_owned()),
        ("mapping inside text", "title: x {case.by}\nactors: { alice: [phone] }\ncases:\n  one: { by: { a: 1 } }\nsteps:\n  - sync: { by: alice.phone }\n".to_owned()),
        ("variable of a variable", "title: x\nactors: { alice: [phone] }\ncases:\n  one: { by: $case.by }\nsteps:\n  - sync: { by: $case.by }\n".to_owned()),
        ("mistake in a case's step", "title: x\nactors: { alice: [phone] }\ncases:\n  one: { step: { sync: { by: alice } } }\n  two: { step: { snc: {} } }\nsteps:\n  - $case.step\n".to_owned()),
    ];
    insta::assert_snapshot!(told(&files, parse));
}

#[test]
fn mistakes_of_sense() {
    fn found(text: &str) -> Vec<Diagnostic> {
        match Scenario::parse("server/x", "scenario.yaml", text) {
            Ok(scenario) => lint(&scenario, Catalogue::embedded()),
            Err(found) => found,
        }
    }

    let steps = |text: &str| steps(&format!("{text}{REST}"));
    let judged = "  - expect_pusher: { by: alice.phone, pusher: main, state: enabled, clause: pusher.state.round-trip }";
    let set = "  - set_pusher: { by: alice.phone, pusher: main }\n";
    let files = [
        // Clauses.
        ("misspelt clause", steps(&format!("{set}{}", judged.replace("round-trip", "roundtrip")))),
        ("unlike any clause", steps(&format!("{set}{}", judged.replace("pusher.state.round-trip", "weather")))),
        ("untestable clause", steps(&format!("{set}{}", judged.replace("pusher.state.round-trip", "text.motivation")))),
        ("clause of the other side", steps(&format!("{set}{}", judged.replace("pusher.state.round-trip", "client.live")))),
        ("nothing is judged", steps(set)),
        ("given that nothing judged", steps(&format!("{set}{}", judged.replace("clause:", "given: pusher.state.optional, clause:")))),
        ("unknown given", steps(&format!("{set}{}", judged.replace("clause:", "given: pusher.state.optinal, clause:")))),
        // Names.
        ("unknown person", steps(&format!("{set}{judged}\n  - share_room: {{ room: den, between: [alice, carol] }}"))),
        ("unknown device", steps(&format!("{set}{judged}\n  - sync: {{ by: alice.tablet }}"))),
        ("misspelt device", steps(&format!("{set}{judged}\n  - sync: {{ by: alice.phne }}"))),
        ("device before its login", steps(&format!("{set}{judged}\n  - sync: {{ by: alice.new }}\n  - log_in: {{ as: alice.new }}"))),
        ("unknown room", steps(&format!("{set}{judged}\n  - send: {{ by: bob.desktop, room: den, event: first }}"))),
        ("pusher that nothing sets", steps(judged)),
        ("unknown event", pushes(&format!("  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("unknown names in templates", steps(&format!("{set}{judged}\n  - request: {{ method: GET, path: \"/{{carol}}/{{room:den}}\", body: {{ a: \"{{capture:token}}\" }} }}"))),
        ("at_once uses what it makes", steps(&format!("  - at_once: [set_pusher: {{ by: alice.phone, pusher: main }}, delete_pusher: {{ by: alice.laptop, pusher: main }}]\n{judged}"))),
        ("room made twice", pushes(&format!("  - share_room: {{ room: den, between: [alice, bob] }}\n  - send: {{ by: bob.desktop, room: den, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("event made twice", pushes(&format!("  - send: {{ by: bob.desktop, room: den, event: first }}\n  - send: {{ by: bob.desktop, room: den, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("nothing is used", "title: x\nactors: { alice: [phone, laptop], bob: [desktop], carol: [tablet] }\nsteps:\n  - share_room: { room: den, between: [alice, bob] }\n  - share_room: { room: attic, between: [alice, bob] }\n  - send: { by: bob.desktop, room: den, event: first }\n  - request: { by: alice.phone, method: GET, path: /pushers, capture: { all: /pushers }, clause: pusher.state.optional }\n".to_owned()),
        // Names on the wire.
        ("state by its name", steps(&format!("{set}{judged}\n  - request: {{ by: alice.laptop, method: POST, path: /pushers/set, body: {{ org.matrix.msc0000.is_disabled: true }} }}"))),
        ("settings by their name", steps(&format!("{set}{judged}\n  - request: {{ by: alice.laptop, method: GET, path: /user/x/account_data/m.notification_settings.PHONE }}"))),
        ("link by its final name", steps(&format!("{set}{judged}\n  - set_pusher: {{ by: alice.laptop, pusher: main, with: {{ device_id: X }} }}"))),
        ("boolean state", steps(&format!("{set}{judged}\n  - request: {{ by: alice.laptop, method: POST, path: /pushers/set, body: {{ $state: true }} }}"))),
        ("boolean state in a pattern", steps(&format!("{set}{judged}\n  - expect_pusher: {{ by: alice.laptop, pusher: main, fields: {{ $state: {{ $any-of: [true, null] }} }} }}"))),
        ("boolean raw state", steps(&format!("{set}{judged}\n  - set_pusher: {{ by: alice.laptop, pusher: main, state: {{ raw: true }} }}"))),
        // Needs.
        ("need that is not said", pushes(&format!("  - send: {{ by: bob.desktop, room: den, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}")).replace("needs: [push-gateway]\n", "")),
        ("mail that is not said", steps(&format!("{set}{judged}\n  - set_pusher: {{ by: alice.laptop, pusher: mail, kind: email }}"))),
        ("need that nothing has", steps(&format!("{set}{judged}\n  - sync: {{ by: alice.laptop }}")).replace("actors:", "needs: [restart, restart]\nactors:")),
        // Controls.
        ("refusal without control", steps("  - set_pusher: { by: alice.phone, pusher: main, with: { $link: x }, expect: { status: 400 }, clause: pusher.link.rejected-on-set }")),
        ("refused request without control", steps("  - request: { method: GET, path: /pushers, expect: { status: 401 }, clause: pusher.remote.other-user }")),
        ("refused settings without control", steps("  - set_settings: { by: bob.desktop, for: alice.phone, to: paused, expect: { status: 403 }, clause: settings.private }")),
        ("silence without control", pushes("  - set_pusher: { by: alice.phone, pusher: main, state: disabled }\n  - send: { by: bob.desktop, room: den, event: first }\n  - expect_silence: { pusher: main, until: { pusher: sentinel, event: first }, clause: pusher.disabled.no-notify }")),
        ("absent pusher without control", steps("  - set_pusher: { by: alice.phone, pusher: main }\n  - expect_no_pusher: { by: bob.desktop, pusher: main, clause: pusher.remote.other-user }")),
        ("absent settings without control", steps("  - expect_settings: { by: alice.phone, for: alice.laptop, is: absent, clause: settings.kept-on-relogin }")),
        ("absent in sync without control", steps("  - expect_sync: { by: alice.phone, from: initial, for: alice.laptop, is: absent, clause: settings.pruned.sync }")),
        // The order of things.
        ("removed device asks", steps(&format!("  - remove_device: {{ device: alice.phone, path: logout }}\n{set}{judged}"))),
        ("everybody's logout", steps(&format!("{set}{judged}\n  - remove_device: {{ device: alice.phone, path: logout-all }}\n  - sync: {{ by: alice.laptop }}"))),
        ("logout by another device", steps(&format!("{set}{judged}\n  - remove_device: {{ device: alice.phone, by: alice.laptop, path: logout }}"))),
        ("removal by another person", steps(&format!("{set}{judged}\n  - remove_device: {{ device: alice.phone, by: bob.desktop, path: delete-device }}"))),
        ("several devices on the wrong path", steps(&format!("{set}{judged}\n  - remove_device: {{ device: alice.phone, also: [alice.laptop], path: delete-device }}"))),
        ("room without people", pushes(&format!("  - share_room: {{ room: attic, between: [] }}\n{judged}"))),
        ("person twice in a room", pushes(&format!("  - share_room: {{ room: attic, between: [bob, bob] }}\n{judged}"))),
        ("send where one is not", pushes(&format!("  - share_room: {{ room: attic, between: [alice] }}\n  - send: {{ by: bob.desktop, room: attic, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("invite of a member", pushes(&format!("  - invite: {{ by: bob.desktop, room: den, who: alice, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("push of one's own event", pushes(&format!("  - send: {{ by: alice.phone, room: den, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("push of what one does not see", pushes(&format!("  - share_room: {{ room: attic, between: [bob] }}\n  - send: {{ by: bob.desktop, room: attic, event: first }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("highlight of nobody", pushes(&format!("  - send: {{ by: bob.desktop, room: den, event: first, kind: highlight }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("mention in a message", pushes(&format!("  - send: {{ by: bob.desktop, room: den, event: first, mention: alice }}\n  - expect_push: {{ pusher: main, event: first }}\n{judged}"))),
        ("silence of what was not silenced", pushes(&format!("  - send: {{ by: bob.desktop, room: den, event: first }}\n  - expect_silence: {{ pusher: main, until: {{ pusher: sentinel, event: first }} }}\n{judged}"))),
        ("silence about what was sent before", pushes(&format!("  - send: {{ by: bob.desktop, room: den, event: first }}\n  - set_pusher: {{ by: alice.phone, pusher: main, state: disabled }}\n  - expect_silence: {{ pusher: main, until: {{ pusher: sentinel, event: first }} }}\n{judged}"))),
        ("pusher as its own sentinel", pushes(&format!("  - set_pusher: {{ by: alice.phone, pusher: main, state: disabled }}\n  - send: {{ by: bob.desktop, room: den, event: first }}\n  - expect_silence: {{ pusher: main, until: {{ pusher: main, event: first }} }}\n{judged}"))),
        ("sync from nowhere", steps(&format!("{set}{judged}\n  - expect_sync: {{ by: alice.laptop, from: last, for: alice.phone, is: paused }}"))),
        ("each mistake is told once", steps("  - sync: { by: alice.tablet, clause: settings.synced }").replace("steps:", "cases: { one: { by: bob.desktop }, two: { by: bob.desktop } }\nsteps:\n  - sync: { by: $case.by }\n  - sync: { by: alice.laptop }")),
    ];
    insta::assert_snapshot!(told(&files, found));
}
