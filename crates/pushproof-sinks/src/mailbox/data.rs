//! What follows `DATA`: the mail, line by line, with a dot doubled where a line begins with one, up to a line of a
//! single dot. [RFC 5321, 4.5.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2)

use std::sync::Arc;

use pushproof_listen::{Room, Share};

/// A mail that has arrived as a whole, as it was before its dots were doubled.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// The room that the bytes take.
    share: Share,
}

/// Why a mail is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overflow {
    /// It is larger than mails may be.
    TooLarge,
    /// Too much is under way at once.
    NoRoom,
}

/// A mail under way.
#[derive(Debug)]
pub(super) struct Data {
    at: Place,
    most: usize,
    size: usize,
    /// All so far; `None` once that was more than may be kept. The rest is only read and counted.
    kept: Option<Content>,
}

/// Where in a line the next byte stands. Only CR LF ends a line: a sender doubles no dot after a bare LF.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// At the beginning.
    Start,
    /// After a dot at the beginning, which is no part of the mail.
    Dot,
    /// After such a dot and a CR.
    DotCr,
    /// After anything else.
    Within,
    /// After a CR that may be half of the line's end.
    Cr,
}

impl Data {
    /// A mail of at most so many bytes, which count against the room.
    pub(super) fn new(most: usize, room: &Arc<Room>) -> Self {
        let content = Content { bytes: Vec::new(), share: Share::of(room) };
        Self { at: Place::Start, most, size: 0, kept: Some(content) }
    }

    /// Takes bytes up to the end of the mail. Gives how many those were, if the end was among them.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut next = 0;
        while let Some(&byte) = bytes.get(next) {
            if matches!(self.at, Place::Within | Place::Start) && !matches!(byte, b'\r' | b'.') {
                let plain =
                    bytes[next..].iter().position(|&byte| byte == b'\r').unwrap_or(bytes.len() - next);
                self.keep(&bytes[next..next + plain]);
                self.at = Place::Within;
                next += plain;
                continue;
            }
            next += 1;
            self.at = match (self.at, byte) {
                (Place::DotCr, b'\n') => return Some(next),
                (Place::Start, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotCr,
                (Place::Start | Place::Within, b'\r') => Place::Cr,
                (Place::Cr, b'\n') => {
                    self.keep(b"\r\n");
                    Place::Start
                }
                (Place::Cr | Place::DotCr, b'\r') => {
                    self.keep(b"\r");
                    Place::Cr
                }
                (Place::Cr | Place::DotCr, other) => {
                    self.keep(&[b'\r', other]);
                    Place::Within
                }
                (Place::Start | Place::Dot | Place::Within, other) => {
                    self.keep(&[other]);
                    Place::Within
                }
            };
        }
        None
    }

    /// The mail, once its end has come.
    pub(super) fn finish(self) -> Result<Content, Overflow> {
        if self.size > self.most {
            return Err(Overflow::TooLarge);
        }
        self.kept.ok_or(Overflow::NoRoom)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.size += bytes.len();
        self.kept = self.kept.take().filter(|_| self.size <= self.most).and_then(|mut content| {
            content.share.grow(bytes.len()).ok()?;
            content.bytes.extend_from_slice(bytes);
            Some(content)
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const MOST: usize = 100;

    fn receive(bytes: &[u8]) -> Option<(Result<Vec<u8>, Overflow>, usize)> {
        let mut data = Data::new(MOST, &Room::new(MOST));
        let end = data.receive(bytes)?;
        Some((data.finish().map(|content| content.bytes), end))
    }

    /// Doubles the dots as a client does, and ends the mail.
    fn send(mail: &[u8]) -> Vec<u8> {
        let mut sent = Vec::new();
        for line in mail.split_inclusive(|&byte| byte == b'\n') {
            // A bare LF ends no line.
            if line.starts_with(b".") && (sent.is_empty() || sent.ends_with(b"\r\n")) {
                sent.push(b'.');
            }
            sent.extend_from_slice(line);
        }
        if !sent.is_empty() && !sent.ends_with(b"\r\n") {
            sent.extend_from_slice(b"\r\n");
        }
        sent.extend_from_slice(b".\r\n");
        sent
    }

    #[rstest]
    #[case::empty(b".\r\n", b"")]
    #[case::line(b"a\r\n.\r\n", b"a\r\n")]
    #[case::dot_doubled(b"..\r\n..a\r\n.\r\n", b".\r\n.a\r\n")]
    #[case::dot_not_doubled(b".a\r\n.\r\n", b"a\r\n")]
    #[case::bare_lf_ends_nothing(b"a\n.\n.\r\nb\r\n.\r\n", b"a\n.\n.\r\nb\r\n")]
    #[case::dot_then_bare_lf(b".\nb\r\n.\r\n", b"\nb\r\n")]
    #[case::bare_cr_ends_nothing(b"a\r.\r\n.\r\n", b"a\r.\r\n")]
    #[case::cr_cr_lf(b"a\r\r\n.\r\n", b"a\r\r\n")]
    #[case::dot_cr(b".\r.\r\n.\r\n", b"\r.\r\n")]
    #[case::dot_cr_cr_lf(b".\r\r\n.\r\n", b"\r\r\n")]
    fn dots_are_taken_off_and_the_end_is_found(#[case] sent: &[u8], #[case] mail: &[u8]) {
        assert_eq!(receive(sent), Some((Ok(mail.to_vec()), sent.len())));
    }

    #[test]
    fn what_follows_the_end_is_left() {
        assert_eq!(receive(b"a\r\n.\r\nQUIT\r\n"), Some((Ok(b"a\r\n".to_vec()), 6)));
    }

    #[test]
    fn a_mail_beyond_its_bounds_is_read_to_its_end() {
        let sent = send(&[b'a'; MOST - 1]);
        assert_eq!(receive(&sent), Some((Err(Overflow::TooLarge), sent.len())));
        assert!(receive(&send(&[b'a'; MOST - 2])).unwrap().0.is_ok());
    }

    #[test]
    fn a_mail_without_room_leaves_what_it_took_to_others() {
        let room = Room::new(MOST);
        let mut first = Data::new(MOST, &room);
        first.receive(&[b'a'; 60]);
        let mut second = Data::new(MOST, &room);
        second.receive(&[b'b'; 40]);
        second.receive(b"b");
        second.receive(b"\r\n.\r\n").unwrap();
        assert_eq!(second.finish().unwrap_err(), Overflow::NoRoom);
        first.receive(&[b'a'; 38]);
        first.receive(b"\r\n.\r\n").unwrap();
        assert_eq!(first.finish().unwrap().bytes.len(), MOST);
    }

    proptest! {
        #[test]
        fn a_mail_arrives_as_it_was_sent(mail in "[a.\r\n]{0,40}") {
            let (arrived, end) = receive(&send(mail.as_bytes())).unwrap();
            let mut whole = mail.clone();
            if !whole.is_empty() && !whole.ends_with("\r\n") {
                whole.push_str("\r\n");
            }
            prop_assert_eq!(arrived.unwrap(), whole.into_bytes());
            prop_assert_eq!(end, send(mail.as_bytes()).len());
        }
    }
}
