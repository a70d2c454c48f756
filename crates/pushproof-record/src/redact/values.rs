//! The secrets that the suite knows by value.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{escapes, spellings::spellings};

/// How many first bytes secrets are found by. Shorter ones are not looked for: they would stand anywhere.
pub(super) const HEAD: usize = 4;

/// What stands where a text was cut.
const CUT: char = '…';

/// Secrets and the shell variables that stand for them. A text is searched in one pass, however many there are.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// What is looked for, by its first bytes; what is longer comes first.
    by_head: BTreeMap<[u8; HEAD], Vec<Known>>,
    /// Of each two bytes, whether a secret begins with them: nearly every place of a text is passed over at once.
    beginnings: Vec<bool>,
    variables: BTreeSet<String>,
    /// Texts in which nothing is a secret, a line each.
    spared: String,
}

/// A spelling of a secret.
#[derive(Debug)]
struct Known {
    text: String,
    /// The shell variable that stands for it.
    variable: String,
    /// Whether the variable is only that of the field in which the secret was seen.
    is_learnt: bool,
}

impl Values {
    /// Adds a secret, also as it stands inside Base64 and hexadecimal. One that is known already keeps its variable.
    pub(super) fn add(&mut self, secret: &str, variable: &str) {
        self.insert(secret, variable, false);
    }

    /// Adds a secret that nobody has named; whoever does gives it its variable.
    pub(super) fn learn(&mut self, secret: &str, variable: &str) {
        self.insert(secret, variable, true);
    }

    fn insert(&mut self, secret: &str, variable: &str, is_learnt: bool) {
        self.variables.insert(variable.to_owned());
        if secret.len() < HEAD || self.spared.contains(secret) {
            return;
        }
        self.beginnings.resize(1 << 16, false);
        for spelling in spellings(secret) {
            let Some(head) = spelling.as_bytes().first_chunk::<HEAD>() else { continue };
            self.beginnings[usize::from(u16::from_be_bytes([head[0], head[1]]))] = true;
            let bucket = self.by_head.entry(*head).or_default();
            match bucket.iter_mut().find(|known| known.text == spelling) {
                Some(known) if known.is_learnt && !is_learnt => {
                    variable.clone_into(&mut known.variable);
                    known.is_learnt = false;
                }
                Some(_) => {}
                None => {
                    let at = bucket.partition_point(|known| known.text.len() >= spelling.len());
                    let known = Known { text: spelling, variable: variable.to_owned(), is_learnt };
                    bucket.insert(at, known);
                }
            }
        }
    }

    /// Nothing that stands in these texts is looked for, also if it was added before.
    pub(super) fn spare<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        self.spared.extend(texts.into_iter().flat_map(|text| [text, "\n"]));
        self.by_head
            .values_mut()
            .for_each(|bucket| bucket.retain(|known| !self.spared.contains(&known.text)));
    }

    /// Whether this is one of the variables that stand for secrets.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// The text with `$VARIABLE` for every secret in it, however it is escaped.
    pub(super) fn replace(&self, text: &str) -> String {
        if self.by_head.is_empty() {
            return text.to_owned();
        }
        let mut found = escapes::look_through(text, &|bytes| self.find(bytes));
        // What begins at the same place: the longest.
        found.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
        let mut replaced = String::with_capacity(text.len());
        let mut kept_from = 0;
        for (range, variable) in found {
            if range.start >= kept_from {
                replaced.push_str(&text[kept_from..range.start]);
                replaced.push('$');
                replaced.push_str(variable);
            }
            kept_from = kept_from.max(range.end);
        }
        replaced.push_str(&text[kept_from..]);
        self.without_halves(replaced)
    }

    /// Where secrets stand, from left to right, the longest first.
    fn find(&self, text: &[u8]) -> Vec<(Range<usize>, &str)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(head) = text[at..].first_chunk::<HEAD>() {
            let may_begin = self.beginnings[usize::from(u16::from_be_bytes([head[0], head[1]]))];
            let bucket = if may_begin { self.by_head.get(head) } else { None };
            let secret = bucket
                .and_then(|bucket| bucket.iter().find(|known| text[at..].starts_with(known.text.as_bytes())));
            match secret {
                Some(known) => {
                    found.push((at..at + known.text.len(), known.variable.as_str()));
                    at += known.text.len();
                }
                None => at += 1,
            }
        }
        found
    }

    /// The text without the halves of secrets that were left where it was cut.
    fn without_halves(&self, text: String) -> String {
        if !text.contains(CUT) {
            return text;
        }
        let mut parts = text.split(CUT).map(str::to_owned).collect::<Vec<_>>();
        let last = parts.len() - 1;
        for part in &mut parts[..last] {
            let half = self.beginning_at_end(part).filter(|half| *half >= HEAD);
            part.truncate(part.len() - half.unwrap_or(0));
        }
        parts.join(&CUT.to_string())
    }

    /// The text without the beginning of a secret at its end, which the cutting of a body can leave there.
    pub(super) fn trim_beginning(&self, text: &mut String) {
        text.truncate(text.len() - self.beginning_at_end(text).unwrap_or(0));
    }

    /// How much of a secret's beginning stands at the end of the text, if any does.
    fn beginning_at_end(&self, text: &str) -> Option<usize> {
        self.by_head
            .values()
            .flatten()
            .filter_map(|Known { text: secret, .. }| {
                let lengths = (1..secret.len()).rev().filter(|length| secret.is_char_boundary(*length));
                lengths.map(|length| &secret[..length]).find(|beginning| text.ends_with(beginning))
            })
            .map(str::len)
            .max()
    }
}
