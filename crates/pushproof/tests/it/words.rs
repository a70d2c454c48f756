//! Words of others on the way to a terminal or the log of a CI system: whoever sends them, and wherever they are shown,
//! nothing in them steers the one or commands the other.

use std::{fs, net::TcpStream, path::Path, process::Output};

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    hostile::{answer, serve},
    support::pushproof,
};

/// Everything at once.
const TRICKS: &str = "x\u{1b}[7;5m\u{1b}[2J\u{1b}]0;EVIL\u{7}\u{9b}31m\u{7f}\r\u{8}\u{b}\u{c}\u{85}\u{202e}\u{2066}\u{200e}\u{200f}\u{61c}\
    \u{2028}\u{2029}\u{feff}\u{200b}\u{e0041}\n::error::EVIL\n \t::stop-commands::EVIL\n##[add-mask]EVIL\nx ##vso[task.EVIL]\n\
    ##teamcity[EVIL]\nsection_start:1:EVIL\r\u{1b}[0K\n--- EVIL\n+++ EVIL\n~~~ EVIL\n^^^ +++";

/// What a run in GitHub Actions may tell it.
const OWN_COMMANDS: [&str; 5] = [
    "::group::running ",
    "::endgroup::",
    "::error title=pushproof%3A ",
    "::error file=",
    "::notice title=pushproof%3A ",
];

/// Holds an output to what a terminal and a CI system may be sent, and gives it.
fn tame(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]]
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .join("\n");
    let mut bare = text.clone();
    // Colours of our own.
    for colour in ["0", "1", "2", "31", "32", "33", "1;31", "91", "92", "93", "94", "96"] {
        bare = bare.replace(&format!("\u{1b}[{colour}m"), "");
    }
    let steering = |c: char| {
        (c.is_control() && c != '\n')
            || "\u{61c}\u{200b}\u{200e}\u{200f}\u{feff}\u{2028}\u{2029}".contains(c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || ('\u{e0000}'..='\u{e007f}').contains(&c)
    };
    let found: Vec<char> = bare.chars().filter(|c| steering(*c)).collect();
    assert!(found.is_empty(), "{found:?} in {bare:?}");
    for line in bare.lines() {
        let line = line.trim_start();
        // The dashes alone begin the details of a test in TAP, and no group of Buildkite's.
        let own = line == "---" || OWN_COMMANDS.iter().any(|own| line.starts_with(own));
        for command in ["::", "---", "+++", "~~~", "^^^"] {
            assert!(own || !line.starts_with(command), "{line:?} in\n{bare}");
        }
        for command in ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:"] {
            assert!(!line.contains(command), "{line:?} in\n{bare}");
        }
    }
    bare
}

/// Runs the command in a folder as it is at a desk, with colours, and in GitHub Actions.
fn run(folder: &Path, arguments: &[&str]) -> Vec<(Option<i32>, String)> {
    let environments: [&[(&str, &str)]; 3] = [&[], &[("FORCE_COLOR", "1")], &[("GITHUB_ACTIONS", "true")]];
    let run = |environment: &&[(&str, &str)]| {
        let mut command = pushproof();
        command.current_dir(folder).args(arguments).envs(environment.iter().copied());
        if environment.iter().any(|(name, _)| *name == "FORCE_COLOR") {
            command.env_remove("NO_COLOR");
        }
        let output = command.output().expect("the command starts");
        (output.status.code(), tame(&output))
    };
    environments.iter().map(run).collect()
}

