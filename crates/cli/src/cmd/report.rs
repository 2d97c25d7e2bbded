//! `bakeoff report`: writes the report again, or compares several runs.

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
  bakeoff report mine                              write all files again
  bakeoff report mine --decide decision.toml       decide by your constraints and weights
  bakeoff report mine yours > diff.md              compare two explorations
  bakeoff report mine --history                    compare with earlier runs")]
pub struct Args {
    /// NAME of the exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// Second exploration to compare with; no file is written.
    #[arg(conflicts_with_all = ["decision", "decide"])]
    other: Option<String>,
    /// Compare with the earlier runs of this NAME, the latest last; no file is written.
    #[arg(long, conflicts_with_all = ["decision", "decide", "other"])]
    history: bool,
    /// Print the decision record instead of the path of the page.
    #[arg(long)]
    decision: bool,
    /// Decide by this file's constraints and weights; it is copied next to the report.
    #[arg(long, value_name = "DECISION.TOML")]
    decide: Option<PathBuf>,
}

/// Writes the report and prints its path.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let folder = folder(&args.name)?;
    if let Some(other) = &args.other {
        let folders = [(args.name.clone(), folder), (other.clone(), self::folder(other)?)];
        output::text(&comparison(&folders)?)?;
        return Ok(Exit::Done);
    }
    if args.history {
        output::text(&comparison(&with_history(folder)?)?)?;
        return Ok(Exit::Done);
    }
    if let Some(file) = &args.decide {
        bakeoff_report::adopt_decision(&folder, file).map_err(usage_or_internal)?;
    }
    let rendered = bakeoff_report::render(&folder).map_err(usage_or_internal)?;
    if args.decision || args.decide.is_some() {
        output::text(&std::fs::read_to_string(&rendered.decision)?)?;
    } else {
        output::text(&rendered.page.display().to_string())?;
    }
    Ok(Exit::Done)
}

/// Compares the runs in these directories, each with its title.
fn comparison(folders: &[(String, PathBuf)]) -> anyhow::Result<String> {
    let reports: Vec<(&String, Report)> = folders
        .iter()
        .map(|(title, folder)| Ok((title, bakeoff_report::load(folder)?)))
        .collect::<anyhow::Result<_>>()?;
    let runs: Vec<Run<'_>> =
        reports.iter().map(|(title, report)| Run { title: (*title).clone(), report }).collect();
    Ok(beside(&runs))
}

/// Returns the earlier runs of an exploration with their times, and the current one last.
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

/// Separates errors in `decision.toml` from internal errors.
fn usage_or_internal(error: ReportError) -> anyhow::Error {
    match error {
        ReportError::Wish(error) => UsageError(error.to_string()).into(),
        other => other.into(),
    }
}

/// Returns the directory of an existing exploration.
pub fn folder(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let name: Name =
        name.parse().map_err(|error: bakeoff_driver::request::name::InvalidName| {
            UsageError(error.to_string())
        })?;
    let exploration = ResultsDir::in_workspace(&workspace::root()?).exploration(&name);
    if exploration.record().exists() {
        return Ok(exploration.folder().to_owned());
    }
    Err(UsageError(format!("unknown exploration \"{name}\"; `bakeoff list` shows all")).into())
}
