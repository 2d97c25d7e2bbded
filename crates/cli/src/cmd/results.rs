//! `bakeoff results`: the figures of an exploration, in a form of one's choice.

use std::path::PathBuf;

use bakeoff_report::Format;

use crate::cmd::report::folder;
use crate::exit::Exit;
use crate::output;
use crate::page::{self, Marks};

const MARKS: Marks = Marks { begin: "<!-- results: begin -->", end: "<!-- results: end -->" };

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
        Some(path) => page::update(path, MARKS, &results, false)?,
    }
    Ok(Exit::Done)
}
