//! Temporary files that become visible under their final name only when they are complete.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// Permissions of a normal user file.
pub const USER_FILE: u32 = 0o644;

/// Creates a temporary file in `folder`, with these permissions as far as the umask allows them.
///
/// # Errors
/// An I/O error if the directory is missing or not writable.
pub fn create_temporary(folder: &Path, prefix: &str, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder)
}

/// Syncs a temporary file, renames it to `output` and syncs the directory.
///
/// # Errors
/// An I/O error if a step fails. A file at `output` is replaced as a whole or not at all.
pub fn persist(file: NamedTempFile, output: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(output).map_err(|error| error.error)?;
    File::open(folder_of(output))?.sync_all()
}

/// Returns the directory of a file.
///
/// For a bare file name it is `.`, because system calls do not accept the empty parent path.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_file_name_is_in_the_current_directory() {
        assert_eq!(folder_of(Path::new("page.md")), Path::new("."));
        assert_eq!(folder_of(Path::new("docs/page.md")), Path::new("docs"));
        assert_eq!(folder_of(Path::new("/page.md")), Path::new("/"));
    }
}
