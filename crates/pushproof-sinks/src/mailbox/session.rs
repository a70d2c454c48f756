//! One conversation with a client, without its I/O: bytes in, effects out.

use std::sync::Arc;

use pushproof_listen::Room;

use super::{
    MailboxLimits, OddityKind,
    command::Command,
    data::{Content, Data, Overflow},
    reply::Reply,
};

/// The first byte of a TLS handshake, with which no command begins.
const TLS_HANDSHAKE: u8 = 0x16;
/// The most that is shown of what a client sent, in bytes.
const EXCERPT_BYTES: usize = 200;

/// Who sends a mail, and to whom. Addresses are without angle brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) from: String,
    pub(super) to: Vec<String>,
}

/// What is to be done, in this order.
#[derive(Debug)]
pub(super) enum Effect {
    /// Send this.
    Reply(Reply),
    /// Keep this mail, before anything else is sent: the reply that follows says that it is kept.
    Keep(Envelope, Content),
    /// Note what is amiss.
    Note { kind: OddityKind, reason: String, excerpt: String },
    /// Close the connection.
    Close,
}

/// What a client has said so far.
#[derive(Debug)]
enum Stage {
    /// Nothing at all.
    Silent,
    /// No name yet.
    Unnamed,
    /// Its name.
    Named,
    /// The sender of a mail, and maybe recipients.
    Mail(Envelope),
    /// A mail, of which more is to come.
    Data(Envelope, Data),
    /// All that will be heard.
    Over,
}

/// What a client has tried so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    /// Nothing, its greeting aside.
    Nothing,
    /// A mail, or something that is refused.
    Something,
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Session {
    limits: MailboxLimits,
    room: Arc<Room>,
    stage: Stage,
    /// A command whose end has not come.
    line: Vec<u8>,
    /// The commands refused since the last mail.
    refusals: usize,
    /// What the client has tried.
    tried: Tried,
}

impl Session {
    /// A conversation that begins with [`Session::greeting`]. Its mails take from the room.
    pub(super) fn new(limits: MailboxLimits, room: Arc<Room>) -> Self {
        Self { limits, room, stage: Stage::Silent, line: Vec::new(), refusals: 0, tried: Tried::Nothing }
    }

    /// What the client is greeted with.
    pub(super) fn greeting() -> Effect {
        Effect::Reply(Reply::new(220, "localhost ESMTP pushproof"))
    }

    /// Whether a mail is under way, each piece of which is progress.
    pub(super) fn receives_mail(&self) -> bool {
        matches!(self.stage, Stage::Data(..))
    }

    /// Takes what the client sent. However the bytes are cut into pieces, the effects are the same.
    pub(super) fn receive(&mut self, mut bytes: &[u8]) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(&first) = bytes.first() {
            match &mut self.stage {
                Stage::Over => break,
                Stage::Silent if first == TLS_HANDSHAKE => {
                    self.stage = Stage::Over;
                    effects.push(breach("the client begins with TLS, which there is none of here", &[]));
                    effects.push(Effect::Close);
                }
                Stage::Silent => self.stage = Stage::Unnamed,
                Stage::Data(_, data) => {
                    let Some(taken) = data.receive(bytes) else { break };
                    bytes = &bytes[taken..];
                    self.end_of_mail(&mut effects);
                }
                Stage::Unnamed | Stage::Named | Stage::Mail(_) => {
                    let end = bytes.iter().position(|&byte| byte == b'\n');
                    let (piece, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
                    self.line.extend_from_slice(piece);
                    bytes = rest;
                    if self.line.len() > self.limits.command_bytes {
                        self.line.truncate(self.limits.command_bytes);
                        self.end(Reply::new(500, "the command is too long"), &mut effects);
                    } else if end.is_some() {
                        let line = std::mem::take(&mut self.line);
                        self.command(line.trim_ascii(), &mut effects);
                    }
                }
            }
        }
        effects
    }

    /// The client has sent nothing for too long.
    pub(super) fn timed_out(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.end(Reply::new(421, "the client took too long"), &mut effects);
        effects
    }

