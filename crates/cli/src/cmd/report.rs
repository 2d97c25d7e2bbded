//! `bakeoff report`: updates every file of a report, or compares several runs.

use std::path::PathBuf;

use bakeoff_analysis::compare::variant_change;
use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::request::name::Name;
use bakeoff_protocol::results::Results;
use bakeoff_report::{DECISION, PAGE, Run, compare_runs};

use crate::exit::{Exit, UsageError};
use crate::{output, report_files, workspace};

/// Arguments of `report`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff report mine                              update every file of the report
  bakeoff report mine --decide decision.toml       decide by your constraints and weights
  bakeoff report mine yours > comparison.md        compare two explorations
  bakeoff report mine --history                    compare an exploration with its earlier runs")]
pub struct Args {
    /// NAME of the exploration.
    #[arg(env = "BAKEOFF_NAME")]
    name: String,
    /// A second exploration to compare with; writes no file.
    #[arg(conflicts_with_all = ["decision", "decide"])]
    other: Option<String>,
    /// Compare with earlier runs of this exploration, the latest last; writes no file.
    #[arg(long, conflicts_with_all = ["decision", "decide", "other"])]
    history: bool,
    /// Print the decision record instead of the path.
    #[arg(long)]
    decision: bool,
    /// Decide by the constraints and weights of this file; it is copied into the exploration.
    #[arg(long, value_name = "DECISION.TOML")]
    decide: Option<PathBuf>,
}

/// Updates the report and prints its path.
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
        report_files::adopt_decision(&folder, file)?;
    }
    report_files::write(&folder)?;
    if args.decision || args.decide.is_some() {
        output::text(&std::fs::read_to_string(folder.join(DECISION))?)?;
    } else {
        output::text(&folder.join(PAGE).display().to_string())?;
    }
    Ok(Exit::Done)
}

/// Returns the comparison of the runs in the given directories, each with its title.
fn comparison(folders: &[(String, PathBuf)]) -> anyhow::Result<String> {
    let results: Vec<(&String, Results)> = folders
        .iter()
        .map(|(title, folder)| Ok((title, report_files::load(folder)?)))
        .collect::<anyhow::Result<_>>()?;
    let runs: Vec<Run<'_>> =
        results.iter().map(|(title, results)| Run { title: (*title).clone(), results }).collect();
    let all: Vec<&Results> = results.iter().map(|(_, results)| results).collect();
    let changes = |scenario: &str, variant: &str| variant_change(&all, scenario, variant);
    Ok(compare_runs(&runs, &changes))
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
