//! Finds the workspace root and the directories of strategies.

use std::path::{Path, PathBuf};

use super::error::SourceError;

/// Directory of the strategies, relative to the workspace root.
pub(super) const VARIANTS: &str = "variants";
/// File that marks a directory as a strategy.
pub(super) const MANIFEST: &str = "variant.toml";

/// Finds the nearest directory at or above `start` with a workspace manifest and `variants/`.
pub(super) fn find_root(start: &Path) -> Result<PathBuf, SourceError> {
    let start = start.canonicalize().map_err(SourceError::io("open", start))?;
    start
        .ancestors()
        .find(|folder| is_root(folder))
        .map(Path::to_path_buf)
        .ok_or(SourceError::NoWorkspace { start })
}

/// Returns the `members` patterns of a workspace manifest.
pub(crate) fn members(manifest: &toml::Table) -> impl Iterator<Item = &str> {
    let workspace = manifest.get("workspace");
    let members = workspace.and_then(|workspace| workspace.get("members"));
    members.and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str)
}

fn is_root(folder: &Path) -> bool {
    folder.join(VARIANTS).is_dir()
        && std::fs::read_to_string(folder.join("Cargo.toml"))
            .ok()
            .and_then(|text| text.parse::<toml::Table>().ok())
            .is_some_and(|table| table.contains_key("workspace"))
}
