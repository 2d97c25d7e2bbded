//! `bakeoff scenario`: list, show, validate and create scenario files.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use bakeoff_workload::scenario::{self, ScenarioFile, catalogue};
use bakeoff_workload::{ScenarioDefinition, compile};

use crate::exit::{Exit, UsageError};
use crate::splice::{self, Markers};
use crate::{output, workspace};

/// Arguments of `scenario`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the scenarios of this workspace.
    List {
        /// Print one JSON array instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Print the file of a scenario.
    Show {
        /// Name of the scenario.
        name: String,
        /// Print the scenario as JSON, with the defaults filled in.
        #[arg(long)]
        json: bool,
    },
    /// Check scenario files; default: all of the workspace.
    Validate {
        /// Scenario files.
        files: Vec<PathBuf>,
    },
    /// Update the generated section of docs/SCENARIOS.md.
    Docs {
        /// Change nothing; exit with 2 if the page is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Copy a scenario to a new file.
    New {
        /// Name of the new scenario.
        #[arg(env = "BAKEOFF_NAME")]
        name: String,
        /// The scenario to copy.
        #[arg(long, default_value = "user-profiles")]
        from: String,
    },
}

/// Runs the action.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let folder = workspace::root()?.join("scenarios");
    match &args.action {
        Action::List { json } => {
            let listed = scenario::list_scenarios(&folder).map_err(usage)?;
            if *json {
                let readable: Vec<_> =
                    listed.iter().filter_map(|listed| listed.scenario.as_ref().ok()).collect();
                output::json(&readable)?;
            } else {
                output::text(&listed.iter().map(line).collect::<Vec<_>>().join("\n"))?;
            }
        }
        Action::Show { name, json } => {
            let found = scenario::find_scenario(&folder, name).map_err(usage)?;
            if *json {
                output::json(&found)?;
            } else {
                let path = folder.join(format!("{name}.toml"));
                output::text(&std::fs::read_to_string(path)?)?;
            }
        }
        Action::Validate { files } => return validate(&folder, files),
        Action::New { name, from } => copy(&folder, name, from)?,
        Action::Docs { check } => docs(&folder, *check)?,
    }
    Ok(Exit::Done)
}

fn usage(error: impl std::fmt::Display) -> UsageError {
    UsageError(error.to_string())
}

fn line(listed: &ScenarioFile) -> String {
    match &listed.scenario {
        Ok(scenario) => format!("{:<24} {}", listed.name, scenario.summary),
        Err(error) => format!("{:<24} broken: {error}", listed.name),
    }
}

fn validate(folder: &Path, files: &[PathBuf]) -> anyhow::Result<Exit> {
    let root = workspace::root()?;
    let files: Vec<PathBuf> = if files.is_empty() {
        scenario::list_scenarios(folder)
            .map_err(usage)?
            .into_iter()
            .map(|listed| listed.path)
            .collect()
    } else {
        files.to_vec()
    };
    let mut exit = Exit::Done;
    for file in &files {
        match ScenarioDefinition::load(file) {
            Ok(scenario) => match compile::check_inputs(&scenario, &root) {
                Ok(()) => output::text(&format!("ok  {}", scenario.name))?,
                Err(error) => {
                    eprintln!("bakeoff: {}: {error}", file.display());
                    exit = Exit::Usage;
                }
            },
            Err(error) => {
                eprintln!("bakeoff: {error}");
                exit = Exit::Usage;
            }
        }
    }
    Ok(exit)
}

/// Copies a scenario; an existing file is never overwritten.
fn copy(folder: &Path, name: &str, from: &str) -> anyhow::Result<()> {
    let name: bakeoff_driver::request::name::Name =
        name.parse().map_err(|error: bakeoff_driver::request::name::InvalidName| usage(error))?;
    scenario::find_scenario(folder, from).map_err(usage)?;
    let text = std::fs::read_to_string(folder.join(format!("{from}.toml")))?;
    let path = folder.join(format!("{name}.toml"));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|error| usage(format!("cannot create {}: {error}", path.display())))?;
    file.write_all(text.as_bytes())?;
    output::text(&path.display().to_string())
}

/// Updates docs/SCENARIOS.md.
fn docs(folder: &Path, check: bool) -> anyhow::Result<()> {
    let scenarios = scenario::list_scenarios(folder)
        .map_err(usage)?
        .into_iter()
        .map(|file| file.scenario)
        .collect::<Result<Vec<ScenarioDefinition>, _>>()
        .map_err(usage)?;
    let path = folder.with_file_name("docs").join("SCENARIOS.md");
    let markers = Markers { begin: catalogue::BEGIN_MARKER, end: catalogue::END_MARKER };
    splice::update(&path, markers, &catalogue::render_table(&scenarios), check)
}
