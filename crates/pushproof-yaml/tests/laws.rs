//! What holds for any text.

use proptest::prelude::*;
use pushproof_yaml::{MAX_SOURCE_BYTES, Node, Style, Value, parse};
use rstest::rstest;

/// Any JSON but numbers that a float does not hold exactly.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        "[ -~äöü€\u{1f600}\n\t]{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[ -~]{0,8}", inner, 0..6).prop_map(|entries| {
                serde_json::Value::Object(entries.into_iter().filter(|(key, _)| key != "<<").collect())
            }),
        ]
    })
}

/// Text that looks like YAML more often than chance has it.
fn almost_yaml() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,4}",
        "[ \t\n]{1,3}",
        "[-:?,#&*!|>'\"%@`{}\\[\\]~.]",
        Just(": ".to_owned()),
        Just("\n- ".to_owned()),
        Just("---\n".to_owned()),
        Just("$case.x".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_or_the_diagnostic_panic(text in almost_yaml()) {
        if let Err(diagnostic) = parse(&text) {
            let rendered = diagnostic.render("x.yaml", &text, Style::Plain);
            prop_assert!(rendered.starts_with("error: "), "{rendered}");
            prop_assert!(diagnostic.span.line >= 1 && diagnostic.span.column >= 1 && diagnostic.span.len >= 1);
        }
    }

    #[test]
    fn json_is_read_as_itself(value in json()) {
        let text = value.to_string();
        prop_assert_eq!(parse(&text).map(|node| node.to_json()), Ok(value.clone()));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(parse(&pretty).map(|node| node.to_json()), Ok(value));
    }

    #[test]
    fn every_word_stands_where_its_span_says(words in prop::collection::vec("[a-m]{3,6}", 1..8), indent in 0usize..4) {
        let blanks = " ".repeat(indent);
        let lines: Vec<_> = words.iter().map(|word| format!("{blanks}- é{word}\n")).collect();
        let text = lines.concat();
        let Value::Sequence(items) = parse(&text).unwrap().value else { panic!("a list") };
        for (line, Node { span, value }) in text.lines().zip(&items) {
            let found: String = line.chars().skip(span.column - 1).take(span.len).collect();
            prop_assert_eq!(&Value::String(found), value);
        }
    }
}

#[rstest]
#[case::list_in_list("[", "]")]
#[case::mapping_in_mapping("{a: ", "}")]
fn nesting_is_bounded(#[case] open: &str, #[case] close: &str) {
    let nested = |depth: usize| open.repeat(depth) + "x" + &close.repeat(depth);
    assert!(parse(&nested(60)).is_ok());
    for depth in [70, 100_000] {
        let message = parse(&nested(depth)).unwrap_err().message;
        assert!(message.contains("nest"), "{depth}: {message}");
    }
}

#[test]
fn size_is_bounded() {
    let line = "- some text that fills the file\n";
    let fits = line.repeat(MAX_SOURCE_BYTES / line.len());
    assert!(parse(&fits).is_ok());
    assert_eq!(parse(&(fits + line)).unwrap_err().message, "the file is larger than 1 MiB");
}

/// A hundred thousand keys are compared with each other in no noticeable time.
#[test]
fn many_keys_are_read() {
    let lines: Vec<_> = (0..100_000).map(|i| format!("k{i}: 1\n")).collect();
    assert_eq!(parse(&lines.concat()).unwrap().entries().len(), 100_000);
}
