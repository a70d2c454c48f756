//! `pushproof init`: a `pushproof.toml` in which everything is there, explained, and commented out.

use std::{fs::OpenOptions, io::Write};

use clap::{Arg, Command};
use pushproof_record::exit_code;

use crate::{
    Usage,
    args::{self, InitArgs},
    config, terminal,
};

pub(crate) fn run(args: &InitArgs) -> anyhow::Result<u8> {
    let path = &args.path;
    let mut how = OpenOptions::new();
    how.write(true);
    if args.force {
        how.create(true).truncate(true)
    } else {
        how.create_new(true)
    };
    let file = how.open(path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Usage::new(format!("there is a file {path} already")).hint("--force writes over it")
        }
        _ => Usage::new(format!("{path} cannot be written: {error}")),
    })?;
    file.write_all(template(&args::command()).as_bytes())?;
    terminal::note(&format!("{path} is written: take out the # where you want something else"));
    Ok(exit_code::CONFORMANT)
}

/// The file: every key of every table, with what it is for, its variable and its default.
fn template(command: &Command) -> String {
    let head = "# What is said here counts where neither a flag nor a variable says otherwise.\n\
                    # Secrets do not belong here: name the file that holds them, as in \"token=@token.txt\".\n";
    let tables = config::COMMANDS.iter().map(|name| {
        let of_command = command.find_subcommand(name).expect("commands with a table exist");
        let entries: String = config::keys(of_command).map(|(key, arg)| entry(&key, arg)).collect();
        format!("\n# {}\n[{name}]\n{entries}", of_command.get_about().unwrap_or_default())
    });
    std::iter::once(head.to_owned()).chain(tables).collect()
}

fn entry(key: &str, arg: &Arg) -> String {
    let help = arg.get_help().unwrap_or_default();
    let variable = arg.get_env().unwrap_or_default().to_string_lossy();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let name = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let value = match defaults.first() {
        _ if config::is_switch(arg) => "true".to_owned(),
        _ if config::takes_several(arg) => format!("[\"{name}\"]"),
        Some(default) => format!("\"{default}\""),
        None => format!("\"{name}\""),
    };
    format!("\n# {help}\n# {variable}\n#{key} = {value}\n")
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, arg};

    use super::*;

    #[test]
    fn everything_is_explained_and_commented_out() {
        let sample = Command::new("pushproof").subcommands([
            Command::new("check").about("Check something").args([
                arg!([url] "The address").env("PUSHPROOF_URL"),
                arg!(--patience <TIME> "How long to wait").default_value("10s").env("PUSHPROOF_PATIENCE"),
                arg!(--strict "Count everything").env("PUSHPROOF_STRICT"),
            ]),
            Command::new("check-client").about("Check another thing"),
            Command::new("prove")
                .about("Prove something")
                .arg(arg!(--run <PATTERN> "What is run").action(ArgAction::Append).env("PUSHPROOF_RUN")),
            Command::new("serve").about("Serve something"),
        ]);
        insta::assert_snapshot!(template(&sample), @r##"
        # What is said here counts where neither a flag nor a variable says otherwise.
        # Secrets do not belong here: name the file that holds them, as in "token=@token.txt".

        # Check something
        [check]

        # The address
        # PUSHPROOF_URL
        #url = "url"

        # How long to wait
        # PUSHPROOF_PATIENCE
        #patience = "10s"

        # Count everything
        # PUSHPROOF_STRICT
        #strict = true

        # Check another thing
        [check-client]

        # Prove something
        [prove]

        # What is run
        # PUSHPROOF_RUN
        #run = ["PATTERN"]

        # Serve something
        [serve]
        "##);
    }
}