/// Runs the command; it ends so, and shows that it met the tricks.
fn met(folder: &Path, arguments: &[&str], code: i32) {
    for (found, text) in run(folder, arguments) {
        assert_eq!(found, Some(code), "{text}");
        assert!(
            text.contains("\\u{1b}") || text.contains("EVIL") || text.contains('␛'),
            "{arguments:?}: {text}"
        );
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn refuses(mut stream: TcpStream) {
    let error = json!({ "errcode": TRICKS, "error": TRICKS, "versions": ["v1.3"], TRICKS: TRICKS });
    answer(&mut stream, "403 Forbidden", "application/json", &error.to_string());
}

fn knows_nothing_but_versions(mut stream: TcpStream) {
    let mut first = [0; 64];
    let read = stream.peek(&mut first).unwrap_or(0);
    let asked = String::from_utf8_lossy(&first[..read]).into_owned();
    let (status, body) = if asked.contains("/versions") {
        ("200 OK", json!({ "versions": ["v1.3"], "unstable_features": { TRICKS: true } }))
    } else {
        ("500 Internal Server Error", json!({ "errcode": TRICKS, "error": TRICKS }))
    };
    answer(&mut stream, status, "application/json", &body.to_string());
}

#[rstest]
#[case::at_once(refuses)]
#[case::at_registration(knows_nothing_but_versions)]
fn words_of_a_homeserver(#[case] behave: fn(TcpStream)) {
    let url = serve(behave);
    met(folder().path(), &["check", &url, "--run", "server/names/**", "--verbose", "--patience", "500ms"], 3);
}

#[rstest]
#[case::stderr("printf '%s' \"$TRICKS\" >&2; exit 7")]
#[case::stdout("printf '%s\\n' \"$TRICKS\"; cat >/dev/null")]
#[case::answers(
    "while read -r line; do id=${line#*'\"id\":'}; id=${id%%,*}; \
     printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32000,\"message\":%s}}\\n' \"$id\" \"$JSON\"; done"
)]
fn words_of_a_driver(#[case] script: &str) {
    let folder = folder();
    let script = format!("TRICKS='{TRICKS}'; JSON='{}'; {script}", json!(TRICKS));
    met(folder.path(), &["check-client", "--doctor", "--", "sh", "-c", &script], 3);
    let run = ["check-client", "--run", "client/notify/live", "--verbose", "--", "sh", "-c", &script];
    met(folder.path(), &run, 3);
}

/// The record of the short run of a broken homeserver with tricks in the place of each text that a subject can choose.
fn record(folder: &Path) -> Value {
    let path = folder.join("record.json");
    let report = format!("json={}", path.display());
    let arguments =
        ["check", "--embedded", "--defect", "link-ignored", "--run", "server/link/**", "--report", &report];
    let output = pushproof().args(arguments).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(1));
    let mut record = serde_json::from_slice(&fs::read(&path).expect("a record")).expect("JSON");
    poison(&mut record);
    record
}

/// Adds the tricks to every message, hint and name below, and to what was found.
fn poison(value: &mut Value) {
    const CHOSEN: [&str; 8] = ["message", "hint", "name", "reading", "actual", "text", "witness", "error"];
    match value {
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if CHOSEN.contains(&name.as_str()) => text.push_str(TRICKS),
                    value => poison(value),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn words_of_a_record() {
    let folder = folder();
    let poisoned = record(folder.path());
    fs::write(folder.path().join("record.json"), poisoned.to_string()).expect("a record");
    fs::write(folder.path().join("other.json"), poisoned.to_string()).expect("a record");
    for arguments in [
        &["report", "record.json", "--verbose"][..],
        &["report", "record.json"],
        &["report", "record.json", "--report", "tap=/dev/stdout"],
        &["report", "record.json", "--report", "json=/dev/stdout"],
        &["report", "record.json", "--report", "ctrf=/dev/stdout"],
        &["report", "record.json", "--report", "har=/dev/stdout"],
        &["report", "record.json", "other.json"],
        &["diff", "record.json", "other.json"],
    ] {
        for (code, text) in run(folder.path(), arguments) {
            assert_eq!(code, Some(0), "{text}");
        }
    }
    let mut command = pushproof();
    command.current_dir(folder.path()).args(["report", "record.json", "--report", "json=/dev/stdout"]);
    let output = command.output().expect("the command starts");
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(read["subject"]["name"], poisoned["subject"]["name"], "the record says what it said");
}

#[rstest]
#[case::no_json(TRICKS.to_owned())]
#[case::no_record(json!({ "format": TRICKS }).to_string())]
#[case::wrong_field(json!({ "format": "pushproof-record", "version": 1, "verdict": TRICKS }).to_string())]
fn words_of_a_malformed_record(#[case] text: String) {
    let folder = folder();
    fs::write(folder.path().join("record.json"), text).expect("a file");
    for arguments in [&["report", "record.json"][..], &["diff", "record.json", "record.json"]] {
        for (code, text) in run(folder.path(), arguments) {
            assert_eq!(code, Some(2), "{text}");
        }
    }
}

#[rstest]
#[case::title("titel: TRICKS\n")]
#[case::step("title: a\nsteps:\n  - TRICKS: {}\n")]
#[case::raw("title: a # RAW\nsteps: 1\n")]
fn words_of_a_scenario(#[case] template: &str) {
    let folder = folder();
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    let text =
        template.replace("TRICKS", &json!(TRICKS).to_string()).replace("RAW", &TRICKS.replace('\n', " "));
    fs::write(folder.path().join("mine/a.yaml"), text).expect("a file");
    for arguments in [&["lint", "mine"][..], &["check", "--embedded", "--scenarios", "mine"]] {
        for (code, text) in run(folder.path(), arguments) {
            assert_eq!(code, Some(2), "{text}");
        }
    }
}

#[test]
fn words_of_a_scenario_without_mistakes() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("mine/server")).expect("a folder");
    let evil = json!(TRICKS).to_string();
    let text = format!(
        "title: {evil}\nabout: {evil}\nactors: {{ alice: [phone] }}\nsteps:\n  - request: {{ by: alice.phone, method: GET, \
         path: /_matrix/client/versions, expect: {{ status: 418 }} }}\n"
    );
    fs::write(folder.path().join("mine/server/a.yaml"), text).expect("a file");
    for arguments in [
        &["explain", "server/a", "--scenarios", "mine"][..],
        &["list", "scenarios", "--scenarios", "mine"],
        &["list", "scenarios", "--scenarios", "mine", "--json"],
        &["check", "--embedded", "--scenarios", "mine", "--run", "server/a", "--verbose"],
    ] {
        run(folder.path(), arguments);
    }
}

