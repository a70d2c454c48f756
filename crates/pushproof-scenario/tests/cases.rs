//! Cases: what stands where a variable stood, and which line tells of it.

use pushproof_scenario::{Scenario, StepKind};
use rstest::rstest;

fn parse(text: &str) -> Scenario {
    Scenario::parse("server/x", "x.yaml", text).expect("the scenario is right")
}

const TABLE: &str = r#"title: Settings are kept ({case.what})
actors: { alice: [phone, laptop] }
cases:
  one-step:
    what: one step
    by: alice.phone
    content: { a: [1, 2] }
    more: { sync: { by: alice.laptop } }
  two-steps:
    what: 2
    by: alice.laptop
    content: null
    more:
      - sync: { by: alice.phone }
      - at_once: [sync: { by: alice.phone }, sync: { by: alice.laptop }]
  no-step:
    what: "{alice}"
    by: alice.phone
    content: "$$literal"
    more: []
steps:
  - sync: { by: $case.by }
  - $case.more
  - request:
      method: PUT
      path: "/{{case.by}}/{case.what}/{alice}"
      body: { content: $case.content, "key of {case.by}": 1 }
"#;

#[test]
fn a_case_is_the_scenario_with_its_variables() {
    let scenario = parse(TABLE);
    let told: Vec<String> = scenario
        .cases
        .iter()
        .map(|case| {
            let steps: Vec<String> = case
                .steps
                .iter()
                .map(|step| match &step.kind {
                    StepKind::Sync(sync) => format!("{} sync {}", step.span, sync.by.value),
                    StepKind::AtOnce(steps) => format!("{} at once {}", step.span, steps.len()),
                    StepKind::Request(request) => {
                        let body = request.body.as_ref().expect("it has one");
                        format!("{} request {} {}", step.span, request.path.value, body.to_json())
                    }
                    _ => unreachable!("there is no other"),
                })
                .collect();
            let name = case.name.as_ref().expect("it has one");
            format!("{name} ({}), {}:\n  {}", case.span, case.title, steps.join("\n  "))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    one-step (4:3), Settings are kept (one step):
      22:5 sync alice.phone
      8:13 sync alice.laptop
      24:5 request /{{case.by}}/one step/{alice} {"content":{"a":[1,2]},"key of alice.phone":1}
    two-steps (9:3), Settings are kept (2):
      22:5 sync alice.laptop
      14:9 sync alice.phone
      15:9 at once 2
      24:5 request /{{case.by}}/2/{alice} {"content":null,"key of alice.laptop":1}
    no-step (16:3), Settings are kept ({alice}):
      22:5 sync alice.phone
      24:5 request /{{case.by}}/{alice}/{alice} {"content":"$$literal","key of alice.phone":1}
    "#);
}

#[test]
fn a_file_without_cases_has_one_that_stands_at_the_title() {
    let scenario =
        parse("# why\ntitle: x {{y}}\nactors: { alice: [phone] }\nsteps: [sync: { by: alice.phone }]\n");
    assert_eq!(scenario.cases.len(), 1);
    assert_eq!(scenario.cases[0].name, None);
    assert_eq!(scenario.cases[0].span.line, 2);
    assert_eq!(scenario.accounts(), 1);
    assert_eq!(scenario.line(2), "title: x {{y}}");
}

#[rstest]
#[case("server/pusher/state-optional.yaml", Some("server/pusher/state-optional"))]
#[case("mine.yaml", Some("mine"))]
#[case("mine.yml", None)]
#[case("Mine.yaml", None)]
#[case("my scenario.yaml", None)]
#[case("a//b.yaml", None)]
#[case("a/../b.yaml", None)]
#[case(".yaml", None)]
fn an_id_is_a_path_of_names(#[case] path: &str, #[case] id: Option<&str>) {
    assert_eq!(Scenario::id_of(path.into()).as_deref(), id);
}
