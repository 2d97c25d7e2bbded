//! Lists the explorations of a workspace with their state.

use std::fs;
use std::path::Path;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::{Progress, Status};
use jiff::Timestamp;
use serde::Serialize;

use crate::record::atomic_file::FileError;
use crate::record::locks::name_lock::NameLock;
use crate::record::paths::{ResultsDir, bytes_below};
use crate::request::name::Name;

/// Summary of an exploration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedExploration {
    /// NAME of the exploration.
    pub name: String,
    /// `running`, `completed`, `failed` (a variant failed), `interrupted`, or `unreadable`.
    pub status: &'static str,
    /// Time of the first run.
    pub created: Option<Timestamp>,
    /// Time of the last change of a progress file.
    pub updated: Option<Timestamp>,
    /// Variants with their progress.
    pub variants: Vec<VariantSummary>,
    /// Names of the scenarios.
    pub scenarios: Vec<String>,
    /// Size on disk, including worktrees, in bytes.
    pub bytes: u64,
}

/// Summary of a variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantSummary {
    /// Name of the variant.
    pub name: String,
    /// Status from its progress file.
    pub status: Status,
    /// Progress in percent, 0 to 100.
    pub percent: f64,
}

/// Lists every exploration of a workspace, sorted by name.
///
/// # Errors
/// [`FileError`] if `results/` exists and cannot be read.
pub fn list(workspace_root: &Path) -> Result<Vec<ListedExploration>, FileError> {
    let results = ResultsDir::in_workspace(workspace_root);
    let entries = match fs::read_dir(results.folder()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::at(results.folder())(error)),
    };
    let mut names: Vec<Name> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|name| results.exploration(name).record().exists())
        .collect();
    names.sort();
    Ok(names.iter().map(|name| summarize(&results, name)).collect())
}

fn summarize(results: &ResultsDir, name: &Name) -> ListedExploration {
    let files = results.exploration(name);
    let record: Option<Exploration> = read(&files.record());
    let names = record.iter().flat_map(|record| &record.variants);
    let states: Vec<Progress> =
        names.filter_map(|variant| read(&files.progress(&variant.name))).collect();
    let running = results.lock(name).exists() && NameLock::is_held(&results.lock(name));
    let any = |status| states.iter().any(|progress| progress.status == status);
    let status = match &record {
        None => "unreadable",
        Some(_) if running => "running",
        Some(_) if any(Status::Pending) || any(Status::Running) || states.is_empty() => {
            "interrupted"
        }
        Some(_) if any(Status::Failed) => "failed",
        Some(_) => "completed",
    };
    let variant = |progress: &Progress| VariantSummary {
        name: progress.variant.clone(),
        status: progress.status,
        percent: progress.percent,
    };
    let scenarios = record.iter().flat_map(|record| &record.scenarios);
    ListedExploration {
        name: name.to_string(),
        status,
        created: record.as_ref().map(|record| record.created),
        updated: states.iter().map(|progress| progress.timestamp).max(),
        variants: states.iter().map(variant).collect(),
        scenarios: scenarios.map(|scenario| scenario.name.clone()).collect(),
        bytes: bytes_below(files.folder()),
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    bakeoff_protocol::schema::parse(&fs::read(path).ok()?).ok()
}
