//! What stands for a command in a record.

use sha2::{Digest, Sha256};

/// The first word of a command and a digest of the whole, such as `./restart.sh (sha256 0b0d5c6e8e3e8a41)`: its arguments
/// may hold secrets. A first word that sets a variable, or is quoted, is left out too; a single plain word stands alone.
#[must_use]
pub fn shown_command(command: &str) -> String {
    let is_plain = |word: &&str| word.chars().all(|c| c.is_alphanumeric() || "-_./+~\\".contains(c));
    let first = command.split_whitespace().next().filter(is_plain);
    if first == Some(command) {
        return command.to_owned();
    }
    let digest = hex::encode(&Sha256::digest(command)[..8]);
    format!("{} (sha256 {digest})", first.unwrap_or("a command"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::alone("./restart.sh", "./restart.sh")]
    #[case::arguments("ssh hs s3cret", "ssh (sha256 ")]
    #[case::variable("TOKEN=s3cret ./restart.sh", "a command (sha256 ")]
    #[case::url("http://me:s3cret@hs", "a command (sha256 ")]
    #[case::quoted("'s3cret", "a command (sha256 ")]
    fn arguments_are_not_shown(#[case] command: &str, #[case] begins: &str) {
        let shown = shown_command(command);
        assert!(shown.starts_with(begins) && !shown.contains("s3cret"), "{shown}");
    }

    #[rstest]
    fn other_arguments_are_another_command() {
        assert_ne!(shown_command("a b"), shown_command("a c"));
    }
}
