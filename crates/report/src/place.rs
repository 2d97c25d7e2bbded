//! Puts a file in its place whole or not at all: written beside it, fsynced, renamed.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::ReportError;

/// Writes `content` to `path`, making its folder where it is missing.
pub(crate) fn place(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    let io = |source| ReportError::io(path, source);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io)?;
    let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder).map_err(io)?;
    file.write_all(content).map_err(io)?;
    // A temporary file is its owner's alone; a report is to be mailed and served.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(io)?;
    }
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Removes the files of that kind in a folder that are not among `kept`.
pub(crate) fn remove_others(
    folder: &Path,
    kind: &str,
    kept: &[PathBuf],
) -> Result<(), ReportError> {
    let io = |source| ReportError::io(folder, source);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    for entry in entries {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|extension| extension == kind) && !kept.contains(&path) {
            fs::remove_file(&path).map_err(|source| ReportError::io(&path, source))?;
        }
    }
    Ok(())
}
