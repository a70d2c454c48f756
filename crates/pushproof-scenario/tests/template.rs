//! Templates: text with placeholders.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pushproof_scenario::{Placeholder, Resolve, Template, Unresolved};
use rstest::rstest;

/// Placeholders by how they are written, without the braces.
struct Values(BTreeMap<&'static str, &'static str>);

impl Resolve for Values {
    fn resolve(&self, placeholder: &Placeholder) -> Result<String, Unresolved> {
        let written = placeholder.to_string();
        let value = self.0.get(written.trim_matches(['{', '}']));
        value.map(|value| (*value).to_owned()).ok_or_else(|| Unresolved::new(placeholder))
    }
}

fn values() -> Values {
    Values(BTreeMap::from([
        ("alice", "@alice:example.org"),
        ("alice.phone", "Gerät/1 %2F.-_~"),
        ("localpart:alice", "alice"),
        ("password:alice", "secret"),
        ("settings:alice.phone", "m.x.PHONE"),
        ("room:den", "!den:example.org"),
        ("event:first", "$first"),
        ("app:main", "org.example"),
        ("pushkey:main", "a+b="),
        ("capture:token", "{alice}"),
        ("unique", "u1"),
    ]))
}

#[rstest]
#[case::no_placeholder("/pushers", "/pushers", "/pushers")]
#[case::user("/user/{alice}/x", "/user/@alice:example.org/x", "/user/%40alice%3Aexample.org/x")]
#[case::device("{alice.phone}", "Gerät/1 %2F.-_~", "Ger%C3%A4t%2F1%20%252F.-_~")]
#[case::localpart("{localpart:alice}", "alice", "alice")]
#[case::password("{password:alice}", "secret", "secret")]
#[case::settings("{settings:alice.phone}", "m.x.PHONE", "m.x.PHONE")]
#[case::room("{room:den}", "!den:example.org", "%21den%3Aexample.org")]
#[case::event("{event:first}", "$first", "%24first")]
#[case::pusher("{app:main}/{pushkey:main}", "org.example/a+b=", "org.example/a%2Bb%3D")]
#[case::a_value_is_no_template("{capture:token}", "{alice}", "%7Balice%7D")]
#[case::beside_each_other("{unique}{unique}", "u1u1", "u1u1")]
#[case::braces("{{alice}} {{{unique}}}", "{alice} {u1}", "{alice} {u1}")]
#[case::text_stays_as_it_is("/ä b?c", "/ä b?c", "/ä b?c")]
fn a_template_is_rendered(#[case] text: &str, #[case] plain: &str, #[case] path: &str) {
    let template = Template::parse(text).expect("it is one");
    assert_eq!(template.render(&values()).as_deref(), Ok(plain));
    assert_eq!(template.render_path(&values()).as_deref(), Ok(path));
}

#[rstest]
#[case("{", "this text has a `{` without its `}`")]
#[case("a}", "this text has a `}` without its `{`")]
#[case("{{a}", "this text has a `}` without its `{`")]
#[case("{}", "in `{}`: `` is no name of a person: write lower-case letters, such as `alice`")]
#[case("{Alice}", "in `{Alice}`: `Alice` is no name of a person: write lower-case letters, such as `alice`")]
#[case("{alice.}", "in `{alice.}`: `alice.` is no device: write person and device, such as `alice.phone`")]
#[case("{setting:alice.phone}", "unknown placeholder `{setting:alice.phone}`")]
fn bad_templates_are_refused(#[case] text: &str, #[case] message: &str) {
    assert_eq!(Template::parse(text).expect_err("it is none").to_string(), message);
}

#[test]
fn a_placeholder_without_value_is_named() {
    let template = Template::parse("/x/{room:attic}").expect("it is one");
    let error = template.render(&values()).expect_err("there is no attic");
    assert_eq!(error.to_string(), "`{room:attic}` has no value: no step that ran has made it");
}

#[test]
fn passwords_are_secret() {
    let secret: Vec<bool> = Template::parse("{password:alice}{alice}")
        .expect("it is one")
        .placeholders()
        .map(Placeholder::is_secret)
        .collect();
    assert_eq!(secret, [true, false]);
}

proptest! {
    #[test]
    fn any_text_can_be_written_as_a_template(text in "\\PC{0,30}") {
        let written = text.replace('{', "{{").replace('}', "}}");
        let template = Template::parse(&written).unwrap();
        prop_assert_eq!(template.render(&values()).unwrap(), text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z{}:.\\PC]{0,30}") {
        let _ = Template::parse(&text);
    }

    #[test]
    fn a_placeholder_is_read_as_it_is_shown(text in "(localpart:|password:|settings:|room:|event:|app:|pushkey:|capture:)?[a-z]{1,4}(\\.[a-z]{1,4})?") {
        if let Ok(placeholder) = text.parse::<Placeholder>() {
            prop_assert_eq!(placeholder.to_string(), format!("{{{text}}}"));
        }
    }
}
