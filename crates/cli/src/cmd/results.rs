//! `bakeoff results`: the figures of an exploration, in a form of one's choice.

use bakeoff_report::Format;

use crate::cmd::report::folder;
use crate::exit::Exit;
use crate::output;

/// Arguments of `results`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: bakeoff results mine --format markdown | gh pr comment --body-file -"
)]
pub struct Args {
    /// The exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// table, json, csv or markdown.
    #[arg(long, default_value = "table")]
    format: Format,
}

/// Prints them.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let report = bakeoff_report::load(&folder(&args.name)?)?;
    output::text(&bakeoff_report::format(&report, args.format)?)?;
    Ok(Exit::Done)
}
