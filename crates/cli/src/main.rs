//! The binary `bakeoff`: one file a subcommand under `cmd/`, nothing but dispatch here.

mod again;
mod bytes;
mod cli;
mod cmd;
mod exit;
mod input;
mod measuring;
mod meter;
mod output;
mod page;
mod portrait_page;
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
    exit::code_of(cli::Cli::parse().run())
}
