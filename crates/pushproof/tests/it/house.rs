//! The rules of the house that neither the compiler, clippy nor cargo-deny holds. ARCHITECTURE.md says why each is one.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The crates, ground floor first, each with those that it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("pushproof-yaml", &[]),
    ("pushproof-vocabulary", &["pushproof-yaml"]),
    ("pushproof-scenario", &["pushproof-vocabulary", "pushproof-yaml"]),
    ("pushproof-record", &["pushproof-vocabulary"]),
    ("pushproof-listen", &[]),
    ("pushproof-sinks", &["pushproof-listen", "pushproof-vocabulary"]),
    ("pushproof-homeserver", &["pushproof-listen", "pushproof-vocabulary"]),
    ("pushproof-client", &["pushproof-vocabulary"]),
    (
        "pushproof-runner",
        &[
            "pushproof-record",
            "pushproof-scenario",
            "pushproof-sinks",
            "pushproof-vocabulary",
            "pushproof-yaml",
        ],
    ),
    (
        "pushproof",
        &[
            "pushproof-client",
            "pushproof-homeserver",
            "pushproof-record",
            "pushproof-runner",
            "pushproof-scenario",
            "pushproof-sinks",
            "pushproof-vocabulary",
            "pushproof-yaml",
        ],
    ),
];

/// The crates that know no network and no clock.
const PURE: &[&str] = &["pushproof-yaml", "pushproof-vocabulary", "pushproof-scenario", "pushproof-record"];

/// What a pure crate would reach the world with.
const WORLDLY_CRATES: &[&str] =
    &["tokio", "tokio-util", "futures-util", "hyper", "hyper-util", "reqwest", "rustls", "warp", "rand"];

/// Where the standard library and jiff reach network and clock.
const WORLDLY_PATHS: &[&str] = &["std::net", "SystemTime", "Instant", "Timestamp::now", "Zoned::now"];

/// What reaches stdout or stderr.
const WRITERS: &[&str] = &[
    "stdout()",
    "stderr()",
    "print!(",
    "println!(",
    "dbg!(",
    ".println(",
    "suspend(",
    "Stdio::inherit",
    "/dev/std",
    "/dev/tty",
    ".exit()",
];

/// What marks a wire name of the proposal, in any dialect.
const WIRE_NAMES: &[&str] =
    &["is_disabled", "is_paused", "is_silenced", "notification_settings", "org.matrix.msc"];

/// Marks of what is not finished. In halves, or they would be found here.
const UNFINISHED: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!"), concat!("unimpl", "emented!")];

/// What stands at the top, files whose names begin with a dot aside.
const TOP_LEVEL: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "ci",
    "clippy.toml",
    "crates",
    "deny.toml",
    "fixtures",
    "rustfmt.toml",
    "scenarios",
];

const MAX_LINES: usize = 500;

#[test]
fn crates_use_only_the_crates_below_them() {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let dependencies = dependencies();
    let unknown = dependencies.keys().filter(|name| !layers.contains_key(name.as_str()));
    let unknown = unknown.map(|name| format!("{name} is in no layer: say in LAYERS what it may use"));
    let upward = dependencies.iter().flat_map(|(name, used)| {
        let allowed = layers.get(name.as_str()).copied().unwrap_or_default();
        used.iter()
            .filter(|used| layers.contains_key(used.as_str()) && !allowed.contains(&used.as_str()))
            .map(move |used| format!("{name} uses {used}"))
    });
    none(unknown.chain(upward));
}

#[test]
fn pure_crates_reach_neither_network_nor_clock() {
    let dependencies = dependencies();
    let crates = PURE.iter().flat_map(|name| {
        let worldly = dependencies[*name].iter().filter(|used| WORLDLY_CRATES.contains(&used.as_str()));
        worldly.map(move |used| format!("{name} depends on {used}"))
    });
    let sources = PURE.iter().flat_map(|name| files(&format!("crates/{name}/src"), &["rs"]));
    none(crates.chain(sources.flat_map(|file| file.mentions(WORLDLY_PATHS))));
}

/// All that people and CI systems read passes one place, where nothing of others can steer or command them.
#[test]
fn one_place_writes_to_the_terminal() {
    let others = sources().into_iter().filter(|file| !file.path.ends_with("pushproof/src/terminal.rs"));
    // The messages of a driver are read by the suite alone.
    let others = others.filter(|file| !file.path.ends_with("pushproof/src/client_driver.rs"));
    none(others.flat_map(|file| file.mentions(WRITERS)));
}

#[test]
fn wire_names_are_spelled_in_the_vocabulary_and_the_dialects_only() {
    let sources = LAYERS
        .iter()
        .filter(|(name, _)| *name != "pushproof-vocabulary")
        .flat_map(|(name, _)| files(&format!("crates/{name}/src"), &["rs"]));
    let scenarios = files("scenarios", &["yaml"]);
    let catalogue =
        files("fixtures", &["yaml"]).into_iter().filter(|file| !file.path.starts_with("fixtures/dialects"));
    none(sources.chain(scenarios).chain(catalogue).flat_map(|file| file.mentions(WIRE_NAMES)));
}

