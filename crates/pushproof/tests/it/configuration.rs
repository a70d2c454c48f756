//! `pushproof.toml`, `init`, completions and manual pages.

use std::{path::Path, process::Output};

use rstest::rstest;

use crate::support::pushproof;

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = pushproof();
    command.current_dir(folder).args(arguments).envs(variables.iter().copied());
    command.output().expect("the command starts")
}

fn with_file(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("pushproof.toml"), text).expect("the file is written");
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

/// What was selected tells which of the three was heard.
#[rstest]
#[case::file(&[], &[], "server/link/file")]
#[case::variable(&[], &[("PUSHPROOF_RUN", "server/link/variable")], "server/link/variable")]
#[case::empty_variable(&[], &[("PUSHPROOF_RUN", "")], "server/link/file")]
#[case::flag(&["--run", "server/link/flag"], &[("PUSHPROOF_RUN", "server/link/variable")], "server/link/flag")]
fn flags_come_before_variables_and_variables_before_the_file(
    #[case] flags: &[&str],
    #[case] variables: &[(&str, &str)],
    #[case] heard: &str,
) {
    let folder = with_file("[check]\nembedded = true\nrun = [\"server/link/file\"]\n");
    let output = run(folder.path(), &[&["check"], flags].concat(), variables);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(&format!("no scenario fits the pattern `{heard}`")), "{message}");
}

