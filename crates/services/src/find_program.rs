//! Finds installed programs.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Directories of servers that are not on every user's `PATH`.
const EXTRA_DIRECTORIES: [&str; 4] =
    ["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// Directory of Debian's PostgreSQL servers, with one subdirectory per version.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// Returns the first candidate that is an executable file.
///
/// A path is used unchanged; a name is searched in `PATH` and in the usual directories of servers.
pub(crate) fn find(candidates: &[OsString]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path)
        .chain(EXTRA_DIRECTORIES.map(PathBuf::from))
        .chain(newest_first(Path::new(POSTGRES_VERSIONS)))
        .collect();
    candidates.iter().find_map(|name| {
        if Path::new(name).components().count() > 1 {
            return Some(PathBuf::from(name)).filter(|path| is_program(path));
        }
        folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path))
    })
}

/// Finds an installed program by its name.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    find(&[OsString::from(name)])
}

/// Returns the directories `<version>/bin` under `base`, highest version first.
fn newest_first(base: &Path) -> Vec<PathBuf> {
    let entries = base.read_dir().into_iter().flatten().flatten();
    let version = |name: &OsString| name.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<u32> = entries.filter_map(|entry| version(&entry.file_name())).collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.iter().map(|version| base.join(version.to_string()).join("bin")).collect()
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_name_and_by_path() {
        let find = |name: &str| find(&[OsString::from("no-such-program"), OsString::from(name)]);
        assert_eq!(find("/bin/sh"), Some(PathBuf::from("/bin/sh")));
        assert!(find("sh").is_some_and(|path| path.ends_with("sh")));
        assert_eq!(find("/etc/passwd"), None);
    }

    #[test]
    fn the_newest_version_comes_first() {
        let base = tempfile::tempdir().unwrap();
        for name in ["9", "15", "17", "common"] {
            std::fs::create_dir(base.path().join(name)).unwrap();
        }
        let bins = ["17", "15", "9"].map(|version| base.path().join(version).join("bin"));
        assert_eq!(newest_first(base.path()), bins);
        assert_eq!(newest_first(Path::new("/no/such/folder")), Vec::<PathBuf>::new());
    }
}
