//! The secrets that the suite knows by value.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How many first bytes secrets are found by. Shorter ones are not looked for: they would stand anywhere.
const HEAD: usize = 4;

/// What a URL keeps as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Secrets and the shell variables that stand for them. A text is searched in one pass, however many there are.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Secret and variable by the first bytes of the secret, longer secrets first.
    by_head: BTreeMap<[u8; HEAD], Vec<(String, String)>>,
    variables: BTreeSet<String>,
}

impl Values {
    /// Adds a secret, also as it stands inside JSON text and URLs. One that is known already keeps its variable.
    pub(super) fn add(&mut self, secret: &str, variable: &str) {
        self.variables.insert(variable.to_owned());
        let quoted = serde_json::Value::from(secret).to_string();
        let in_json = &quoted[1..quoted.len() - 1];
        let in_url = utf8_percent_encode(secret, UNRESERVED).to_string();
        for spelling in [secret, in_json, &in_url] {
            let Some(head) = spelling.as_bytes().first_chunk::<HEAD>() else { continue };
            let bucket = self.by_head.entry(*head).or_default();
            if bucket.iter().all(|(known, _)| known != spelling) {
                let at = bucket.partition_point(|(known, _)| known.len() >= spelling.len());
                bucket.insert(at, (spelling.to_owned(), variable.to_owned()));
            }
        }
    }

    /// Whether this is one of the variables that stand for secrets.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// The text with `$VARIABLE` for every secret in it.
    pub(super) fn replace(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let (mut kept_from, mut at) = (0, 0);
        while let Some(head) = text.as_bytes()[at..].first_chunk::<HEAD>() {
            let found = self.by_head.get(head).and_then(|bucket| {
                bucket.iter().find(|(secret, _)| text.as_bytes()[at..].starts_with(secret.as_bytes()))
            });
            match found {
                Some((secret, variable)) => {
                    replaced.push_str(&text[kept_from..at]);
                    replaced.push('$');
                    replaced.push_str(variable);
                    at += secret.len();
                    kept_from = at;
                }
                None => at += 1,
            }
        }
        replaced.push_str(&text[kept_from..]);
        replaced
    }

    /// The text without the beginning of a secret at its end, which the cutting of a body can leave there.
    pub(super) fn trim_beginning(&self, text: &mut String) {
        let longest = self
            .by_head
            .values()
            .flatten()
            .filter_map(|(secret, _)| {
                let lengths = (1..secret.len()).rev().filter(|length| secret.is_char_boundary(*length));
                lengths.map(|length| &secret[..length]).find(|beginning| text.ends_with(beginning))
            })
            .map(str::len)
            .max();
        text.truncate(text.len() - longest.unwrap_or(0));
    }
}
