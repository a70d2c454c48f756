//! Restarts of the subject. A restart is a barrier: it waits until every case has ended or waits for one, and then is done
//! once for all that wait for the same.

use std::{
    fmt::Debug,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use pushproof_record::{Event, Evidence, Leftover, Redactor};
use pushproof_vocabulary::{Era, control::Control};
use tokio::sync::{Notify, oneshot};

use crate::{
    context::{RunContext, StepContext},
    http::Call,
    inspection::{self, Inspect},
    outcome::{Missed, Passed, StepResult},
    patience::poll,
    process::{self, Ended},
    trace::Trace,
};

/// How a subject is restarted.
#[derive(Clone, Debug)]
pub enum Restart {
    /// By control messages to the inspection port of the reference homeserver.
    Inspection(Inspect),
    /// By a command of the shell, which ends once the former homeserver is gone. `PUSHPROOF_RESTART` tells it what is wanted.
    Command {
        /// The command.
        command: String,
        /// How long a restart may take, until the homeserver answers again.
        patience: Duration,
    },
    /// By whoever has started the homeserver.
    Keeper {
        /// Who that is.
        keeper: Arc<dyn Keeper>,
        /// How long a restart may take, until the homeserver answers again.
        patience: Duration,
    },
}

/// Whoever has started the homeserver, and can restart it: the container that it runs in, say.
pub trait Keeper: Debug + Send + Sync {
    /// Restarts the homeserver into an era, and ends once the former one is gone; what was written meanwhile, or why it
    /// went wrong.
    fn restart(&self, into: Era) -> Restarting<'_>;
}

/// A restart under way.
pub type Restarting<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// The variable by which whoever restarts is told what the homeserver is to be afterwards: `proposal` or `legacy`.
pub const WANTED: &str = "PUSHPROOF_RESTART";

/// How a restart went, as every case that waited for it is told: with what the command wrote, if one did it.
type Done = Result<Option<Evidence>, Failed>;

/// A restart that failed.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    missed: Missed,
    log: Option<Evidence>,
}

/// Where cases wait for a restart.
#[derive(Debug)]
pub(crate) struct Restarts {
    how: Option<Restart>,
    gate: Mutex<Gate>,
    /// A case has come to wait, or has ended.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Gate {
    /// How many cases have not ended, whether or not they restart the subject.
    cases: usize,
    waiting: Vec<Waiting>,
    /// What the subject is.
    era: Era,
    /// A restart failed: there is no further one.
    failed: Option<Failed>,
}

#[derive(Debug)]
struct Waiting {
    into: Era,
    done: oneshot::Sender<Done>,
}

impl Gate {
    /// The restart that is due, once every case waits for one. Before the subject is turned into something else, what it
    /// is gets its restarts, so that nobody who asks for a mere restart meets another server in between.
    fn due(&mut self) -> Option<Era> {
        self.waiting.retain(|waiting| !waiting.done.is_closed());
        let first = self.waiting.first().filter(|_| self.waiting.len() == self.cases)?;
        let same = self.waiting.iter().find(|waiting| waiting.into == self.era);
        Some(same.unwrap_or(first).into)
    }

    /// Those that waited for a restart into this.
    fn served(&mut self, into: Era) -> Vec<Waiting> {
        self.waiting.extract_if(.., |waiting| waiting.into == into).collect()
    }
}

impl Restarts {
    /// Restarts done in this way, if there is one.
    #[must_use]
    pub(crate) fn new(how: Option<Restart>) -> Self {
        Self { how, gate: Mutex::default(), changed: Notify::new() }
    }

    /// What the subject is at the moment.
    #[must_use]
    pub(crate) fn era(&self) -> Era {
        self.gate().era
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().expect("no holder of this lock panics")
    }

    /// Runs cases, all at the same time, of which some restart the subject. Whatever they make of it, it has the proposal
    /// afterwards.
    pub(crate) async fn run_together<T>(
        &self,
        run: &RunContext,
        cases: Vec<impl Future<Output = T>>,
    ) -> Vec<T> {
        self.gate().cases = cases.len();
        let cases = cases.into_iter().map(async |case| {
            let end = case.await;
            self.gate().cases -= 1;
            self.changed.notify_one();
            end
        });
        let (ends, ()) = tokio::join!(futures_util::future::join_all(cases), self.serve(run));
        ends
    }

    /// Waits for the next restart into an era; for a case under way.
    pub(crate) async fn pass(&self, ctx: StepContext<'_>, into: Era) -> StepResult {
        let (done, wait) = oneshot::channel();
        self.gate().waiting.push(Waiting { into, done });
        self.changed.notify_one();
        let (log, result) = match ctx.run.jobs.aside(wait).await {
            Ok(Ok(log)) => (log, Ok(Passed::default())),
            Ok(Err(Failed { missed, log })) => (log, Err(missed)),
            Err(_) => (None, Err(Missed::error("nobody restarts the subject for this case"))),
        };
        if let Some(log) = log {
            ctx.trace.add(log);
        }
        result
    }

