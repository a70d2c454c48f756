//! `--dialect`: a name, or a file of one's own.

use anyhow::Context;
use pushproof_vocabulary::Dialect;

use crate::Usage;

/// The dialect of this name or in this file.
pub(crate) fn parse(text: &str) -> anyhow::Result<Dialect> {
    if let Some(known) = Dialect::named(text) {
        return Ok(known.clone());
    }
    let names: Vec<&str> = Dialect::embedded().iter().map(|dialect| dialect.name.as_str()).collect();
    let source = std::fs::read_to_string(text).map_err(|error| {
        Usage::new(format!("no dialect is named `{text}`, and there is no such file: {error}"))
            .hint(format!("known are {}", names.join(", ")))
    })?;
    let dialect: Dialect = pushproof_yaml::from_str(&source)
        .map_err(|diagnostic| Usage::new(diagnostic.render(text, &source, crate::terminal::stderr_style())))
        .context("the dialect cannot be read")?;
    Ok(dialect)
}