#[rstest]
#[case::configuration("pushproof.toml", "[check]\nurl = \"TRICKS\"\n", &["check"])]
#[case::configured_command("pushproof.toml", "[check]\nembedded = true\nrun = [\"no/such\"]\nreport = [\"TRICKS\"]\n", &["check"])]
#[case::key("pushproof.toml", "[check]\n\"TRICKS\" = 1\n", &["check", "--embedded"])]
#[case::help("pushproof.toml", "[check]\nregistration = \"TRICKS\"\n", &["check", "--help"])]
#[case::baseline("base.yaml", "\"TRICKS\": { reason: a }\n", &["check", "--embedded", "--baseline", "base.yaml"])]
#[case::dialect("mine.yaml", "\"TRICKS\": a\n", &["check", "--embedded", "--dialect", "mine.yaml"])]
fn words_of_other_files(#[case] name: &str, #[case] template: &str, #[case] arguments: &[&str]) {
    let folder = folder();
    let quoted = json!(TRICKS).to_string();
    let toml = quoted.trim_matches('"').replace('\u{7f}', "\\u007f");
    fs::write(folder.path().join(name), template.replace("TRICKS", &toml)).expect("a file");
    for (code, text) in run(folder.path(), arguments) {
        assert_eq!(code, Some(2), "{text}");
    }
}

#[rstest]
#[case::argument(&["check", TRICKS])]
#[case::flag(&["check", "--embedded", concat!("--no", "\u{1b}[7;5m\n::error::EVIL")])]
#[case::command(&[TRICKS])]
#[case::value(&["check", "--embedded", "--patience", TRICKS])]
#[case::pattern(&["check", "--embedded", "--run", TRICKS])]
#[case::file(&["report", TRICKS])]
#[case::report(&["check", "--embedded", "--report", TRICKS])]
#[case::explained(&["explain", TRICKS])]
fn words_of_the_command_line(#[case] arguments: &[&str]) {
    met(folder().path(), arguments, 2);
}

/// What is no trick is left alone, down to what a shell reads.
#[rstest]
#[case(&["completions", "bash"])]
#[case(&["completions", "zsh"])]
#[case(&["completions", "fish"])]
#[case(&["--help"])]
#[case(&["check", "--help"])]
#[case(&["list", "clauses"])]
#[case(&["list", "scenarios", "--json"])]
#[case(&["explain", "pusher.disabled.no-notify"])]
#[case(&["explain", "server/link/rejected-on-create"])]
fn our_own_words_stay(#[case] arguments: &[&str]) {
    let output = pushproof().args(arguments).output().expect("the command starts");
    let text = tame(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("\\u{"), "{text}");
}
