//! What a driver does against the protocol.

use std::time::Duration;

/// Something that a driver did against the protocol, or did not do. A run with a finding is not judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// It ended, or closed its stdout.
    #[error("the driver ended before it answered `{method}`")]
    Ended {
        /// What it was asked.
        method: String,
    },
    /// It did not answer in time.
    #[error("the driver did not answer `{method}` within {} s", .after.as_secs_f64())]
    Late {
        /// What it was asked.
        method: String,
        /// How long was waited.
        after: Duration,
    },
    /// It wrote a line that is no message.
    #[error("the driver wrote a line that is no message of the protocol: {line:?} ({reason})")]
    NoMessage {
        /// How the line begins.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It wrote a message of JSON-RPC that is none of the protocol.
    #[error("the driver wrote a message of the wrong form: {line:?} ({reason})")]
    WrongMessage {
        /// How the line begins.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It wrote a line that is too long to be read.
    #[error("the driver wrote a line of more than {limit} bytes")]
    LongLine {
        /// The most that is read.
        limit: usize,
    },
    /// It wrote more notifications than are kept.
    #[error("the driver told of more than {limit} notifications")]
    Flood {
        /// The most that are kept.
        limit: usize,
    },
    /// It answered what it was not asked.
    #[error("the driver answered a request with the id {id}, which waits for no answer")]
    NotAsked {
        /// The id.
        id: String,
    },
    /// It answered with something of the wrong form.
    #[error("the driver's answer to `{method}` is wrong: {reason}")]
    WrongAnswer {
        /// What it was asked.
        method: String,
        /// What is wrong.
        reason: String,
    },
    /// It sends notifications, and answers with them as well.
    #[error("the driver sends `notify` and answers `notifications` as well")]
    BothWays,
    /// It declares something that the protocol rules out.
    #[error("the driver declares {0}")]
    Declares(String),
    /// It says that it cannot do what it declared.
    #[error(
        "the driver declares that its client can be asked for `{method}`, and answers that it cannot: {message}"
    )]
    Undeclared {
        /// What it was asked.
        method: String,
        /// What it said.
        message: String,
    },
    /// It takes a request for wrong that is right.
    #[error("the driver takes a valid `{method}` for a wrong request ({code}): {message}")]
    Misunderstands {
        /// What it was asked.
        method: String,
        /// The code of the error.
        code: i64,
        /// What it said.
        message: String,
    },
    /// Where the client should refuse, it answered with an error that is no refusal.
    #[error(
        "the driver answered `{method}` with the error {code}, which is no refusal of its client: {message}"
    )]
    NoRefusal {
        /// What it was asked.
        method: String,
        /// The code of the error.
        code: i64,
        /// What it said.
        message: String,
    },
    /// One process of it declares something else than another.
    #[error("the driver declares something else in this process than in its first one: {what}")]
    DeclaresOtherwise {
        /// The fields of the declaration that differ.
        what: String,
    },
    /// It answers a method in some cases and refuses to in others.
    #[error("the driver answers `{method}` at one time and refuses to at another")]
    Selective {
        /// The method.
        method: String,
    },
    /// What it listed is no longer in its list.
    #[error("the driver no longer lists a notification that it listed before, of {what}")]
    Forgets {
        /// The event.
        what: String,
    },
    /// It answered in the right form, with something that cannot be.
    #[error("the driver's answer to `{method}` makes no sense: {reason}")]
    Senseless {
        /// What it was asked.
        method: String,
        /// What cannot be.
        reason: String,
    },
    /// Its client was not started as long as the homeserver held back what the client wrote.
    #[error(
        "`start` waits for the client's own first write, which the homeserver holds back in this case: {how}"
    )]
    StartWaits {
        /// How that showed.
        how: String,
    },
    /// It said that an event was processed which the client cannot have seen.
    #[error("the driver answered `settle` for {what} before any /sync answer carried it")]
    EarlySettle {
        /// The event.
        what: String,
    },
    /// A notification came after the client had said that all that it does about the event is done.
    #[error("the client told of {what} after the driver had answered `settle` for it")]
    LateNotification {
        /// The event.
        what: String,
    },
}

impl Finding {
    /// What the author of the driver can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Ended { .. } => {
                "its stderr may say why; a driver ends when its stdin is closed, not before"
            }
            Self::Late { .. } => {
                "answer every request, also with an error; write each answer with a newline and flush stdout, which is \
                 buffered when it is no terminal"
            }
            Self::NoMessage { .. } | Self::LongLine { .. } => {
                "stdout belongs to the protocol, one JSON object a line: send logs, warnings and prints of libraries to \
                 stderr"
            }
            Self::Flood { .. } => "tell of each event once",
            Self::NotAsked { .. } => "answer each request once, with the id that it has",
            Self::WrongMessage { .. } | Self::WrongAnswer { .. } => {
                "fixtures/schemas/driver.json has the form of every message"
            }
            Self::BothWays => "do the one or the other; with `notify`, answer `notifications` with an error",
            Self::Declares(_) => "ci/clients/README.md says what belongs together",
            Self::Undeclared { .. } => {
                "declare beforehand what the client cannot do: leave the capability out, or name the method in `lacks` \
                 (ci/clients/README.md, \"What you declare\"); where the client refuses, answer -32000"
            }
            Self::Misunderstands { .. } => {
                "fixtures/schemas/driver.json has the form of every request; where the client refuses, answer -32000"
            }
            Self::NoRefusal { .. } => "where the client refuses, answer -32000",
            Self::DeclaresOtherwise { .. } => {
                "answer `initialize` alike in every process: what is declared is declared for all cases or not at all"
            }
            Self::Selective { .. } => {
                "answer it always; a driver that sends `notify` refuses `notifications` always"
            }
            Self::Forgets { .. } => "list all notifications since the latest `start`, each event once",
            Self::Senseless { .. } => "answer with what the client shows, each thing once, under its own id",
            Self::StartWaits { .. } => {
                "answer `start` when the first sync is done; let the client's own writes go on by themselves, and do not \
                 wait for them (ci/clients/README.md)"
            }
            Self::EarlySettle { .. } => {
                "answer `settle` when the client has processed the event, not when it is asked"
            }
            Self::LateNotification { .. } => {
                "answer `settle` when all that the client does about the event is done, notifications included"
            }
        }
    }
}
