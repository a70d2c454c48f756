//! The file as diagnostics show it: any value may hold a secret, which nobody must read in the log of a CI job.

/// The file with its keys, tables and the places of its values, but neither texts nor comments. Each character keeps its
/// column. What cannot be told from a value is taken for one: the file may be broken.
pub(super) fn masked(text: &str) -> String {
    let mut within = None;
    text.split_inclusive('\n').map(|line| masked_line(line, &mut within)).collect()
}

/// A line, and which text of several lines is open behind it.
fn masked_line(line: &str, within: &mut Option<&'static str>) -> String {
    let shown = if within.is_some() { 0 } else { shown(line) };
    let (shown, mut rest) = line.split_at(shown);
    let hidden = mask(rest);
    while let Some((found, mark)) = ["\"\"\"", "'''"]
        .into_iter()
        .filter(|mark| within.is_none_or(|open| open == *mark))
        .filter_map(|mark| Some((rest.find(mark)?, mark)))
        .min()
    {
        *within = if within.is_some() { None } else { Some(mark) };
        rest = &rest[found + mark.len()..];
    }
    format!("{shown}{hidden}")
}

/// How many bytes of a line are no value: a table, or a key, and what is on or off or a number.
fn shown(line: &str) -> usize {
    let is_name = |text: &str| {
        let text = text.trim();
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    match line.split_once('=') {
        Some((key, value)) if is_name(key) => {
            let value = value.trim();
            let is_plain = ["true", "false"].contains(&value) || value.parse::<i64>().is_ok();
            if is_plain { line.len() } else { key.len() + 1 }
        }
        None if line.starts_with('[') && is_name(line.trim().trim_matches(['[', ']'])) => line.len(),
        _ => 0,
    }
}

/// A text of which only blanks and the marks of TOML are seen.
fn mask(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() || "\"'[]{},=".contains(c) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::bare("restart-cmd = \"ssh hunter2\" x\n", "restart-cmd = \"*** *******\" *\n")]
    #[case::quoted_key("\"restart-cmd\" = \"hunter2\" x", "\"***********\" = \"*******\" *")]
    #[case::dotted("check.restart-cmd = \"hunter2\" x", "check.restart-cmd = \"*******\" *")]
    #[case::table_in_line(
        "check = { restart-cmd = 'hunter2', foo = 1 }",
        "check = { *********** = '*******', *** = * }"
    )]
    #[case::lines(
        "a = \"\"\"\nssh\n  hunter2 = 1\"\"\" x\nb = 1\n",
        "a = \"\"\"\n***\n  ******* = *\"\"\" *\nb = 1\n"
    )]
    #[case::list(
        "a = [\n \"node\",\n \"--password=hunter2\", foo\n]",
        "a = [\n \"****\",\n \"**********=*******\", ***\n]"
    )]
    #[case::without_marks("a = ssh hunter2", "a = *** *******")]
    #[case::comment("# a = \"hunter2\"", "* * = \"*******\"")]
    #[case::kept("[check]\nembedded = true\njobs = 3\n[chek", "[check]\nembedded = true\njobs = 3\n[chek")]
    fn no_text_is_seen(#[case] text: &str, #[case] seen: &str) {
        assert_eq!(masked(text), seen);
    }
}
