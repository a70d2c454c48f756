//! What the file says that does more than choose. Whoever runs the suite in a folder of others is told what its file
//! makes the suite run and write.

use camino::Utf8PathBuf;
use clap::{Arg, ArgMatches, parser::ValueSource};

use crate::terminal;

/// What runs a command, or an image.
const RUN: [&str; 3] = ["restart_cmd", "command", "container"];

/// What writes a file.
const WRITE: [&str; 2] = ["report", "state"];

/// A file that was read, and what it has a say in.
#[derive(Debug)]
pub(crate) struct Effects {
    path: Utf8PathBuf,
    said: Vec<Said>,
}

/// One key of a table that runs or writes something.
#[derive(Debug)]
struct Said {
    command: String,
    id: String,
    key: String,
    values: Vec<String>,
}

impl Effects {
    /// A file that says nothing of the kind yet.
    pub(super) fn of(path: Utf8PathBuf) -> Self {
        Self { path, said: Vec::new() }
    }

    /// Notes what the file says of an argument, if that runs or writes something.
    pub(super) fn note(&mut self, command: &str, arg: &Arg, key: &str, values: &[String]) {
        let id = arg.get_id().as_str();
        if RUN.contains(&id) || WRITE.contains(&id) {
            let (command, id, key) = (command.to_owned(), id.to_owned(), key.to_owned());
            self.said.push(Said { command, id, key, values: values.to_vec() });
        }
    }

    /// Tells of the file, and of what counts in it: a flag or a variable takes the place of what it says.
    pub(crate) fn tell(&self, matches: &ArgMatches) {
        let Some((command, matches)) = matches.subcommand() else { return };
        if super::COMMANDS.contains(&command) {
            terminal::note(&self.told(command, matches).replace('\n', " "));
        }
    }

    fn told(&self, command: &str, matches: &ArgMatches) -> String {
        let counts = |said: &&Said| {
            let known = matches.try_contains_id(&said.id).unwrap_or(false);
            said.command == command
                && known
                && matches.value_source(&said.id) == Some(ValueSource::DefaultValue)
        };
        let of = |ids: &[&str], verb: &str| {
            let mine = self.said.iter().filter(counts).filter(|said| ids.contains(&said.id.as_str()));
            let named: Vec<String> = mine.map(|said| format!("{} = {}", said.key, said.shown())).collect();
            (!named.is_empty()).then(|| format!("; {verb} {}", named.join(", ")))
        };
        let (runs, writes) = (of(&RUN, "runs"), of(&WRITE, "writes"));
        format!("configuration: {}{}{}", self.path, runs.unwrap_or_default(), writes.unwrap_or_default())
    }
}

impl Said {
    /// What is run or written. Of a command the first word: the others can be secrets.
    fn shown(&self) -> String {
        if !RUN.contains(&self.id.as_str()) {
            return self.values.join(", ");
        }
        let mut words = self.values.iter().flat_map(|value| value.split_whitespace());
        let is_plain = |word: &&str| !word.contains(['=', '@', '\'', '"']);
        let first = words.next().filter(is_plain).unwrap_or_default();
        if words.next().is_some() { format!("{first} …") } else { first.to_owned() }
    }
}
