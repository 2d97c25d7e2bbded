//! Creates the record of an exploration, and archives the files of earlier runs.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::{Exploration, Machine, Scenario, Variant};
use jiff::Timestamp;

use crate::record::atomic_file::{self, FileError};
use crate::record::paths;
use crate::request::ExplorationSpec;
use crate::request::options::ExploreOptions;
use crate::resources::workloads::CompiledScenario;
use crate::trial::runnable_variant::RunnableVariant;

/// Creates the record; its baseline is provisional until the runners have reported their
/// properties.
pub(crate) fn new_record(
    spec: &ExplorationSpec,
    scenarios: &[CompiledScenario],
    machine: &Machine,
    request: &ExploreOptions,
) -> Exploration {
    let saved = spec.saved.as_ref().filter(|_| !request.restart);
    let variants: Vec<Variant> =
        spec.variants.iter().map(|resolved| resolved.variant.clone()).collect();
    let first = variants.first().map(|variant| variant.name.clone()).unwrap_or_default();
    let saved_baseline = saved
        .map(|saved| saved.baseline.clone())
        .filter(|name| variants.iter().any(|variant| variant.name == *name));
    let scenarios: Vec<Scenario> =
        scenarios.iter().map(|prepared| prepared.plan.record.clone()).collect();
    Exploration {
        schema: SCHEMA_VERSION,
        name: spec.name.to_string(),
        created: saved.map_or_else(Timestamp::now, |saved| saved.created),
        command: request.command.clone(),
        variants,
        scenarios,
        baseline: spec.baseline.clone().or(saved_baseline).unwrap_or(first),
        seed: spec.seed,
        profile: spec.profile.to_string(),
        rounds: spec.stopping.maximum_rounds,
        stopping: Some(spec.stopping),
        dirty: spec.variants.iter().any(|resolved| resolved.at.dirty),
        tool_version: String::from(env!("CARGO_PKG_VERSION")),
        rustc: rustc_version(),
        services: BTreeMap::new(),
        meters: spec.meters.clone(),
        machine: machine.clone(),
    }
}

/// Returns the version that rustc prints; empty if there is no rustc.
fn rustc_version() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

/// Returns the chosen baseline, or else the first bounded variant, or else the first variant.
pub(crate) fn baseline(spec: &ExplorationSpec, ready: &[RunnableVariant]) -> Option<String> {
    let is_there = |name: &&String| ready.iter().any(|ready| ready.name() == name.as_str());
    if let Some(chosen) = spec.baseline.as_ref().filter(is_there) {
        return Some(chosen.clone());
    }
    let bounded = |ready: &&RunnableVariant| {
        ready.bound().is_bounded() && !ready.resolved.variant.manifest.harness_only
    };
    ready.iter().find(bounded).or(ready.first()).map(|ready| ready.name().to_owned())
}

/// Moves the files of an earlier run to `history/<UTC time>/`.
///
/// Worktrees stay, because git has recorded their paths.
pub(crate) fn archive(files: &paths::ExplorationDir) -> Result<(), FileError> {
    let entries = match fs::read_dir(files.folder()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(FileError::at(files.folder())(error)),
    };
    let target = files.history_at(Timestamp::now());
    fs::create_dir_all(&target).map_err(FileError::at(&target))?;
    for entry in entries {
        let entry = entry.map_err(FileError::at(files.folder()))?;
        let name = entry.file_name();
        if name != "history" && name != "worktrees" {
            fs::rename(entry.path(), target.join(&name)).map_err(FileError::at(&target))?;
        }
    }
    atomic_file::sync_folder(&target)?;
    atomic_file::sync_folder(files.folder())
}
