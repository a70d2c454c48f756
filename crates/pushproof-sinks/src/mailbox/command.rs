//! Commands of the client. [RFC 5321, 4.1](https://www.rfc-editor.org/rfc/rfc5321#section-4.1)

use super::{address::take_address, reply::Reply};

/// A command that the mailbox knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    /// `HELO`
    Helo,
    /// `EHLO`
    Ehlo,
    /// `MAIL FROM`, with the size that the mail is said to have, in bytes.
    Mail { from: &'a str, size: Option<usize> },
    /// `RCPT TO`
    Rcpt { to: &'a str },
    /// `DATA`
    Data,
    /// `RSET`
    Rset,
    /// `NOOP`
    Noop,
    /// `VRFY`
    Vrfy,
    /// `HELP`
    Help,
    /// `QUIT`
    Quit,
}

impl<'a> Command<'a> {
    /// Reads a line without its end. The error is what to answer.
    pub(super) fn parse(line: &'a [u8]) -> Result<Self, Reply> {
        let line = str::from_utf8(line).map_err(|_| Reply::new(500, "the command is not UTF-8"))?;
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let argument = argument.trim();
        match verb.trim_end().to_ascii_uppercase().as_str() {
            "HELO" => some(argument).map(|()| Self::Helo),
            "EHLO" => some(argument).map(|()| Self::Ehlo),
            "MAIL" => mail(argument),
            "RCPT" => rcpt(argument),
            "DATA" => none(argument).map(|()| Self::Data),
            "RSET" => none(argument).map(|()| Self::Rset),
            "QUIT" => none(argument).map(|()| Self::Quit),
            "NOOP" => Ok(Self::Noop),
            "VRFY" => some(argument).map(|()| Self::Vrfy),
            "HELP" => Ok(Self::Help),
            "AUTH" => Err(Reply::new(502, "there is no login here; send without one")),
            "STARTTLS" => Err(Reply::new(502, "there is no TLS here; send without it")),
            "EXPN" | "ETRN" | "BDAT" => Err(Reply::new(502, "not implemented")),
            _ => Err(Reply::new(500, "unknown command")),
        }
    }
}

fn some(argument: &str) -> Result<(), Reply> {
    if argument.is_empty() { Err(Reply::new(501, "the command lacks its argument")) } else { Ok(()) }
}

fn none(argument: &str) -> Result<(), Reply> {
    if argument.is_empty() { Ok(()) } else { Err(Reply::new(501, "the command has no argument")) }
}

fn mail(argument: &str) -> Result<Command<'_>, Reply> {
    let (from, parameters) = path(argument, "FROM:")?;
    let mut size = None;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.to_ascii_uppercase();
        match (name.to_ascii_uppercase().as_str(), value.as_str()) {
            ("SIZE", digits) => {
                // More digits than fit are more bytes than fit.
                let valid = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
                if !valid {
                    return Err(Reply::new(501, "SIZE is no number"));
                }
                size = Some(digits.parse().unwrap_or(usize::MAX));
            }
            ("BODY", "7BIT" | "8BITMIME") | ("SMTPUTF8", "") => {}
            ("BODY", _) => return Err(Reply::new(501, "BODY is neither 7BIT nor 8BITMIME")),
            _ => return Err(Reply::new(555, "unknown parameter of MAIL FROM")),
        }
    }
    Ok(Command::Mail { from, size })
}

fn rcpt(argument: &str) -> Result<Command<'_>, Reply> {
    match path(argument, "TO:")? {
        ("", _) => Err(Reply::new(501, "there is no address")),
        (to, "") => Ok(Command::Rcpt { to }),
        _ => Err(Reply::new(555, "unknown parameter of RCPT TO")),
    }
}

/// The address after `keyword`, and the parameters after that.
fn path<'a>(argument: &'a str, keyword: &str) -> Result<(&'a str, &'a str), Reply> {
    let rest = argument
        .split_at_checked(keyword.len())
        .filter(|(start, _)| start.eq_ignore_ascii_case(keyword))
        .map(|(_, rest)| rest);
    let rest = rest.ok_or_else(|| Reply::new(501, format!("expected {keyword}<address>")))?;
    take_address(rest).map_err(|reason| Reply::new(501, reason))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("EHLO me", Command::Ehlo)]
    #[case("helo me", Command::Helo)]
    #[case("MAIL FROM:<a@b>", Command::Mail { from: "a@b", size: None })]
    #[case("mail from: <a@b> size=12 body=8bitmime SMTPUTF8", Command::Mail { from: "a@b", size: Some(12) })]
    #[case("MAIL FROM:<> SIZE=99999999999999999999999", Command::Mail { from: "", size: Some(usize::MAX) })]
    #[case("RCPT TO:<a@b>", Command::Rcpt { to: "a@b" })]
    #[case("DATA ", Command::Data)]
    #[case("NOOP whatever", Command::Noop)]
    #[case("VRFY a", Command::Vrfy)]
    #[case("HELP", Command::Help)]
    #[case("QUIT", Command::Quit)]
    fn commands_are_read(#[case] line: &str, #[case] command: Command<'_>) {
        assert_eq!(Command::parse(line.as_bytes()), Ok(command));
    }

    #[rstest]
    #[case::empty(b"", "500 ")]
    #[case::unknown(b"GET / HTTP/1.1", "500 ")]
    #[case::not_utf8(b"NOOP \xff", "500 ")]
    #[case::tab(b"NOOP\tx", "500 ")]
    #[case::no_name(b"EHLO", "501 ")]
    #[case::no_keyword(b"MAIL a@b", "501 ")]
    #[case::keyword_cut(b"MAIL FROM", "501 ")]
    #[case::beyond_ascii("MAIL FROMé<a@b>".as_bytes(), "501 ")]
    #[case::size_no_number(b"MAIL FROM:<a@b> SIZE=-1", "501 ")]
    #[case::binary(b"MAIL FROM:<a@b> BODY=BINARYMIME", "501 ")]
    #[case::parameter(b"MAIL FROM:<a@b> RET=FULL", "555 ")]
    #[case::null_recipient(b"RCPT TO:<>", "501 ")]
    #[case::recipient_parameter(b"RCPT TO:<a@b> NOTIFY=NEVER", "555 ")]
    #[case::argument(b"DATA now", "501 ")]
    #[case::auth(b"AUTH PLAIN AGEAYg==", "502 ")]
    #[case::tls(b"STARTTLS", "502 ")]
    fn what_is_no_command_is_refused(#[case] line: &[u8], #[case] code: &str) {
        let reply = Command::parse(line).unwrap_err().to_string();
        assert!(reply.starts_with(code), "{reply}");
    }
}
