use std::fmt::Write;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn limits() -> MailboxLimits {
    MailboxLimits {
        command_bytes: 64,
        mail_bytes: 40,
        underway_bytes: 60,
        recipients: 2,
        refusals: 3,
        ..MailboxLimits::default()
    }
}

fn session() -> Session {
    Session::new(limits(), Room::new(limits().underway_bytes))
}

/// What happens when the bytes come in these pieces, in a form that people read.
fn told<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut session = session();
    let effects: Vec<_> = pieces.into_iter().flat_map(|piece| session.receive(piece)).collect();
    shown(effects.into_iter().chain(session.hung_up()))
}

fn shown(effects: impl IntoIterator<Item = Effect>) -> String {
    let mut told = String::new();
    for effect in effects {
        match effect {
            Effect::Reply(reply) => write!(told, "{reply}").unwrap(),
            Effect::Keep(envelope, content) => {
                writeln!(told, "keep {envelope}: {}", content.bytes.escape_ascii()).unwrap();
            }
            Effect::Note { kind, reason, excerpt } => {
                writeln!(told, "{kind:?}: {reason} ({excerpt:?})").unwrap();
            }
            Effect::Close => told.push_str("close\n"),
        }
    }
    told.replace("\r\n", "\n")
}

#[test]
fn a_mail_is_taken() {
    let told = told([b"EHLO me\r\nMAIL FROM:<a@x> SIZE=9\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n\
        A: b\r\n\r\n..c\r\n.\r\nQUIT\r\nNOOP\r\n"
        .as_slice()]);
    insta::assert_snapshot!(told, @r"
    250-localhost
    250-PIPELINING
    250-8BITMIME
    250-SMTPUTF8
    250 SIZE 40
    250 sender taken
    250 recipient taken
    250 recipient taken
    354 send the mail, and end it with a line of a single dot
    keep from <a@x> to <b@x> to <c@x>: A: b\r\n\r\n.c\r\n
    250 the mail is kept
    221 bye
    close
    ");
}

/// What is answered to the last of these commands.
#[rstest]
#[case::unnamed(&["MAIL FROM:<a@x>"], "503 say HELO or EHLO first")]
#[case::no_mail(&["HELO me", "RCPT TO:<b@x>"], "503 say MAIL FROM first")]
#[case::data_without_mail(&["HELO me", "DATA"], "503 say MAIL FROM first")]
#[case::no_recipient(&["HELO me", "MAIL FROM:<>", "DATA"], "503 say RCPT TO first")]
#[case::twice(&["HELO me", "MAIL FROM:<>", "MAIL FROM:<>"], "503 a mail is begun already")]
#[case::reset(&["HELO me", "MAIL FROM:<>", "RSET", "RCPT TO:<b@x>"], "503 say MAIL FROM first")]
#[case::reset_by_name(&["HELO me", "MAIL FROM:<>", "EHLO me", "RCPT TO:<b@x>"], "503 say MAIL FROM first")]
#[case::reset_unnamed(&["RSET", "MAIL FROM:<>"], "503 say HELO or EHLO first")]
#[case::declared_too_large(&["HELO me", "MAIL FROM:<> SIZE=41"], "552 the mail is too large")]
#[case::recipients(&["HELO me", "MAIL FROM:<>", "RCPT TO:<b@x>", "RCPT TO:<c@x>", "RCPT TO:<d@x>"], "452 too many recipients")]
#[case::unknown(&["TURN"], "500 unknown command")]
#[case::login(&["AUTH PLAIN AGEAYg=="], "502 there is no login here; send without one")]
#[case::noop(&["NOOP"], "250 nothing done")]
#[case::vrfy(&["VRFY a"], "252 mail for anyone is taken")]
fn commands_have_an_order(#[case] commands: &[&str], #[case] last: &str) {
    let sent = format!("{}\r\n", commands.join("\r\n"));
    let mut session = session();
    let reply = session.receive(sent.as_bytes()).into_iter().filter_map(|effect| match effect {
        Effect::Reply(reply) => Some(reply.to_string()),
        _ => None,
    });
    assert_eq!(reply.last().unwrap(), format!("{last}\r\n"));
}

#[test]
fn mails_beyond_bounds_are_refused_and_the_conversation_goes_on() {
    let large = "a".repeat(39);
    let sent = format!(
        "HELO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n{large}\r\n.\r\nMAIL FROM:<c@x> SIZE=41\r\nNOOP\r\n"
    );
    insta::assert_snapshot!(told([sent.as_bytes()]), @r#"
    250 localhost
    250 sender taken
    250 recipient taken
    354 send the mail, and end it with a line of a single dot
    Refused: the mail is too large ("from <a@x> to <b@x>")
    552 the mail is too large
    Refused: the mail is too large ("MAIL FROM:<c@x> SIZE=41")
    552 the mail is too large
    250 nothing done
    "#);
}

#[test]
fn a_mail_for_which_there_is_no_room_is_refused() {
    let room = Room::new(10);
    let mut session = Session::new(limits(), Arc::clone(&room));
    session.receive(b"HELO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n");
    let refused = shown(session.receive(b"more than ten bytes\r\n.\r\n"));
    insta::assert_snapshot!(refused, @r#"
    Refused: too many mails are under way ("from <a@x> to <b@x>")
    452 too many mails are under way
    "#);
}

#[test]
fn a_command_that_is_too_long_ends_the_conversation() {
    let fits = [b"NOOP ".as_slice(), &[b'a'; 57], b"\r\n"].concat();
    assert_eq!(told([fits.as_slice()]), "250 nothing done\n");
    let longer = [b"NOOP ".as_slice(), &[b'a'; 58], b"\r\nNOOP\r\n"].concat();
    insta::assert_snapshot!(told([longer.as_slice()]), @r#"
    Breach: the command is too long ("NOOP aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r")
    500 the command is too long
    close
    "#);
}

#[test]
fn too_many_refusals_end_the_conversation() {
    let replies = told([b"a\nb\nc\nd\ne\n".as_slice()]);
    assert_eq!(replies.matches("500 unknown command").count(), 4);
    assert!(replies.ends_with("421 too many commands were refused\nclose\n"), "{replies}");
    let accepted = b"MAIL FROM:<>\nRCPT TO:<a@x>\nDATA\n.\r\n".as_slice();
    let between = [b"HELO me\na\nb\nc\n", accepted, b"a\nb\nc\nNOOP\n"].concat();
    assert!(told([between.as_slice()]).ends_with("250 nothing done\n"));
}

#[test]
fn tls_is_recognised_by_its_first_byte() {
    insta::assert_snapshot!(told([b"\x16\x03\x01\x02\x00".as_slice()]), @r#"
    Breach: the client begins with TLS, which there is none of here ("")
    close
    "#);
}

#[rstest]
#[case::plain("AUTH PLAIN AHNlY3JldA==")]
#[case::led_by_spaces("  auth login c2VjcmV0")]
#[case::too_long(&format!(" AUTH PLAIN {}", "c2VjcmV0".repeat(20)))]
fn passwords_are_not_noted(#[case] line: &str) {
    let told = told([format!("{line}\r\n").as_bytes()]);
    assert!(
        told.contains("Breach: ")
            && !told.contains("ZWNyZX")
            && !told.contains("c2Vjc")
            && !told.contains("NlY3")
    );
}

#[rstest]
#[case::before(b"NOOP\r\nHELO", "")]
#[case::name(b"HELO me\r\nMAI", "NoMail: the client left without a mail (\"\")\n")]
#[case::after_a_refusal(b"HELO me\r\nAUTH\r\n", "")]
#[case::after_a_mail(b"HELO me\r\nMAIL FROM:<a@x>\r\nRSET\r\n", "")]
#[case::envelope(
    b"HELO me\r\nMAIL FROM:<a@x>\r\n",
    "Breach: the client hung up within a mail (\"from <a@x>\")\n"
)]
#[case::data(
    b"HELO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nA: b\r\n.\r",
    "Breach: the client hung up within a mail (\"from <a@x> to <b@x>\")\n"
)]
fn half_a_mail_is_none(#[case] sent: &[u8], #[case] note: &str) {
    let mut session = session();
    let kept = session.receive(sent).into_iter().any(|effect| matches!(effect, Effect::Keep(..)));
    assert!(!kept);
    assert_eq!(shown(session.hung_up()), note);
}

#[test]
fn a_time_out_is_said_and_noted() {
    let mut session = session();
    session.receive(b"HELO me\r\nMAIL FROM:<a@x>\r\nRCPT");
    insta::assert_snapshot!(shown(session.timed_out()), @r#"
    Breach: the client took too long ("RCPT")
    421 the client took too long
    close
    "#);
    assert!(session.hung_up().is_none());
}

#[test]
fn a_client_that_wants_what_is_not_offered_leaves_a_note() {
    let told = told([b"EHLO me\r\nQUIT\r\n".as_slice()]);
    assert!(told.ends_with("NoMail: the client left without a mail (\"\")\n221 bye\nclose\n"), "{told}");
}

/// What clients may send: pieces of mails and commands in any order, and any bytes.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "EHLO me\r\n",
        "HELO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n",
        "MAIL FROM:<a@x>\r\n",
        "RCPT TO:<b@x>\n",
        "DATA\r\n",
        "text\r\n",
        "\r\n.\r\n",
        ".\r\n",
        "..",
        ".",
        "\r",
        "\n",
        "RSET\r\n",
        "a line of a mail that is longer than mails may be\r\n",
        "QUIT\r\n",
    ]);
    let known = known.prop_map(|piece| piece.as_bytes().to_vec());
    let any = prop::collection::vec(any::<u8>(), 0..80);
    prop::collection::vec(prop_oneof![9 => known, 1 => any], 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn how_the_bytes_are_cut_makes_no_difference(
        sent in sent(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let whole = told([sent.as_slice()]);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(sent.len() + 1)).collect();
        cuts.extend([0, sent.len()]);
        cuts.sort_unstable();
        prop_assert_eq!(&told(cuts.windows(2).map(|cut| &sent[cut[0]..cut[1]])), &whole);
        prop_assert_eq!(&told(sent.chunks(1)), &whole);
    }

    #[test]
    fn what_is_said_fits_on_lines_and_ends_once(sent in sent()) {
        let mut session = session();
        let effects = session.receive(&sent);
        let closed = effects.iter().position(|effect| matches!(effect, Effect::Close));
        prop_assert!(closed.is_none_or(|at| at == effects.len() - 1));
        prop_assert!(closed.is_none() || session.receive(b"NOOP\r\n").is_empty());
        for effect in effects {
            if let Effect::Reply(reply) = effect {
                let reply = reply.to_string();
                prop_assert!(reply.ends_with("\r\n") && reply.lines().all(|line| line.len() <= 510));
            }
        }
    }
}
