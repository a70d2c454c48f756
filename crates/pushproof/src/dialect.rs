//! `--dialect`: a name, or a file of one's own.

use pushproof_vocabulary::Dialect;

use crate::{Usage, files, terminal};

/// The dialect of this name or in this file.
pub(crate) fn parse(text: &str) -> Result<Dialect, Usage> {
    if let Some(known) = Dialect::named(text) {
        return Ok(known.clone());
    }
    let names: Vec<&str> = Dialect::embedded().iter().map(|dialect| dialect.name.as_str()).collect();
    let source = files::read_text(text.as_ref()).map_err(|error| {
        Usage::new(format!("no dialect is named `{text}`, and there is no such file: {error}"))
            .hint(format!("known are {}", names.join(", ")))
    })?;
    let dialect: Dialect = pushproof_yaml::from_str(&source).map_err(|diagnostic| {
        let shown = terminal::diagnostic(&diagnostic, text, &source);
        Usage::new("the dialect has a mistake").showing(shown)
    })?;
    Ok(dialect)
}
