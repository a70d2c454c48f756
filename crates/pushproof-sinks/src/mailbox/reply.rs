//! Replies of the server. [RFC 5321, 4.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.2)

use std::{borrow::Cow, fmt};

/// One reply: a code and one or more lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    lines: Vec<Cow<'static, str>>,
}

impl Reply {
    pub(super) fn new(code: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, lines: vec![text.into()] }
    }

    /// Adds a line to the reply.
    pub(super) fn line(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.lines.push(text.into());
        self
    }

    /// Whether it refuses what is right but more than the mailbox takes.
    pub(super) fn exceeds_bounds(&self) -> bool {
        matches!(self.code, 452 | 552)
    }

    /// What the reply says, without its code.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }
}

/// As it goes over the wire.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.lines.len() - 1;
        for (at, line) in self.lines.iter().enumerate() {
            let separator = if at == last { ' ' } else { '-' };
            write!(f, "{}{separator}{line}\r\n", self.code)?;
        }
        Ok(())
    }
}
