//! What authors get wrong in YAML, and what they are told.

use std::fmt::Write as _;

use pushproof_yaml::{Node, Spanned, Style, from_str};
use serde::Deserialize;

/// What the mistakes are made in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code)]
struct Menu {
    dish: Spanned<String>,
    #[serde(default)]
    price: Option<u8>,
    #[serde(default)]
    hot: bool,
    #[serde(default)]
    course: Option<Course>,
    #[serde(default)]
    with: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    note: Option<Node>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code)]
enum Course {
    First,
    Main,
    Other { name: String },
    Nth(u8),
}

const MISTAKES: &[(&str, &str)] = &[
    // What YAML would silently turn into something else.
    ("room id without quotes", "dish: !room:server\n"),
    ("room id without quotes in a flow mapping", "note: { room: !den:server }\n"),
    ("alias without quotes", "dish: #alias:server\n"),
    ("alias without quotes in a list", "dish: soup\nwith:\n  - #alias:server\n"),
    ("no", "dish: no\n"),
    ("Yes", "dish: Yes\n"),
    ("off as a key", "note: { off: 1 }\n"),
    ("tilde", "dish: ~\n"),
    ("True", "hot: True\n"),
    ("leading zero", "dish: 012\n"),
    ("hexadecimal", "price: 0x1F\n"),
    ("octal", "price: 0o17\n"),
    ("underscores", "price: 1_000\n"),
    ("sexagesimal", "dish: 12:30:45\n"),
    ("infinity", "price: .inf\n"),
    ("half a number", "price: 1.\n"),
    ("template without quotes", "dish: {alice}\n"),
    ("template without quotes in a flow mapping", "note: { who: {alice} }\n"),
    ("template without quotes, then text", "note: { path: {alice}/devices }\n"),
    ("user id without quotes", "dish: @alice:server\n"),
    ("percent sign at the beginning", "dish: %2F\n"),
    ("backtick", "dish: `soup`\n"),
    ("asterisk", "dish: *\n"),
    ("anchor", "dish: &soup soup\n"),
    ("alias of YAML", "with: [&soup soup]\nnote: *soup\n"),
    ("merge key", "note: { <<: { a: 1 } }\n"),
    ("tag", "dish: !!str 12\n"),
    ("colon in text", "dish: soup: tomato\n"),
    // Layout.
    ("tab as indentation", "note:\n\ta: 1\n"),
    ("indentation that does not fit", "note:\n    a: 1\n  b: 2\n"),
    ("list and mapping mixed", "with:\n  - soup\n  bread: 1\n"),
    ("no blank after the colon", "dish:soup\n"),
    ("carriage return alone", "dish: soup\nnote: a\rhot: true\r\n"),
    ("quote that is not closed", "dish: \"soup\n"),
    ("bracket that is not closed", "with: [soup, bread\n"),
    ("brace that is not closed", "note: { a: 1\nhot: true\n"),
    ("unknown escape", "dish: \"so\\up\"\n"),
    // Documents.
    ("empty file", ""),
    ("nothing but comments", "# soup\n# bread\n"),
    ("nothing but a document start", "---\n"),
    ("two documents", "dish: soup\n---\ndish: bread\n"),
    ("text after the end", "dish: soup\n...\nbread\n"),
    ("a list", "- dish: soup\n"),
    ("text alone", "soup\n"),
    // Mappings.
    ("the same key twice", "dish: soup\nhot: true\ndish: bread\n"),
    ("no value", "dish: soup\nprice:\nhot: true\n"),
    ("no value at the end", "dish: soup\nprice:"),
    ("no value in a flow mapping", "note: { a, b: 1 }\n"),
    ("number as a key", "note: { 1: a }\n"),
    ("list as a key", "note: { [a]: b }\n"),
    ("explicit key", "? dish\n: soup\n? [a]\n"),
    // Types.
    ("unknown field, misspelt", "dish: soup\nprize: 3\n"),
    ("unknown field, unlike any", "dish: soup\nwaiter: bob\n"),
    ("missing field", "price: 3\n"),
    ("text for a number", "dish: soup\nprice: cheap\n"),
    ("number for text", "dish: 12\n"),
    ("number out of range", "dish: soup\nprice: 300\n"),
    ("negative number", "dish: soup\nprice: -1\n"),
    ("fraction", "dish: soup\nprice: 1.5\n"),
    ("text for a boolean", "dish: soup\nhot: \"true\"\n"),
    ("null for a boolean", "dish: soup\nhot: null\n"),
    ("null for text", "dish: null\n"),
    ("text for a list", "dish: soup\nwith: bread\n"),
    ("mapping for a list", "dish: soup\nwith: { bread: 1 }\n"),
    ("list for text", "dish: [soup]\n"),
    ("mapping for text", "dish: { of: soup }\n"),
    ("number in a list of text", "dish: soup\nwith: [bread, 12]\n"),
    ("unknown name, misspelt", "dish: soup\ncourse: frist\n"),
    ("unknown name, unlike any", "dish: soup\ncourse: dessert\n"),
    ("name that takes a value, without", "dish: soup\ncourse: nth\n"),
    ("name that takes no value, with", "dish: soup\ncourse: { first: 1 }\n"),
    ("name with the wrong value", "dish: soup\ncourse: { nth: last }\n"),
    ("name with an incomplete value", "dish: soup\ncourse: { other: {} }\n"),
    ("two names", "dish: soup\ncourse: { nth: 1, other: { name: x } }\n"),
    ("number for a name", "dish: soup\ncourse: 1\n"),
    ("list for a name", "dish: soup\ncourse: [first]\n"),
];

#[test]
fn every_mistake_is_told_where_it_stands() {
    let mut document = String::new();
    for (name, yaml) in MISTAKES {
        let told = match from_str::<Menu>(yaml) {
            Ok(read) => format!("read as {read:?}"),
            Err(diagnostic) => diagnostic.render("menu.yaml", yaml, Style::Plain),
        };
        let _ = write!(document, "## {name}\n\n{}\n\n", told.trim_end());
    }
    insta::assert_snapshot!(document);
}
