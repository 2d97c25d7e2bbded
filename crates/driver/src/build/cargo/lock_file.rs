//! Restores `Cargo.lock` after a call of cargo.

use std::fs;
use std::path::Path;

use crate::build::error::BuildError;
use crate::source::mark_building;

/// Runs `call`, which may rewrite `Cargo.lock` of the workspace, then restores the file.
///
/// A changed file in a worktree would count as the user's work.
pub(crate) fn keeping_lock_file<T>(
    workspace: &Path,
    call: impl FnOnce() -> T,
) -> Result<T, BuildError> {
    let path = workspace.join("Cargo.lock");
    let before = fs::read(&path).ok();
    let mark = mark_building(workspace).map_err(BuildError::io("mark the build of", workspace))?;
    let answer = call();
    let after = fs::read(&path).ok();
    match before {
        Some(before) if after.as_ref() != Some(&before) => {
            crate::record::atomic_file::write(&path, &before)?
        }
        None if after.is_some() => {
            fs::remove_file(&path).map_err(BuildError::io("remove", &path))?;
        }
        _ => {}
    }
    drop(mark);
    Ok(answer)
}
