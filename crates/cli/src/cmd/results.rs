//! `bakeoff results`: the figures of an exploration, in a form of one's choice.

use std::path::{Path, PathBuf};

use bakeoff_report::Format;

use crate::cmd::report::folder;
use crate::exit::{Exit, UsageError};
use crate::output;

const BEGIN: &str = "<!-- results: begin -->";
const END: &str = "<!-- results: end -->";

/// Arguments of `results`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: bakeoff results mine --format markdown | gh pr comment --body-file -"
)]
pub struct Args {
    /// The exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// table, json, csv, markdown, or behaviour (what users and the origin saw of paced replays).
    #[arg(long, default_value = "table")]
    format: Format,
    /// Put them into this page, between the lines `<!-- results: begin -->` and
    /// `<!-- results: end -->`, instead of printing them.
    #[arg(long, value_name = "PAGE")]
    splice: Option<PathBuf>,
}

/// Prints them.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let report = bakeoff_report::load(&folder(&args.name)?)?;
    let results = bakeoff_report::format(&report, args.format)?;
    match &args.splice {
        None => output::text(&results)?,
        Some(path) => into_page(path, &results)?,
    }
    Ok(Exit::Done)
}

/// Replaces what stands between the marks of a page.
fn into_page(path: &Path, results: &str) -> anyhow::Result<()> {
    let cannot = |why: String| UsageError(format!("{}: {why}", path.display()));
    let page = std::fs::read_to_string(path).map_err(|error| cannot(error.to_string()))?;
    let missing = |mark: &str| cannot(format!("it has no line {mark}; write it where results go"));
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    std::fs::write(path, format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", results.trim_end()))?;
    output::text(&format!("{} written", path.display()))
}
