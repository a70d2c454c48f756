//! What authors of scenarios get wrong, and what they are told. The mistakes stand in `mistakes/*.md`, the messages in
//! the snapshots.

use std::fmt::Write as _;

use pushproof_scenario::{Scenario, lint};
use pushproof_vocabulary::Catalogue;
use pushproof_yaml::{Diagnostic, Style};

/// A part of a collection of mistakes, by its heading.
#[derive(Clone, Copy)]
enum Within {
    Files,
    Steps,
    Pushes,
    Mails,
}

impl Within {
    /// The file around a mistake. What it has beside the mistake is right and used.
    fn file(self, mistake: &str) -> String {
        match self {
            Self::Files => format!("{mistake}\n"),
            Self::Steps => format!(
                "title: x\n\
                 actors: {{ alice: [phone, laptop], bob: [desktop] }}\n\
                 steps:\n\
                 {mistake}\n\
                 \x20 - request: {{ method: GET, path: \"/{{alice.phone}}/{{alice.laptop}}/{{bob}}\" }}\n"
            ),
            Self::Pushes => format!(
                "title: x\n\
                 needs: [push-gateway]\n\
                 actors: {{ alice: [phone], bob: [desktop] }}\n\
                 steps:\n\
                 \x20 - share_room: {{ room: den, between: [alice, bob] }}\n\
                 \x20 - set_pusher: {{ by: alice.phone, pusher: main }}\n\
                 \x20 - set_pusher: {{ by: alice.phone, pusher: sentinel }}\n\
                 {mistake}\n\
                 \x20 - send: {{ by: bob.desktop, room: den, event: last }}\n\
                 \x20 - expect_push: {{ pusher: sentinel, event: last }}\n"
            ),
            Self::Mails => format!(
                "title: x\n\
                 needs: [mail]\n\
                 actors: {{ alice: [phone], bob: [desktop] }}\n\
                 steps:\n\
                 \x20 - share_room: {{ room: den, between: [bob, alice] }}\n\
                 \x20 - bind_email: {{ by: alice.phone, pusher: main }}\n\
                 \x20 - bind_email: {{ by: alice.phone, pusher: sentinel }}\n\
                 \x20 - set_pusher: {{ by: alice.phone, pusher: main, kind: email }}\n\
                 \x20 - set_pusher: {{ by: alice.phone, pusher: sentinel, kind: email }}\n\
                 \x20 - expect_pusher: {{ by: alice.phone, pusher: main, link: no-value, \
                 clause: pusher.link.null-unless-http }}\n\
                 {mistake}\n\
                 \x20 - send: {{ by: bob.desktop, room: den, event: last }}\n\
                 \x20 - expect_push: {{ pusher: sentinel, event: last }}\n"
            ),
        }
    }
}

/// The mistakes of a collection, each with its name and its file.
fn mistakes(collection: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    for part in collection.split("\n# ").skip(1) {
        let (heading, part) = part.split_once('\n').expect("a heading has a line of its own");
        let within = match heading {
            "files" => Within::Files,
            "steps" => Within::Steps,
            "pushes" => Within::Pushes,
            "mails" => Within::Mails,
            _ => panic!("no such part: {heading}"),
        };
        for mistake in part.split("\n## ").skip(1) {
            let (name, mistake) = mistake.split_once('\n').unwrap_or((mistake, ""));
            found.push((name, within.file(mistake.trim_matches('\n'))));
        }
    }
    found
}

/// The collection with what its authors are told.
fn told(collection: &str) -> String {
    let mut document = String::new();
    for (name, text) in mistakes(collection) {
        let found = find(&text);
        assert!(!found.is_empty(), "nothing is found: {name}");
        let _ = write!(document, "## {name}\n\n");
        for diagnostic in found {
            let rendered = diagnostic.render("scenario.yaml", &text, Style::Plain);
            let _ = write!(document, "{}\n\n", rendered.trim_end());
        }
    }
    document
}

fn find(text: &str) -> Vec<Diagnostic> {
    match Scenario::parse("server/x", "scenario.yaml", text) {
        Ok(scenario) => lint(&scenario, Catalogue::embedded()),
        Err(found) => found,
    }
}

#[test]
fn mistakes_of_form() {
    insta::assert_snapshot!(told(include_str!("mistakes/form.md")));
}

#[test]
fn mistakes_of_sense() {
    insta::assert_snapshot!(told(include_str!("mistakes/sense.md")));
}

/// The files around the mistakes have none of their own.
#[test]
fn what_is_right_is_not_complained_of() {
    let right = "  - set_pusher: { by: alice.phone, pusher: main, clause: pusher.state.optional }";
    for within in [Within::Steps, Within::Pushes] {
        assert_eq!(find(&within.file(right)), []);
    }
    assert_eq!(find(&Within::Mails.file("")), []);
}

/// Outside of the folders of the sides, what a scenario does decides which clauses it may judge: it runs against that
/// side, and no other clause would account for what it finds.
#[test]
fn clauses_are_of_the_side_that_the_scenario_runs_against() {
    let server = |clause: &str| {
        format!(
            "title: x\nactors: {{ alice: [phone] }}\nsteps:\n  - set_pusher: {{ by: alice.phone, pusher: main, clause: \
             {clause} }}\n"
        )
    };
    let strays = |id: &str, text: &str| {
        let scenario = Scenario::parse(id, "scenario.yaml", text).expect("it is well-formed");
        let found = lint(&scenario, Catalogue::embedded());
        let strays = found.into_iter().filter(|found| found.message.contains("in a scenario about"));
        strays.map(|found| (found.span.line, found.message)).collect::<Vec<_>>()
    };
    let message = "the clause `client.live` binds clients, in a scenario about servers".to_owned();
    assert_eq!(strays("own/x", &server("client.live")), [(4, message.clone())]);
    assert_eq!(strays("server/x", &server("client.live")), [(4, message.clone())]);
    assert_eq!(strays("client/x", &server("client.live")), [(4, message)]);
    assert_eq!(strays("own/x", &server("pusher.state.optional")), []);
    let message = "the clause `pusher.state.optional` binds servers, in a scenario about clients".to_owned();
    assert_eq!(strays("client/x", &server("pusher.state.optional")), [(4, message)]);
}