#[test]
fn a_subject_that_is_named_leaves_that_of_the_file_alone() {
    let folder = with_file("[check]\nurl = \"http://localhost:1\"\nrun = [\"server/names/advertised\"]\n");
    let output = run(folder.path(), &["check", "--embedded"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn another_file_can_be_named() {
    let folder = with_file("[check]\nnonsense = 1\n");
    std::fs::write(folder.path().join("other.toml"), "[check]\nembedded = true\nskip = [\"**\"]\n")
        .expect("the file is written");
    let output = run(folder.path(), &["check", "--config", "other.toml"], &[]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    let output = run(folder.path(), &["check"], &[("PUSHPROOF_CONFIG", "other.toml")]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
}

#[rstest]
#[case::unknown_key("unknown-key", "[check]\nembeded = true\n")]
#[case::unknown_table("unknown-table", "[chek]\nembedded = true\n")]
#[case::no_table("no-table", "embedded = true\n")]
#[case::no_switch("no-switch", "[check]\nembedded = \"yes\"\n")]
#[case::no_list("no-list", "[check]\npatience = [\"10s\"]\n")]
#[case::bad_value("bad-value", "[check]\n\npatience = \"10\"\n")]
#[case::no_toml("no-toml", "[check\n")]
fn mistakes_point_at_their_place(#[case] name: &str, #[case] text: &str) {
    let folder = with_file(text);
    let output = run(folder.path(), &["check", "--embedded"], &[]);
    assert_eq!(output.status.code(), Some(2));
    // Which flags there are is told by what `init` writes.
    insta::with_settings!({ filters => [("expected `url`.*", "expected […]")] }, {
        insta::assert_snapshot!(format!("configuration-{name}"), stderr(&output));
    });
}

/// What a file runs and writes is told before it happens, and only where nobody has said otherwise.
#[test]
fn the_file_is_told_with_what_it_runs_and_writes() {
    let folder = with_file(
        "[check]\nurl = \"http://127.0.0.1:1\"\nrestart-cmd = \"./mine --token secret\"\nreport = [\"tap=a.tap\"]\n\
         [check-client]\ncommand = [\"sh\", \"-c\", \"exit 7\"]\n",
    );
    let first = |arguments: &[&str]| {
        let output = run(folder.path(), arguments, &[]);
        stderr(&output).lines().next().unwrap_or_default().to_owned()
    };
    let told = "configuration: pushproof.toml; runs restart-cmd = ./mine …; writes report = tap=a.tap";
    assert_eq!(first(&["check"]), told);
    let told = "configuration: pushproof.toml; writes report = tap=a.tap";
    assert_eq!(first(&["check", "--restart-cmd", "true"]), told);
    assert_eq!(first(&["check-client"]), "configuration: pushproof.toml; runs command = sh …");
    assert_eq!(first(&["list", "dialects"]), "");
}

#[rstest]
#[case::to_overwrite_others("force")]
#[case::to_take_accounts_over("yes")]
fn a_file_cannot_agree(#[case] key: &str) {
    let folder = with_file(&format!("[check]\nembedded = true\n{key} = true\n"));
    let output = run(folder.path(), &["check"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(&format!("unknown key `{key}`")), "{}", stderr(&output));
}

#[test]
fn a_named_file_must_be_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = run(folder.path(), &["check", "--embedded", "--config", "none.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the configuration none.toml cannot be read"), "{}", stderr(&output));
}

#[test]
fn a_file_names_the_driver_of_a_client() {
    let folder = with_file("[check-client]\ncommand = [\"sh\", \"-c\", \"exit 7\"]\n");
    let output = run(folder.path(), &["check-client"], &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let reference = ["check-client", "--embedded", "--run", "client/notify/live"];
    let output = run(folder.path(), &reference, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn init_writes_a_file_that_can_be_read_and_never_writes_over_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("pushproof.toml");
    assert_eq!(run(folder.path(), &["init"], &[]).status.code(), Some(0));
    let output = run(folder.path(), &["check", "--embedded", "--run", "server/names/advertised"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    std::fs::write(&path, "# mine\n").expect("the file is written");
    let output = run(folder.path(), &["init"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&path).expect("the file is there"), "# mine\n");
    assert_eq!(run(folder.path(), &["init", "--force"], &[]).status.code(), Some(0));
    assert!(std::fs::read_to_string(&path).expect("the file is there").contains("[check]"));
}

#[rstest]
#[case("bash")]
#[case("zsh")]
#[case("fish")]
fn shells_are_told_of_every_command(#[case] shell: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = run(folder.path(), &["completions", shell], &[]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for word in ["check", "prove", "write-baseline", "shard"] {
        assert!(text.contains(word), "{word} is missing");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = run(folder.path(), &["man", "pages"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = |name: &str| std::fs::read_to_string(folder.path().join("pages").join(name)).expect("a page");
    assert!(page("pushproof.1").contains("pushproof\\-check(1)"));
    assert!(page("pushproof-check.1").contains("\\-\\-patience"));
    assert_eq!(run(folder.path(), &["man", "pages"], &[]).status.code(), Some(0));
    std::fs::write(folder.path().join("pages/pushproof.1"), "mine").expect("a file");
    assert_eq!(run(folder.path(), &["man", "pages"], &[]).status.code(), Some(2));
    assert_eq!(page("pushproof.1"), "mine");
}

/// Nothing of a value is seen, whatever form it has.
#[rstest]
#[case("[check]\n\"restart-cmd\" = \"ssh root hunter2\" x\n")]
#[case("check.restart-cmd = \"ssh root hunter2\" x\n")]
#[case("check = { restart-cmd = \"ssh hunter2\", foo = 1 }\n")]
#[case("[check]\nrestart-cmd = \"\"\"\nssh root\n  hunter2 \"\"\" x\n")]
#[case("[check-client]\ncommand = [\n \"node\",\n \"--password=hunter2\", foo\n]\n")]
#[case("[serve]\nsmtp = \"user:hunter2@host\"\n")]
fn mistakes_show_no_value(#[case] text: &str) {
    let output = run(with_file(text).path(), &["check", "--embedded"], &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(!stderr(&output).contains("hunter2"), "{}", stderr(&output));
}

#[rstest]
#[case::config(&["--config"], "")]
#[case::baseline(&["--embedded", "--baseline"], "")]
#[case::token(&["--embedded", "--registration"], "token=@")]
#[case::authority(&["--url", "https://localhost:1", "--ca"], "")]
#[case::selection(&["--embedded", "--run"], "@")]
#[case::dialect(&["--embedded", "--dialect"], "")]
fn a_file_that_never_ends_is_not_read_for_ever(#[case] flags: &[&str], #[case] prefix: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status();
    assert!(made.expect("mkfifo runs").success());
    for path in ["/dev/zero", "pipe"] {
        let named = format!("{prefix}{path}");
        let output = run(folder.path(), &[&["check"], flags, &[&named]].concat(), &[]);
        assert_eq!(output.status.code(), Some(2), "{path}: {}", stderr(&output));
    }
}
