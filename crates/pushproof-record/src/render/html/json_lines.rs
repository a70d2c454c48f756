//! JSON in lines, those marked at which an answer differs from what was expected.

use serde_json::Value;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What stands in it.
    pub(super) text: String,
    /// Whether it is the place that was judged.
    pub(super) marked: bool,
}

/// The lines of a value; those at `pointer` are marked.
pub(super) fn lines(value: &Value, pointer: Option<&str>) -> Vec<Line> {
    let mut writer = Writer { lines: Vec::new(), pointer };
    writer.write(value, &mut String::new(), 0, "", "");
    writer.lines
}

/// Where in a body a pointer leads that may be relative to a part of it, as to one pusher of a list: the place whose
/// pointer ends like it and that has the value which was found. Where the value is missing, the place is its parent.
pub(super) fn place(body: &Value, pointer: &str, actual: Option<&Value>) -> Option<String> {
    let Some(actual) = actual else {
        let (parent, _) = pointer.rsplit_once('/')?;
        return body
            .pointer(pointer)
            .is_none()
            .then(|| parent.to_owned())
            .filter(|p| body.pointer(p).is_some());
    };
    if body.pointer(pointer) == Some(actual) {
        return Some(pointer.to_owned());
    }
    let mut places = Vec::new();
    collect(body, &mut String::new(), &mut |at, value| {
        if value.pointer(pointer) == Some(actual) {
            places.push(format!("{at}{pointer}"));
        }
    });
    places.into_iter().next()
}

/// Calls for every value within a value, with its pointer.
fn collect(value: &Value, at: &mut String, visit: &mut impl FnMut(&str, &Value)) {
    visit(at, value);
    let length = at.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.extend(["/", &index.to_string()]);
                collect(item, at, visit);
                at.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                at.push_str(&token(key));
                collect(field, at, visit);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

/// A key as a part of a pointer.
fn token(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

struct Writer<'a> {
    lines: Vec<Line>,
    pointer: Option<&'a str>,
}

impl Writer<'_> {
    /// Writes a value that stands behind `before` and is followed by `after`.
    fn write(&mut self, value: &Value, at: &mut String, indent: usize, before: &str, after: &str) {
        let length = at.len();
        match value {
            Value::Array(items) if !items.is_empty() => {
                self.push(at, indent, &format!("{before}["));
                for (index, item) in items.iter().enumerate() {
                    at.extend(["/", &index.to_string()]);
                    let comma = if index + 1 < items.len() { "," } else { "" };
                    self.write(item, at, indent + 1, "", comma);
                    at.truncate(length);
                }
                self.push(at, indent, &format!("]{after}"));
            }
            Value::Object(fields) if !fields.is_empty() => {
                self.push(at, indent, &format!("{before}{{"));
                for (index, (key, field)) in fields.iter().enumerate() {
                    at.push_str(&token(key));
                    let comma = if index + 1 < fields.len() { "," } else { "" };
                    let name = format!("{}: ", Value::from(key.as_str()));
                    self.write(field, at, indent + 1, &name, comma);
                    at.truncate(length);
                }
                self.push(at, indent, &format!("}}{after}"));
            }
            flat => self.push(at, indent, &format!("{before}{flat}{after}")),
        }
    }

    fn push(&mut self, at: &str, indent: usize, text: &str) {
        let marked = self.pointer.is_some_and(|pointer| {
            at == pointer || at.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/'))
        });
        self.lines.push(Line { text: format!("{:width$}{text}", "", width = 2 * indent), marked });
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn body() -> Value {
        json!({ "pushers": [{ "a/b": true, "c": [] }, { "a/b": false, "d": { "e": null } }] })
    }

    #[test]
    fn lines_are_those_of_serde() {
        let text: Vec<String> = lines(&body(), None).into_iter().map(|line| line.text).collect();
        assert_eq!(text.join("\n"), format!("{:#}", body()));
    }

    #[rstest]
    #[case::whole("", 14)]
    #[case::leaf("/pushers/1/a~1b", 1)]
    #[case::object("/pushers/1/d", 3)]
    #[case::beginning_of_a_key("/push", 0)]
    fn the_place_is_marked(#[case] pointer: &str, #[case] count: usize) {
        assert_eq!(lines(&body(), Some(pointer)).iter().filter(|line| line.marked).count(), count);
    }

    #[rstest]
    #[case::absolute("/pushers/0/a~1b", Some(json!(true)), Some("/pushers/0/a~1b"))]
    #[case::relative("/a~1b", Some(json!(false)), Some("/pushers/1/a~1b"))]
    #[case::missing("/pushers/0/x", None, Some("/pushers/0"))]
    #[case::nowhere("/a~1b", Some(json!(3)), None)]
    fn places(#[case] pointer: &str, #[case] actual: Option<Value>, #[case] found: Option<&str>) {
        assert_eq!(place(&body(), pointer, actual.as_ref()).as_deref(), found);
    }
}
