//! A request as a line for a shell, so that a finding can be reproduced by hand.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

use percent_encoding::percent_decode_str;
use regex::Regex;

use crate::{Body, Content, Exchange, HttpRequest};

/// The `curl` command that sends the request of an exchange again. Secrets are shell variables, as in all evidence:
/// `$ALICE_PHONE_TOKEN`. What else looks like one, as a subject may have it, is text to the shell. A body that was cut is
/// left out, for no shell can know the rest.
#[must_use]
pub fn curl(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let quote = |text: &str| quote(text, &exchange.variables);
    let mut words = vec!["curl".to_owned()];
    match (request.method.as_str(), &request.body) {
        ("GET", None) => {}
        ("HEAD", _) => words.push("--head".to_owned()),
        (method, _) => words.extend(["-X".to_owned(), quote(method)]),
    }
    // Without these, curl takes the first for ranges and shortens the second.
    if request.url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    if request.url.contains("/.") {
        words.push("--path-as-is".to_owned());
    }
    words.push(quote(&request.url));

    let has_token = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = exchange.token_variable.as_ref().filter(|_| !has_token);
    let bearer = token.map(|variable| {
        self::quote(&format!("Authorization: Bearer ${variable}"), std::slice::from_ref(variable))
    });
    let others = request.headers.iter().map(|(name, value)| quote(&format!("{name}: {value}")));
    for header in bearer.into_iter().chain(others) {
        words.extend(["-H".to_owned(), header]);
    }
    if let Some(text) = request.body.as_ref().and_then(whole) {
        // Not --data, which would take a body that begins with @ for the name of a file.
        words.extend(["--data-raw".to_owned(), quote(&text)]);
    }
    words.join(" ")
}

fn whole(body: &Body) -> Option<String> {
    match &body.content {
        Content::Json(value) => Some(value.to_string()),
        Content::Text(text) => (!body.is_cut()).then(|| text.clone()),
    }
}

/// The names of what looks like a variable in any part of a request, as it is written and as it is meant.
pub(crate) fn names(request: &HttpRequest) -> BTreeSet<String> {
    let decoded = percent_decode_str(&request.url).decode_utf8_lossy();
    let body = request.body.as_ref().map(|body| match &body.content {
        Content::Json(value) => value.to_string(),
        Content::Text(text) => text.clone(),
    });
    let headers = request.headers.iter().map(|(_, value)| value.as_str());
    let texts = [request.url.as_str(), &decoded].into_iter().chain(headers).chain(body.as_deref());
    texts.flat_map(|text| variables(text).map(|found| text[found.start + 1..found.end].to_owned())).collect()
}

/// One word for a POSIX shell. Everything in it is taken literally, but for these variables, which stand for secrets.
fn quote(text: &str, secrets: &[String]) -> String {
    let mut quoted = String::new();
    let mut literal_from = 0;
    let is_secret =
        |found: &Range<usize>| secrets.iter().any(|name| *name == text[found.start + 1..found.end]);
    for variable in variables(text).filter(is_secret) {
        push_literal(&mut quoted, &text[literal_from..variable.start]);
        quoted.push('"');
        quoted.push_str(&text[variable.clone()]);
        quoted.push('"');
        literal_from = variable.end;
    }
    push_literal(&mut quoted, &text[literal_from..]);
    if quoted.is_empty() { "''".to_owned() } else { quoted }
}

/// Where something stands that looks like a variable.
fn variables(text: &str) -> impl Iterator<Item = Range<usize>> {
    static VARIABLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\$[A-Z][A-Z0-9_]*\b").expect("a test compiles the pattern"));
    VARIABLE.find_iter(text).map(|found| found.range())
}

