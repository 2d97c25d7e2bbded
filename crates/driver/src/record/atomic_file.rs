//! The one place that writes whole files: beside their place, synced, then renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

/// A file or folder that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}{}", path.display(), advice(source))]
pub struct FileError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl FileError {
    /// Puts a path to an error of the system.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room (`bakeoff cleanup --cache` drops built runners and compiled workloads) \
             and run the same command again: it goes on where it stopped"
        }
        io::ErrorKind::PermissionDenied => "; the folder `results/` must be writable",
        _ => "",
    }
}

/// Writes a whole file, so that a reader sees the old content or the new one and never a part,
/// whatever happens in between. Missing folders are made.
///
/// # Errors
/// [`FileError`] if any step fails; the old file is as it was then.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_with_mode(path, content, 0o644)
}

/// Writes a program that anyone may run; see [`write()`].
///
/// # Errors
/// [`FileError`] as [`write()`].
pub fn write_executable(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_with_mode(path, content, 0o755)
}

fn write_with_mode(path: &Path, content: &[u8], mode: u32) -> Result<(), FileError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(FileError::at(folder))?;
    let mut beside =
        NamedTempFile::with_prefix_in(".writing-", folder).map_err(FileError::at(path))?;
    beside.write_all(content).map_err(FileError::at(path))?;
    set_mode(beside.as_file(), mode).map_err(FileError::at(path))?;
    beside.as_file().sync_all().map_err(FileError::at(path))?;
    beside.persist(path).map_err(|error| FileError::at(path)(error.error))?;
    sync_folder(folder)
}

/// Where a file lies. The parent of a bare name is empty, which no call of the system takes for the
/// current folder.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes a record as indented JSON with a final newline; see [`write()`].
///
/// # Errors
/// [`FileError`] as [`write()`].
pub fn write_json<T: Serialize>(path: &Path, record: &T) -> Result<(), FileError> {
    let mut text = serde_json::to_vec_pretty(record)
        .map_err(|error| FileError::at(path)(io::Error::other(error)))?;
    text.push(b'\n');
    write(path, &text)
}

/// Makes a rename or a new file in a folder outlive a power cut.
///
/// # Errors
/// [`FileError`] if the folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::at(folder))
}

/// Removes what writers that were killed left beside the files of a folder.
///
/// # Errors
/// [`FileError`] if the folder cannot be listed; a folder that is not there has nothing to sweep.
pub fn sweep(folder: &Path) -> Result<(), FileError> {
    let is_left = |path: &&PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".writing-"))
    };
    for left in entries(folder)?.iter().filter(is_left) {
        fs::remove_file(left).map_err(FileError::at(left))?;
    }
    Ok(())
}

/// The files and folders in a folder; none where there is no such folder.
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

/// Temporary files are private; results are meant to be read.
#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.json");
        write(&path, b"old").unwrap();
        write_json(&path, &["new"]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[\n  \"new\"\n]\n");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("page.md")), Path::new("."));
        assert_eq!(folder_of(Path::new("docs/page.md")), Path::new("docs"));
        assert_eq!(folder_of(Path::new("/page.md")), Path::new("/"));
    }

    #[test]
    fn a_failure_names_the_file_and_keeps_the_old_one() {
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
    fn a_full_disk_says_what_to_do() {
        let full = FileError::at(Path::new("x"))(io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.to_string().contains("run the same command again"), "{full}");
    }

    #[test]
    fn what_a_killed_writer_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".writing-abc"), b"half").unwrap();
        fs::write(folder.path().join("whole"), b"x").unwrap();
        sweep(folder.path()).unwrap();
        assert!(!folder.path().join(".writing-abc").exists());
        assert!(folder.path().join("whole").exists());
        sweep(&folder.path().join("missing")).unwrap();
    }
}
