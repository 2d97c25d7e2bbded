//! `bakeoff report`: every output of an exploration, written again from its samples; or several
//! runs side by side.

use std::path::PathBuf;

use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::request::name::Name;
use bakeoff_report::beside::{Run, beside};
use bakeoff_report::{Report, ReportError};

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Arguments of `report`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff report mine                              write every output again
  bakeoff report mine --decide decision.toml       decide by constraints and weights of yours
  bakeoff report mine yours > beside.md            two explorations side by side
  bakeoff report mine --history                    one exploration beside its earlier runs")]
pub struct Args {
    /// The exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// A second exploration: both are set side by side, and nothing is written.
    #[arg(conflicts_with_all = ["decision", "decide"])]
    other: Option<String>,
    /// This exploration beside its own earlier runs, the latest last; nothing is written.
    #[arg(long, conflicts_with_all = ["decision", "decide", "other"])]
    history: bool,
    /// The decision record instead of the paths.
    #[arg(long)]
    decision: bool,
    /// Decide by this file's constraints and weights; it is kept beside the report.
    #[arg(long, value_name = "DECISION.TOML")]
    decide: Option<PathBuf>,
}

/// Writes the report, and prints where it lies.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let folder = folder(&args.name)?;
    if let Some(other) = &args.other {
        let folders = [(args.name.clone(), folder), (other.clone(), self::folder(other)?)];
        output::text(&side_by_side(&folders)?)?;
        return Ok(Exit::Done);
    }
    if args.history {
        output::text(&side_by_side(&with_history(folder)?)?)?;
        return Ok(Exit::Done);
    }
    if let Some(file) = &args.decide {
        bakeoff_report::adopt_decision(&folder, file).map_err(told)?;
    }
    let rendered = bakeoff_report::render(&folder).map_err(told)?;
    if args.decision || args.decide.is_some() {
        output::text(&std::fs::read_to_string(&rendered.decision)?)?;
    } else {
        output::text(&rendered.page.display().to_string())?;
    }
    Ok(Exit::Done)
}

/// The runs in these folders, each with its title, side by side.
fn side_by_side(folders: &[(String, PathBuf)]) -> anyhow::Result<String> {
    let reports: Vec<(&String, Report)> = folders
        .iter()
        .map(|(title, folder)| Ok((title, bakeoff_report::load(folder)?)))
        .collect::<anyhow::Result<_>>()?;
    let runs: Vec<Run<'_>> =
        reports.iter().map(|(title, report)| Run { title: (*title).clone(), report }).collect();
    Ok(beside(&runs))
}

/// Earlier runs of an exploration, titled by their time, and the present one last.
fn with_history(folder: PathBuf) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut runs = Vec::new();
    match std::fs::read_dir(folder.join("history")) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry?;
                if entry.path().join("exploration.json").exists() {
                    runs.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
                }
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    runs.sort();
    runs.push((String::from("now"), folder));
    Ok(runs)
}

/// A mistake in `decision.toml` is its writer's to mend.
fn told(error: ReportError) -> anyhow::Error {
    match error {
        ReportError::Wish(error) => UsageError(error.to_string()).into(),
        other => other.into(),
    }
}

/// The folder of an exploration that exists.
pub fn folder(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let name: Name =
        name.parse().map_err(|error: bakeoff_driver::request::name::InvalidName| {
            UsageError(error.to_string())
        })?;
    let exploration = ResultsDir::in_workspace(&workspace::root()?).exploration(&name);
    if exploration.record().exists() {
        return Ok(exploration.folder().to_owned());
    }
    Err(UsageError(format!(
        "there is no exploration \"{name}\"; `bakeoff list` shows those there are"
    ))
    .into())
}
