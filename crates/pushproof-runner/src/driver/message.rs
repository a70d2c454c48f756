//! What a line of a driver says.

use pushproof_vocabulary::{
    driver::{NOTIFY, Notified},
    json,
};
use serde_json::Value;

use super::Finding;

/// The beginning of a line that messages show, in characters.
const SHOWN: usize = 120;

/// A message of a driver.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// The answer to a request.
    Answer {
        /// The id of the request.
        id: u64,
        /// What is answered.
        answer: Result<Value, Refusal>,
    },
    /// A notification that it tells of unasked.
    Notified(Notified),
}

/// An error as JSON-RPC has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code ([`pushproof_vocabulary::driver::code`]).
    pub code: i64,
    /// The message, for a person.
    pub message: String,
}

/// Reads a line; the JSON itself as well, for the record.
pub(super) fn read(line: &[u8]) -> Result<(Value, Message), Finding> {
    let text = String::from_utf8_lossy(line);
    let wrong = |reason: String| Finding::NoMessage { line: shown(&text), reason };
    let json = json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
    if json["jsonrpc"] != "2.0" {
        return Err(wrong("`jsonrpc` is not \"2.0\"".to_owned()));
    }
    let wrong = |reason: String| Finding::WrongMessage { line: shown(&text), reason };
    if let Some(method) = json.get("method") {
        if method != NOTIFY || json.get("id").is_some() {
            return Err(wrong(format!("a driver sends nothing unasked but `{NOTIFY}`, without an id")));
        }
        let notified =
            serde_json::from_value(json["params"].clone()).map_err(|error| wrong(error.to_string()))?;
        return Ok((json, Message::Notified(notified)));
    }
    let answer = match (json.get("result"), json.get("error")) {
        (Some(result), None) => Ok(result.clone()),
        (None, Some(error)) => match (error["code"].as_i64(), error["message"].as_str()) {
            (Some(code), Some(message)) => Err(Refusal { code, message: message.to_owned() }),
            _ => return Err(wrong("`error` needs a number `code` and a text `message`".to_owned())),
        },
        (Some(_), Some(Value::Null)) => {
            return Err(wrong("an answer with `result` has no `error`, not even null".to_owned()));
        }
        (Some(Value::Null), Some(_)) => {
            return Err(wrong("an answer with `error` has no `result`, not even null".to_owned()));
        }
        _ => return Err(wrong("an answer has either `result` or `error`".to_owned())),
    };
    let id = json["id"].as_u64().ok_or_else(|| wrong("`id` is not that of a request".to_owned()))?;
    Ok((json, Message::Answer { id, answer }))
}

/// A line as messages show it.
fn shown(text: &str) -> String {
    text.trim_end().chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::result(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, true)]
    #[case::error(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}"#, true)]
    #[case::unknown_fields(r#"{"jsonrpc":"2.0","id":1,"result":{},"later":1}"#, true)]
    #[case::notify(
        r#"{"jsonrpc":"2.0","method":"notify","params":{"room_id":"!r","effects":["sound"]}}"#,
        true
    )]
    #[case::empty("", false)]
    #[case::print("Listening on port 80", false)]
    #[case::another_version(r#"{"id":1,"result":{}}"#, false)]
    #[case::both(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#, false)]
    #[case::error_null(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, false)]
    #[case::neither(r#"{"jsonrpc":"2.0","id":1}"#, false)]
    #[case::no_id(r#"{"jsonrpc":"2.0","id":null,"result":{}}"#, false)]
    #[case::request(
        r#"{"jsonrpc":"2.0","id":1,"method":"notify","params":{"room_id":"!r","effects":[]}}"#,
        false
    )]
    #[case::other_notification(r#"{"jsonrpc":"2.0","method":"log","params":{}}"#, false)]
    #[case::unknown_effect(
        r#"{"jsonrpc":"2.0","method":"notify","params":{"room_id":"!r","effects":["smell"]}}"#,
        false
    )]
    #[case::batch("[]", false)]
    fn lines(#[case] line: &str, #[case] is_message: bool) {
        assert_eq!(read(line.as_bytes()).is_ok(), is_message, "{:?}", read(line.as_bytes()));
    }

    #[rstest]
    #[case::print("Listening on port 80", "stderr")]
    #[case::error_null(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, "driver.json")]
    fn the_hint_fits_what_is_wrong(#[case] line: &str, #[case] hint: &str) {
        let finding = read(line.as_bytes()).unwrap_err();
        assert!(finding.hint().contains(hint), "{finding}: {}", finding.hint());
    }
}
