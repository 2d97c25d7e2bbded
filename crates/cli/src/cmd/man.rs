//! `bakeoff man`: the manual page, from the one definition of the command line.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::Exit;

/// Prints the page in roff; `bakeoff man | man -l -` shows it.
pub fn run() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    crate::output::text(&String::from_utf8(page)?)?;
    Ok(Exit::Done)
}
