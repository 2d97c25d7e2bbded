//! Entry point of `bakeoff`. The subcommands are in `cmd/`, one file each.

mod args;
mod cli;
mod cmd;
mod credentials;
mod early_report;
mod exit;
mod meter;
mod output;
mod portrait_page;
mod report_files;
mod rerun_command;
mod splice;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if let Some(code) = bakeoff_services::process::supervise_if_asked() {
        return code;
    }
    let cli = cli::Cli::parse();
    let outcome = credentials::move_to_environment(std::env::args_os());
    exit::code_of(outcome.and_then(|()| cli.run()))
}