    /// Restarts whenever all cases wait, until all have ended.
    async fn serve(&self, run: &RunContext) {
        while self.gate().cases > 0 {
            let due = self.gate().due();
            let Some(into) = due else {
                self.changed.notified().await;
                continue;
            };
            let Some(done) = run.cancel.run_until_cancelled(self.restart(run, into)).await else {
                self.leave(run, "the run was interrupted during a restart, and it may be down");
                // The cases are interrupted too, and end.
                self.changed.notified().await;
                continue;
            };
            for waiting in self.gate().served(into) {
                // Err when its case was interrupted.
                let _ = waiting.done.send(done.clone());
            }
        }
        if self.era() == Era::Legacy {
            let upgraded = run.cancel.run_until_cancelled(self.restart(run, Era::Proposal)).await;
            if !matches!(upgraded, Some(Ok(_))) {
                self.leave(run, "it was restarted without the proposal, and could not be restarted with it");
            }
        }
    }

    async fn restart(&self, run: &RunContext, into: Era) -> Done {
        if let Some(failed) = &self.gate().failed {
            return Err(failed.clone());
        }
        run.watches.before_restart(run).await;
        let done = match &self.how {
            Some(Restart::Inspection(inspect)) => by_control(inspect, into).await.map(|()| None),
            Some(Restart::Command { command, patience }) => {
                by_command(run, command, *patience, into).await.map(Some)
            }
            Some(Restart::Keeper { keeper, patience }) => {
                by_keeper(run, keeper.as_ref(), *patience, into).await.map(Some)
            }
            None => Err(Missed::error("there is no way to restart the subject").into()),
        };
        run.http.reconnect();
        match &done {
            Ok(_) => self.gate().era = into,
            Err(failed) => self.gate().failed = Some(failed.clone()),
        }
        done
    }

    /// Tells in what state the subject stays behind. The reference ends with the run.
    fn leave(&self, run: &RunContext, reason: &str) {
        if matches!(self.how, Some(Restart::Command { .. })) {
            let what = "the homeserver itself".to_owned();
            run.tell(Event::Leftover(Leftover { what, user_id: None, reason: reason.to_owned() }));
        }
    }
}

impl From<Missed> for Failed {
    fn from(missed: Missed) -> Self {
        Self { missed, log: None }
    }
}

async fn by_control(inspect: &Inspect, into: Era) -> Result<(), Failed> {
    for control in [Control::SetLegacy(into == Era::Legacy), Control::Restart {}] {
        inspection::tell(inspect, &control)
            .await
            .map_err(|reason| Missed::inconclusive(format!("the reference was not restarted: {reason}")))?;
    }
    Ok(())
}

/// Runs the command and waits until the subject answers again; what the command wrote.
async fn by_command(
    run: &RunContext,
    command: &str,
    patience: Duration,
    into: Era,
) -> Result<Evidence, Failed> {
    let deadline = Instant::now() + patience;
    let mut shell = process::shell(command);
    shell.env(WANTED, into.name());
    let (ended, output) = process::run(shell, deadline).await;
    let ended = match ended {
        Ended::Well => Ok(()),
        Ended::Badly(how) => Err(format!("the restart command {how}")),
        Ended::Late => {
            Err("the restart command did not end in time, and was killed with all that it had started"
                .to_owned())
        }
    };
    let hint = format!(
        "the shell was given --restart-cmd with {WANTED}={}; within {} s (--restart-patience) it must end and the \
         homeserver answer again",
        into.name(),
        patience.as_secs_f64(),
    );
    see_through(run, ended, &without_words_of(command, &output), hint, deadline).await
}

/// An output in which no shell repeats the words of the command, but the first: their errors and traces quote what they were
/// given, and any of it may be a secret.
fn without_words_of(command: &str, output: &str) -> String {
    let redactor = Redactor::new();
    let is_part = |c: char| c.is_alphanumeric() || "_-.+".contains(c);
    for word in command.split_whitespace().skip(1) {
        redactor.secret(word, "RESTART_COMMAND");
        word.split(|c| !is_part(c)).for_each(|part| redactor.secret(part, "RESTART_COMMAND"));
    }
    let is_of_a_shell = |line: &str| {
        line.starts_with('+') || line.split_once(':').is_some_and(|(program, _)| program.ends_with("sh"))
    };
    let lines = output.split_inclusive('\n');
    lines.map(|line| if is_of_a_shell(line) { redactor.text(line) } else { line.to_owned() }).collect()
}

/// Asks the keeper and waits until the subject answers again; what was written meanwhile.
async fn by_keeper(
    run: &RunContext,
    keeper: &dyn Keeper,
    patience: Duration,
    into: Era,
) -> Result<Evidence, Failed> {
    let deadline = Instant::now() + patience;
    let restarted = tokio::time::timeout_at(deadline.into(), keeper.restart(into)).await;
    let restarted =
        restarted.unwrap_or_else(|_| Err("the restart did not come to its end in time".to_owned()));
    let (ended, output) = match restarted {
        Ok(output) => (Ok(()), output),
        Err(message) => (Err(message), String::new()),
    };
    let hint =
        format!("within {} s (--restart-patience) the homeserver must answer again", patience.as_secs_f64());
    see_through(run, ended, &output, hint, deadline).await
}

