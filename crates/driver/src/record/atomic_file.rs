//! Writes files atomically, and names the file and a remedy in errors.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bakeoff_workload::atomic_file::{USER_FILE, create_temporary, folder_of, persist};
use serde::Serialize;

/// Prefix of files that are still being written.
const TEMPORARY_PREFIX: &str = ".writing-";

/// Error of an access to a file or directory.
#[derive(Debug, thiserror::Error)]
#[error("cannot access {}: {source}{}", path.display(), advice(source))]
pub struct FileError {
    /// File or directory.
    pub path: PathBuf,
    /// Cause.
    pub source: io::Error,
}

impl FileError {
    /// Returns a function for `map_err` that adds a path to an I/O error.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free disk space (`bakeoff cleanup --cache` deletes built runners and compiled \
             workloads), then run the same command again to continue"
        }
        io::ErrorKind::PermissionDenied => "; make `results/` writable",
        _ => "",
    }
}

/// Replaces a file as a whole; creates missing directories.
///
/// A reader sees the old or the new content, never a part, even after a crash.
///
/// # Errors
/// [`FileError`] if any step fails; the file is never left half-written.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_with_mode(path, content, USER_FILE)
}

/// Writes an executable file, as [`write()`] does.
///
/// # Errors
/// [`FileError`] as [`write()`].
pub fn write_executable(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_with_mode(path, content, 0o755)
}

fn write_with_mode(path: &Path, content: &[u8], mode: u32) -> Result<(), FileError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(FileError::at(folder))?;
    let mut temporary =
        create_temporary(folder, TEMPORARY_PREFIX, mode).map_err(FileError::at(path))?;
    temporary.write_all(content).map_err(FileError::at(path))?;
    persist(temporary, path).map_err(FileError::at(path))
}

/// Writes a record as indented JSON with a final newline, as [`write()`] does.
///
/// # Errors
/// [`FileError`] as [`write()`].
pub fn write_json<T: Serialize>(path: &Path, record: &T) -> Result<(), FileError> {
    let mut text = serde_json::to_vec_pretty(record)
        .map_err(|error| FileError::at(path)(io::Error::other(error)))?;
    text.push(b'\n');
    write(path, &text)
}

/// Syncs a directory, so that new and renamed files survive a power failure.
///
/// # Errors
/// [`FileError`] if the directory cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::at(folder))
}

/// Removes temporary files that killed processes left in a directory.
///
/// # Errors
/// [`FileError`] if the directory exists and cannot be listed, or a file cannot be removed.
pub fn remove_temporary(folder: &Path) -> Result<(), FileError> {
    let is_temporary = |path: &&PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TEMPORARY_PREFIX))
    };
    for path in entries(folder)?.iter().filter(is_temporary) {
        fs::remove_file(path).map_err(FileError::at(path))?;
    }
    Ok(())
}

/// Lists the entries of a directory; a missing directory has none.
///
/// # Errors
/// [`FileError`] if it cannot be listed.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()).map_err(FileError::at(folder)))
            .collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(FileError::at(folder)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_no_temporary_file_remains() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.json");
        write(&path, b"old").unwrap();
        write_json(&path, &["new"]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[\n  \"new\"\n]\n");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_names_the_file_and_keeps_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("kept"), b"x").unwrap();
        let error = write(&path, b"new").unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        assert!(path.join("kept").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_error_for_a_full_disk_says_what_to_do() {
        let full = FileError::at(Path::new("x"))(io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.to_string().contains("run the same command again"), "{full}");
    }

    #[test]
    fn temporary_files_of_killed_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".writing-abc"), b"half").unwrap();
        fs::write(folder.path().join("whole"), b"x").unwrap();
        remove_temporary(folder.path()).unwrap();
        assert!(!folder.path().join(".writing-abc").exists());
        assert!(folder.path().join("whole").exists());
        remove_temporary(&folder.path().join("missing")).unwrap();
    }
}
