//! `pushproof completions SHELL`: what a shell needs to complete the command line.

use pushproof_record::exit_code;

use crate::{
    args::{self, CompletionsArgs},
    terminal,
};

pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "pushproof", &mut text);
    terminal::out(&String::from_utf8(text)?)?;
    Ok(exit_code::CONFORMANT)
}
