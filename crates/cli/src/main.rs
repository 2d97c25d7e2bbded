//! The binary `bakeoff`: one file a subcommand under `cmd/`, nothing but dispatch here.

mod bytes;
mod cli;
mod cmd;
mod credentials;
mod exit;
mod input;
mod measuring;
mod meter;
mod output;
mod page;
mod portrait_page;
mod rerun_command;
mod servers;
mod subject;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // A hidden role of this executable: it sees to it that a whole tree of processes ends with us.
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == bakeoff_services::process::SUPERVISE) {
        return bakeoff_services::process::supervise_main(words);
    }
    let cli = cli::Cli::parse();
    let outcome = credentials::move_to_environment(std::env::args_os());
    exit::code_of(outcome.and_then(|()| cli.run()))
}