#[test]
fn a_crate_is_named_after_its_folder() {
    let crates = metadata();
    let offences = crates.iter().filter_map(|package| {
        let (name, manifest) = (package["name"].as_str()?, package["manifest_path"].as_str()?);
        (!Path::new(manifest).ends_with(format!("crates/{name}/Cargo.toml")))
            .then(|| format!("{name} is at {manifest}"))
    });
    none(offences);
}

#[test]
fn libraries_begin_with_a_table_of_contents() {
    let offences = sources().into_iter().filter(|file| file.path.ends_with("lib.rs")).flat_map(|file| {
        let statements: String = file
            .text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with("#["))
            .collect();
        let strangers = statements.split(';').map(str::trim).filter(|statement| {
            let item = statement.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
            !statement.is_empty() && !["mod ", "use "].iter().any(|keyword| item.starts_with(keyword))
        });
        strangers.map(|statement| format!("{}: {statement}", file.path.display())).collect::<Vec<_>>()
    });
    none(offences);
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter(|file| file.text.lines().count() > MAX_LINES);
    none(long.map(|file| format!("{} has more than {MAX_LINES} lines", file.path.display())));
}

#[test]
fn nothing_is_left_unfinished() {
    let all = ["crates", "scenarios", "fixtures", "ci"].into_iter().flat_map(|folder| files(folder, &[]));
    none(all.flat_map(|file| file.mentions(UNFINISHED)));
}

#[test]
fn the_changelog_tells_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let changelog = fs::read_to_string(top().join("CHANGELOG.md")).expect("there is a changelog");
    let told = [format!("## [{version}]"), format!("To become {version}.")];
    let found = changelog.lines().any(|line| told.iter().any(|told| line.starts_with(told)));
    assert!(found, "CHANGELOG.md has neither `{}` nor `{}`", told[0], told[1]);
}

#[test]
fn nothing_else_stands_at_the_top() {
    let tracked =
        output(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]));
    let mut names: Vec<_> = tracked.lines().filter_map(|path| path.split('/').next()).collect();
    names.dedup();
    let strangers = names.into_iter().filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name));
    none(strangers.map(|name| format!("{name} is none of the top-level entries")));
}

/// Fails with all offences, one a line.
fn none(offences: impl Iterator<Item = String>) {
    let offences: Vec<_> = offences.collect();
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

/// A text file of the project.
struct File {
    /// The path from the top.
    path: PathBuf,
    text: String,
}

impl File {
    /// The lines that contain any of these words.
    fn mentions(&self, words: &[&str]) -> Vec<String> {
        let at = |(number, line): (usize, &str)| {
            format!("{}:{}: {}", self.path.display(), number + 1, line.trim())
        };
        let told = |line: &str| words.iter().any(|word| line.contains(word));
        self.text.lines().enumerate().filter(|(_, line)| told(line)).map(at).collect()
    }
}

/// All files with one of these endings below a folder, any ending if there is none. Installed subjects, which stand in
/// hidden folders and in `node_modules`, are left out.
fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![top().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a folder is read").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "node_modules" {
                folders.push(path);
            } else if path.is_file()
                && (endings.is_empty()
                    || endings.iter().any(|ending| path.extension().is_some_and(|e| e == *ending)))
            {
                let text = String::from_utf8_lossy(&fs::read(&path).expect("a file of the project is read"))
                    .into_owned();
                found.push(File {
                    path: path.strip_prefix(top()).expect("it was found below the top").to_owned(),
                    text,
                });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no such files: nothing would be looked at");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The Rust sources of all crates.
fn sources() -> Vec<File> {
    LAYERS.iter().flat_map(|(name, _)| files(&format!("crates/{name}/src"), &["rs"])).collect()
}

/// The direct dependencies of each crate of the workspace, those of its tests and its build script included.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let names = |package: &Value| {
        let used = package["dependencies"].as_array().expect("cargo lists dependencies").iter();
        let used = used
            .map(|dependency| dependency["name"].as_str().expect("cargo names dependencies").to_owned())
            .collect();
        (package["name"].as_str().expect("cargo names packages").to_owned(), used)
    };
    metadata().iter().map(names).collect()
}

/// What cargo knows of the crates of the workspace.
fn metadata() -> Vec<Value> {
    let text = output(Command::new(env!("CARGO")).args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]));
    let metadata: Value = serde_json::from_str(&text).expect("cargo writes JSON");
    metadata["packages"].as_array().expect("cargo lists packages").clone()
}

fn output(command: &mut Command) -> String {
    let output = command.current_dir(top()).output().expect("cargo and git can be run");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo and git write UTF-8")
}

fn top() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).expect("this crate is in a folder below the top")
}
