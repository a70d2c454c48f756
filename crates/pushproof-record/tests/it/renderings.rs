//! The renderings for other tools and for people, of records that hold every verdict.

use pushproof_record::{
    Record, exit_code,
    render::{Place, github_annotations, kinds, rendering},
};
use rstest::rstest;

use crate::{sample, snapshot::assert_snapshot};

fn render(kind: &str, path: &str, record: &Record) -> String {
    rendering(kind, path).unwrap().of(record)
}

#[rstest]
#[case::everything("everything", sample::everything())]
#[case::conformant("conformant", sample::conformant())]
#[case::unreachable("unreachable", sample::unreachable())]
#[case::unimplemented("unimplemented", sample::unimplemented())]
#[case::part("part", sample::part())]
#[case::doubtful("doubtful", sample::doubtful())]
fn reports(#[case] name: &str, #[case] record: Record) {
    let paths = [
        ("junit", "xml"),
        ("tap", "tap"),
        ("html", "html"),
        ("markdown", "md"),
        ("badge", "json"),
        ("badge", "svg"),
        ("har", "har"),
        ("ctrf", "json"),
    ];
    for (kind, ending) in paths {
        assert_snapshot(&format!("{kind}-{name}.{ending}"), &render(kind, &format!("a.{ending}"), &record));
    }
}

#[test]
fn kinds_are_found_by_name_and_ending() {
    assert_eq!(kinds(), ["json", "junit", "tap", "html", "markdown", "badge", "har", "ctrf"]);
    assert!(rendering("xunit", "a.xml").is_none());
    let record = sample::conformant();
    assert!(render("badge", "a.svg", &record).starts_with("<svg"));
    assert!(render("badge", "a.json", &record).starts_with('{'));
}

/// How many tests of a report count as failures to those who read it.
pub(crate) fn red(kind: &str, record: &Record) -> usize {
    let text = render(kind, "a", record);
    match kind {
        "junit" => text.matches("<failure").count() + text.matches("<error").count(),
        "tap" => text.lines().filter(|line| line.starts_with("not ok") && !line.contains(" # todo")).count(),
        "ctrf" => {
            let report: serde_json::Value = serde_json::from_str(&text).unwrap();
            usize::try_from(report["results"]["summary"]["failed"].as_u64().unwrap()).unwrap()
        }
        other => panic!("{other} has no tests"),
    }
}

#[rstest]
fn a_report_is_red_when_the_command_is(
    #[values(
        sample::everything(),
        sample::conformant(),
        sample::unreachable(),
        sample::unimplemented(),
        sample::part(),
        sample::doubtful()
    )]
    record: Record,
    #[values("junit", "tap", "ctrf")] kind: &str,
) {
    assert_eq!(red(kind, &record) > 0, exit_code::of(&record) != 0);
}

/// A subject whose every word is meant to break the report that it ends in.
fn hostile() -> Record {
    let text = serde_json::to_string(&sample::everything()).unwrap();
    let evil =
        "]]></x>\\n```\\n| a | <script>alert(1)</script> @all \\u001b[31m # SKIP \\u0000\\ud83d\\ude00";
    let text = text.replace("Synapse", evil).replace("was answered 200", evil).replace("$second", evil);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn hostile_words_stay_words() {
    let record = hostile();
    for (kind, path) in [("junit", "a"), ("tap", "a"), ("html", "a"), ("markdown", "a"), ("badge", "a.svg")] {
        let text = render(kind, path, &record);
        assert!(!text.contains('\u{1b}') && !text.contains('\0'), "{kind}");
    }
    let junit = render("junit", "a", &record);
    assert!(!junit.contains("<script"), "{junit}");
    // The page has a script of its own, and no other.
    let html = render("html", "a", &record);
    assert_eq!(html.matches("<script").count(), 1);
    let markdown = render("markdown", "a", &record);
    for line in markdown.lines().filter(|line| line.contains("<script")) {
        assert!(line.contains('`') || markdown.contains("````"), "{line}");
    }
    let descriptions = |line: &&str| line.starts_with("ok") || line.starts_with("not ok");
    for line in render("tap", "a", &record).lines().filter(descriptions) {
        assert!(line.matches(" # ").count() <= 1, "{line}");
    }
    assert_eq!(red("tap", &record), red("junit", &record));
}

#[test]
fn the_most_important_annotations_are_shown() {
    let find = |place: Place<'_>| match place {
        Place::Baseline(key) => {
            (key.to_string() == "server/pusher/optional:http").then(|| ("base.yaml".into(), 3))
        }
        Place::Step(source) => Some((source.path.clone(), source.line)),
    };
    assert_snapshot("github-everything", &github_annotations(&sample::everything(), &find));
    assert_snapshot("github-unreachable", &github_annotations(&sample::unreachable(), &|_| None));
    let conformant = github_annotations(&sample::conformant(), &find);
    assert!(
        conformant.starts_with("::notice title=pushproof%3A conformant (musts judged%3A 1 of 2; "),
        "{conformant}"
    );
    assert_eq!(conformant.lines().count(), 1);
    let mut many = sample::everything();
    for (number, scenario) in many.scenarios.iter_mut().enumerate() {
        for step in &mut scenario.steps {
            step.outcome.message = step.outcome.message.as_ref().map(|message| format!("{message} {number}"));
        }
    }
    let lines = github_annotations(&many, &find).lines().count();
    assert!(lines <= 10, "{lines}");
}