fn push_literal(quoted: &mut String, text: &str) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if text.chars().all(is_plain) {
        quoted.push_str(text);
    } else {
        quoted.push('\'');
        quoted.push_str(&text.replace('\'', r"'\''"));
        quoted.push('\'');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn exchange(method: &str, url: &str, body: Option<&str>) -> Exchange {
        Exchange {
            at_ms: 0,
            duration_ms: 0,
            actor: Some("alice.phone".into()),
            token_variable: Some("ALICE_PHONE_TOKEN".into()),
            variables: vec!["TOKEN".into()],
            request: HttpRequest {
                method: method.into(),
                url: url.into(),
                headers: Vec::new(),
                body: body.map(|text| Body::new(text.as_bytes())),
            },
            response: None,
            error: None,
            repeats: 1,
        }
    }

    const TOKEN: &str = r#"-H 'Authorization: Bearer '"$ALICE_PHONE_TOKEN""#;

    #[rstest]
    #[case::get("GET", "http://hs/a", None, format!("curl http://hs/a {TOKEN}"))]
    #[case::post(
        "POST", "http://hs/a", Some(r#"{"it's": 1}"#),
        format!(r#"curl -X POST http://hs/a {TOKEN} --data-raw '{{"it'\''s":1}}'"#)
    )]
    #[case::query("GET", "http://hs/a?b=c&d", None, format!("curl 'http://hs/a?b=c&d' {TOKEN}"))]
    #[case::secret_in_query("GET", "http://hs/a?t=$TOKEN", None, format!(r#"curl 'http://hs/a?t='"$TOKEN" {TOKEN}"#))]
    #[case::brackets("GET", "http://[::1]/a", None, format!("curl --globoff 'http://[::1]/a' {TOKEN}"))]
    #[case::dots("DELETE", "http://hs/a/..", None, format!("curl -X DELETE --path-as-is http://hs/a/.. {TOKEN}"))]
    #[case::look_alikes(
        "PUT", "http://hs/$HOME/$(id)/`id`", Some("$ALICE_PHONE_TOKEN $PATH"),
        format!("curl -X PUT 'http://hs/$HOME/$(id)/`id`' {TOKEN} --data-raw '$ALICE_PHONE_TOKEN $PATH'")
    )]
    #[case::event_id("GET", "http://hs/$AB-c", None, format!("curl 'http://hs/$AB-c' {TOKEN}"))]
    fn requests_as_shell_lines(
        #[case] method: &str,
        #[case] url: &str,
        #[case] body: Option<&str>,
        #[case] line: String,
    ) {
        assert_eq!(curl(&exchange(method, url, body)), line);
    }

    #[test]
    fn a_record_cannot_name_a_variable_that_is_none() {
        let mut exchange = exchange("GET", "http://hs/a", None);
        exchange.token_variable = Some("A\"; id; \"$(id)".into());
        assert_eq!(curl(&exchange), r#"curl http://hs/a -H 'Authorization: Bearer $A"; id; "$(id)'"#);
    }

    #[test]
    fn the_token_is_given_once() {
        let mut exchange = exchange("GET", "http://hs/a", None);
        exchange.request.headers = vec![("authorization".to_owned(), "Bearer $ALICE_PHONE_TOKEN".to_owned())];
        assert_eq!(curl(&exchange).matches("$ALICE_PHONE_TOKEN").count(), 1);
    }

    #[test]
    fn half_a_body_is_not_sent() {
        let exchange = exchange("PUT", "http://hs/a", Some(&"x".repeat(70_000)));
        assert!(!curl(&exchange).contains("--data-raw"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[cfg(unix)]
        #[test]
        fn a_shell_reads_back_what_was_quoted(text in r#"([ -~\n\té]|\$SECRET|\$|'|"|\\){0,20}"#) {
            let script = format!("printf %s {}", quote(&text, &["SECRET".to_owned()]));
            let shell = std::process::Command::new("sh")
                .args(["-c", &script])
                .env_clear()
                .env("SECRET", "$SECRET")
                .output()
                .unwrap();
            prop_assert!(shell.status.success());
            // Whatever else looks like a variable is text.
            prop_assert_eq!(String::from_utf8(shell.stdout).unwrap(), text);
        }
    }
}
