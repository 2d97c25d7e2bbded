//! Which explorations there are, and where each of them stands.

use std::fs;
use std::path::Path;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::{Progress, Status};
use jiff::Timestamp;
use serde::Serialize;

use crate::record::atomic_file::FileError;
use crate::record::name_lock::NameLock;
use crate::record::paths::Results;
use crate::request::name::Name;

/// One exploration, at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// `running`, `completed`, `failed` (a variant failed), `interrupted`, or `unreadable`.
    pub status: &'static str,
    /// When it was first asked for.
    pub created: Option<Timestamp>,
    /// When a progress file last changed.
    pub updated: Option<Timestamp>,
    /// Its variants, each with where it stands.
    pub variants: Vec<ListedVariant>,
    /// Its scenarios.
    pub scenarios: Vec<String>,
    /// Bytes on disk, worktrees included.
    pub bytes: u64,
}

/// One variant, at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedVariant {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// 0 to 100.
    pub percent: f64,
}

/// Every exploration of a workspace, by name.
///
/// # Errors
/// [`FileError`] if `results/` is there and cannot be read.
pub fn list(workspace_root: &Path) -> Result<Vec<Listed>, FileError> {
    let results = Results::of(workspace_root);
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
    Ok(names.iter().map(|name| one(&results, name)).collect())
}

fn one(results: &Results, name: &Name) -> Listed {
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
    let variant = |progress: &Progress| ListedVariant {
        name: progress.variant.clone(),
        status: progress.status,
        percent: progress.percent,
    };
    let scenarios = record.iter().flat_map(|record| &record.scenarios);
    Listed {
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
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Bytes of all files below a folder; links are not followed, and what vanishes meanwhile does
/// not count.
#[must_use]
pub fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}
