//! `--registration`: how accounts are had. Secrets stand in files, or in the environment, never on the command line.

use std::sync::LazyLock;

use camino::Utf8Path;
use pushproof_record::{Canon, Redactor};
use pushproof_runner::{Credentials, Registration};

use crate::{Usage, files, record_file, terminal};

/// Reads `open`, `token=@FILE`, `shared-secret=@FILE` or `users=FILE`.
pub(crate) fn parse(text: &str) -> Result<Registration, Usage> {
    match text.split_once('=') {
        None if text == "open" => Ok(Registration::Open),
        Some(("token", value)) => Ok(Registration::Token(secret("token", value)?)),
        Some(("shared-secret", value)) => Ok(Registration::SharedSecret(secret("shared-secret", value)?)),
        Some(("users", path)) => Ok(Registration::Users(users(path.trim_start_matches('@'))?)),
        // What was given instead may be the secret itself.
        _ => Err(Usage::new("--registration does not say how accounts are had")
            .hint("use open, token=@FILE, shared-secret=@FILE or users=FILE")),
    }
}

fn secret(what: &str, value: &str) -> Result<String, Usage> {
    let Some(path) = value.strip_prefix('@') else {
        // From the environment a secret may come as it is; a flag is seen by everybody who lists processes.
        if std::env::var("PUSHPROOF_REGISTRATION").is_ok_and(|set| set == format!("{what}={value}")) {
            return checked(what, value, "PUSHPROOF_REGISTRATION");
        }
        return Err(Usage::new(format!("the {what} must not stand on the command line")).hint(format!(
            "put it into a file: --registration {what}=@FILE, or into PUSHPROOF_REGISTRATION"
        )));
    };
    checked(what, &read(path)?, path)
}

/// The secret without the blanks and line ends around it.
fn checked(what: &str, text: &str, place: &str) -> Result<String, Usage> {
    let secret = text.trim();
    if secret.is_empty() {
        return Err(Usage::new(format!("{place} is empty; it should hold the {what}")));
    }
    if secret.lines().count() > 1 {
        return Err(Usage::new(format!(
            "{place} holds several lines; it should hold the {what} and nothing else"
        )));
    }
    warn_if_common(&format!("the {what}"), secret);
    Ok(secret.to_owned())
}

/// A secret that is too short to be looked for, or that the suite itself says, is kept out of reports only where the name of
/// a field tells of it.
fn warn_if_common(what: &str, secret: &str) {
    static CANON: LazyLock<Option<Canon>> = LazyLock::new(|| record_file::canon().ok());
    let is_word = |canon: &Canon| canon.words().any(|text| text.contains(secret));
    let how = if secret.len() < Redactor::LEAST {
        format!("has fewer than {} characters", Redactor::LEAST)
    } else if CANON.as_ref().is_some_and(is_word) {
        "stands in the names of clauses or scenarios".to_owned()
    } else {
        return;
    };
    terminal::note(&format!("warning: {what} {how}; where the homeserver repeats it, reports will show it"));
}

/// One account a line: user and password with a blank between, and behind them, if the account has mail addresses,
/// `mail=ADDRESS,ADDRESS`. Empty lines and those that begin with `#` are left out.
fn users(path: &str) -> Result<Vec<Credentials>, Usage> {
    let text = read(path)?;
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let mut users = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let Some((user, password)) = line.split_once(char::is_whitespace) else {
            return Err(Usage::new(format!(
                "{path}:{number}: a line holds a user and a password with a blank between"
            )));
        };
        let (password, addresses) = addresses(password.trim()).map_err(|address| {
            let usage = Usage::new(format!("{path}:{number}: `{address}` is no mail address"));
            usage.hint("write mail=ADDRESS,ADDRESS behind the password, such as mail=a@example.org")
        })?;
        let user = Credentials { user: user.to_owned(), password: password.to_owned(), addresses };
        if users.iter().any(|known: &Credentials| known.user == user.user) {
            return Err(Usage::new(format!("{path}:{number}: {} is there twice", user.user)));
        }
        warn_if_common(&format!("the password of {}", user.user), &user.password);
        users.push(user);
    }
    if users.is_empty() {
        return Err(Usage::new(format!("{path} names no users")));
    }
    Ok(users)
}

/// Parts the addresses from the password. A password may have blanks, and so stays whole without `mail=`.
fn addresses(rest: &str) -> Result<(&str, Vec<String>), &str> {
    let split = rest.rsplit_once(char::is_whitespace);
    let Some((password, list)) =
        split.and_then(|(password, last)| Some((password, last.strip_prefix("mail=")?)))
    else {
        return Ok((rest, Vec::new()));
    };
    let addresses: Vec<&str> = list.split(',').collect();
    match addresses.iter().find(|address| address.split('@').filter(|part| !part.is_empty()).count() != 2) {
        Some(wrong) => Err(wrong),
        None => Ok((password.trim_end(), addresses.into_iter().map(str::to_owned).collect())),
    }
}

/// The text of a file, without the mark that some editors begin it with.
fn read(path: &str) -> Result<String, Usage> {
    let text = files::read_text(Utf8Path::new(path))
        .map_err(|error| Usage::new(format!("{path} cannot be read: {error}")))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}