    /// The client is gone. Half a mail is none; that there was half of one is worth a note.
    pub(super) fn hung_up(&mut self) -> Option<Effect> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Named => self.without_mail(),
            Stage::Mail(envelope) | Stage::Data(envelope, _) => {
                Some(breach("the client hung up within a mail", envelope.to_string().as_bytes()))
            }
            _ => None,
        }
    }

    fn command(&mut self, line: &[u8], effects: &mut Vec<Effect>) {
        match Command::parse(line).and_then(|command| self.obey(command, effects)) {
            Ok(reply) => effects.push(Effect::Reply(reply)),
            Err(reply) => {
                self.tried = Tried::Something;
                if !reply.exceeds_bounds() {
                    self.refusals += 1;
                }
                refuse(reply, shown(line), effects);
            }
        }
        if matches!(self.stage, Stage::Over) {
            effects.push(Effect::Close);
        } else if self.refusals > self.limits.refusals {
            self.end(Reply::new(421, "too many commands were refused"), effects);
        }
    }

    /// Does what a command asks for; the error is the refusal.
    fn obey(&mut self, command: Command<'_>, effects: &mut Vec<Effect>) -> Result<Reply, Reply> {
        match (command, &mut self.stage) {
            (Command::Helo, _) => {
                self.stage = Stage::Named;
                Ok(Reply::new(250, "localhost"))
            }
            (Command::Ehlo, _) => {
                self.stage = Stage::Named;
                Ok(Reply::new(250, "localhost")
                    .line("PIPELINING")
                    .line("8BITMIME")
                    .line("SMTPUTF8")
                    .line(format!("SIZE {}", self.limits.mail_bytes)))
            }
            (Command::Mail { size: Some(size), .. }, Stage::Named) if size > self.limits.mail_bytes => {
                Err(Reply::new(552, "the mail is too large"))
            }
            (Command::Mail { from, .. }, stage @ Stage::Named) => {
                *stage = Stage::Mail(Envelope { from: from.to_owned(), to: Vec::new() });
                self.tried = Tried::Something;
                Ok(Reply::new(250, "sender taken"))
            }
            (Command::Mail { .. }, Stage::Mail(_)) => Err(Reply::new(503, "a mail is begun already")),
            (Command::Mail { .. }, _) => Err(Reply::new(503, "say HELO or EHLO first")),
            (Command::Rcpt { .. }, Stage::Mail(envelope)) if envelope.to.len() >= self.limits.recipients => {
                Err(Reply::new(452, "too many recipients"))
            }
            (Command::Rcpt { to }, Stage::Mail(envelope)) => {
                envelope.to.push(to.to_owned());
                Ok(Reply::new(250, "recipient taken"))
            }
            (Command::Data, Stage::Mail(envelope)) if !envelope.to.is_empty() => {
                let data = Data::new(self.limits.mail_bytes, &self.room);
                self.stage = Stage::Data(std::mem::take(envelope), data);
                Ok(Reply::new(354, "send the mail, and end it with a line of a single dot"))
            }
            (Command::Data, Stage::Mail(_)) => Err(Reply::new(503, "say RCPT TO first")),
            (Command::Rcpt { .. } | Command::Data, _) => Err(Reply::new(503, "say MAIL FROM first")),
            (Command::Rset, stage) => {
                if matches!(stage, Stage::Mail(_)) {
                    *stage = Stage::Named;
                }
                Ok(Reply::new(250, "forgotten"))
            }
            (Command::Noop, _) => Ok(Reply::new(250, "nothing done")),
            (Command::Vrfy, _) => Ok(Reply::new(252, "mail for anyone is taken")),
            (Command::Help, _) => {
                Ok(Reply::new(214, "EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, HELP, QUIT"))
            }
            (Command::Quit, stage) => {
                if let Stage::Named = std::mem::replace(stage, Stage::Over) {
                    effects.extend(self.without_mail());
                }
                Ok(Reply::new(221, "bye"))
            }
        }
    }

    /// What to note of a client that leaves with its name said.
    fn without_mail(&self) -> Option<Effect> {
        (self.tried == Tried::Nothing).then(|| Effect::Note {
            kind: OddityKind::NoMail,
            reason: "the client left without a mail".to_owned(),
            excerpt: String::new(),
        })
    }

    fn end_of_mail(&mut self, effects: &mut Vec<Effect>) {
        let Stage::Data(envelope, data) = std::mem::replace(&mut self.stage, Stage::Named) else { return };
        let refusal = match data.finish() {
            Ok(content) => {
                self.refusals = 0;
                effects.push(Effect::Keep(envelope, content));
                effects.push(Effect::Reply(Reply::new(250, "the mail is kept")));
                return;
            }
            Err(Overflow::TooLarge) => Reply::new(552, "the mail is too large"),
            Err(Overflow::NoRoom) => Reply::new(452, "too many mails are under way"),
        };
        refuse(refusal, envelope.to_string().as_bytes(), effects);
    }

    /// Says a last word.
    fn end(&mut self, reply: Reply, effects: &mut Vec<Effect>) {
        let line = std::mem::take(&mut self.line);
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Mail(envelope) | Stage::Data(envelope, _) if line.is_empty() => {
                refuse(reply, envelope.to_string().as_bytes(), effects);
            }
            _ => refuse(reply, shown(&line), effects),
        }
        effects.push(Effect::Close);
    }
}

impl std::fmt::Display for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "from <{}>", self.from)?;
        self.to.iter().try_for_each(|to| write!(f, " to <{to}>"))
    }
}

/// Sends a refusal, and notes it with what was refused.
fn refuse(reply: Reply, what: &[u8], effects: &mut Vec<Effect>) {
    let kind = if reply.exceeds_bounds() { OddityKind::Refused } else { OddityKind::Breach };
    effects.push(Effect::Note { kind, reason: reply.text(), excerpt: excerpt(what) });
    effects.push(Effect::Reply(reply));
}

fn breach(reason: &str, what: &[u8]) -> Effect {
    Effect::Note { kind: OddityKind::Breach, reason: reason.to_owned(), excerpt: excerpt(what) }
}

fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT_BYTES)]).into_owned()
}

/// What may be shown of a command: a login has a password in it.
fn shown(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_start();
    let verb = &line[..line.len().min(4)];
    if verb.eq_ignore_ascii_case(b"AUTH") { verb } else { line }
}

#[cfg(test)]
mod tests;
