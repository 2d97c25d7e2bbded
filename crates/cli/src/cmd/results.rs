//! `bakeoff results`: the results of an exploration in a chosen format.

use std::path::PathBuf;

use bakeoff_report::Format;

use crate::cmd::report::folder;
use crate::exit::Exit;
use crate::splice::{self, Markers};
use crate::{output, report_files};

const MARKERS: Markers = Markers { begin: "<!-- results: begin -->", end: "<!-- results: end -->" };

/// Arguments of `results`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: bakeoff results mine --format markdown | gh pr comment --body-file -"
)]
pub struct Args {
    /// NAME of the exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// table, json, csv, markdown, or paced (tables of paced replays in Markdown).
    #[arg(long, default_value = "table")]
    format: Format,
    /// Write the results into this page between the lines `<!-- results: begin -->` and
    /// `<!-- results: end -->`.
    #[arg(long, value_name = "PAGE")]
    splice: Option<PathBuf>,
}

/// Prints the results.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let results = report_files::load(&folder(&args.name)?)?;
    let results = bakeoff_report::format(&results, args.format)?;
    match &args.splice {
        None => output::text(&results)?,
        Some(path) => splice::update(path, MARKERS, &results, false)?,
    }
    Ok(Exit::Done)
}