/// What came of a restart: once it has ended well, the subject has to answer again.
async fn see_through(
    run: &RunContext,
    ended: Result<(), String>,
    output: &str,
    hint: String,
    deadline: Instant,
) -> Result<Evidence, Failed> {
    let result = match ended {
        Ok(()) => come_back(run, deadline).await,
        Err(message) => Err(message),
    };
    let text = run.redactor.text(output);
    let log = Evidence::ServerLog { at_ms: run.now_ms(), text: text.clone() };
    match result {
        Ok(()) => Ok(log),
        Err(message) => {
            let last = text.lines().rfind(|line| !line.trim().is_empty());
            let last = last
                .map_or_else(|| "it wrote nothing".to_owned(), |line| format!("it wrote last: {line:.200}"));
            let missed = Missed::inconclusive(format!("{message}; {last}")).hint(hint);
            Err(Failed { missed, log: Some(log) })
        }
    }
}

/// Waits until the subject answers as a homeserver does.
async fn come_back(run: &RunContext, deadline: Instant) -> Result<(), String> {
    run.http.reconnect();
    let trace = Trace::default();
    let call = Call::get("/_matrix/client/versions");
    let last = Mutex::new("nothing yet".to_owned());
    let answers = poll(deadline.saturating_duration_since(Instant::now()), || async {
        let instead = match run.http.send(&trace, &call).await {
            Ok(answer) if answer.status == 200 && answer.json.is_some() => return Ok(()),
            Ok(answer) => answer.brief(),
            Err(error) => error.to_string(),
        };
        *last.lock().expect("no holder of this lock panics") = instead;
        Err(())
    });
    let answered = tokio::time::timeout_at(deadline.into(), answers).await;
    answered.ok().and_then(Result::ok).ok_or_else(|| {
        let last = last.lock().expect("no holder of this lock panics");
        format!("the restart ended, but the homeserver did not come back: {last}")
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A gate at which cases wait for these, and what keeps their wishes alive.
    fn gate(era: Era, cases: usize, wishes: &[Era]) -> (Gate, Vec<oneshot::Receiver<Done>>) {
        let mut gate = Gate { cases, era, ..Gate::default() };
        let receivers = wishes.iter().map(|into| {
            let (done, wait) = oneshot::channel();
            gate.waiting.push(Waiting { into: *into, done });
            wait
        });
        let receivers = receivers.collect();
        (gate, receivers)
    }

    #[rstest]
    #[case::unknown_command(
        "hunter2cmd --now",
        "sh: 1: hunter2cmd: not found",
        "sh: 1: hunter2cmd: not found"
    )]
    #[case::argument(
        "true && hunter2cmd",
        "sh: 1: hunter2cmd: not found",
        "sh: 1: $RESTART_COMMAND: not found"
    )]
    #[case::syntax(
        "curl -u admin:hunter2 (http://h/)",
        "bash: -c: line 1: `curl -u admin:hunter2 (http://h/)'",
        "bash: -c: line 1: `curl -u $RESTART_COMMAND $RESTART_COMMAND'"
    )]
    #[case::trace("curl -u a:hunter2 h", "+ curl -u a:hunter2 h\nok", "+ curl -u $RESTART_COMMAND h\nok")]
    #[case::others(
        "docker restart synapse",
        "synapse\nsee docker logs synapse",
        "synapse\nsee docker logs synapse"
    )]
    fn an_output_does_not_repeat_the_command(
        #[case] command: &str,
        #[case] output: &str,
        #[case] shown: &str,
    ) {
        assert_eq!(without_words_of(command, output), shown);
    }

    #[test]
    fn a_restart_is_due_when_all_wait() {
        let (mut gate, _waits) = gate(Era::Proposal, 2, &[Era::Proposal]);
        assert_eq!(gate.due(), None);
        gate.cases -= 1;
        assert_eq!(gate.due(), Some(Era::Proposal));
    }

    #[test]
    fn a_mere_restart_comes_before_a_change() {
        let (mut gate, _waits) = gate(Era::Proposal, 3, &[Era::Legacy, Era::Proposal, Era::Legacy]);
        assert_eq!(gate.due(), Some(Era::Proposal));
        assert_eq!(gate.served(Era::Proposal).len(), 1);
        assert_eq!(gate.due(), None, "one of the three goes on");
        gate.cases -= 1;
        assert_eq!(gate.due(), Some(Era::Legacy));
    }

    #[test]
    fn who_was_interrupted_waits_no_more() {
        let (mut gate, mut waits) = gate(Era::Proposal, 2, &[Era::Proposal, Era::Proposal]);
        waits.pop();
        assert_eq!(gate.due(), None, "that case has not ended yet");
        gate.cases -= 1;
        assert_eq!(gate.due(), Some(Era::Proposal));
    }
}
