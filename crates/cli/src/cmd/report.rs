//! `bakeoff report`: every output of an exploration, written again from its samples.

use bakeoff_explore::name::Name;
use bakeoff_explore::paths::Results;

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `report`.
#[derive(clap::Args)]
pub struct Args {
    /// The exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// The decision record instead of the paths.
    #[arg(long)]
    decision: bool,
}

/// Writes the report, and prints where it lies.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let rendered = bakeoff_report::render(&folder(&args.name)?)?;
    if args.decision {
        output::text(&std::fs::read_to_string(&rendered.decision)?)?;
    } else {
        output::text(&rendered.page.display().to_string())?;
    }
    Ok(Exit::Done)
}

/// The folder of an exploration that exists.
pub fn folder(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let name: Name = name
        .parse()
        .map_err(|error: bakeoff_explore::name::BadName| UsageError(error.to_string()))?;
    let exploration = Results::of(&workspace::root()?).exploration(&name);
    if exploration.record().exists() {
        return Ok(exploration.folder().to_owned());
    }
    Err(UsageError(format!(
        "there is no exploration {name:?}; `bakeoff list` shows those there are"
    ))
    .into())
}
