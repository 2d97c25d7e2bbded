//! `bakeoff completions`: shell completions.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::Exit;

/// Arguments of `completions`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: bakeoff completions bash > ~/.local/share/bash-completion/completions/bakeoff"
)]
pub struct Args {
    /// Shell.
    shell: clap_complete::Shell,
}

/// Prints the completions.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bakeoff", &mut script);
    crate::output::text(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
