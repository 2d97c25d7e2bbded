//! Finds the programs of services.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where package managers put servers that are not on every user's path.
const FURTHER_FOLDERS: [&str; 4] =
    ["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// The first of the candidates that is there and may be run: a path as it stands, a name in the
/// folders of `PATH` and a few more.
pub(crate) fn find(candidates: &[OsString]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        env::split_paths(&path).chain(FURTHER_FOLDERS.map(PathBuf::from)).collect();
    candidates.iter().find_map(|name| {
        if Path::new(name).components().count() > 1 {
            return Some(PathBuf::from(name)).filter(|path| is_program(path));
        }
        folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path))
    })
}

/// A program by its name, where it is installed.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    find(&[OsString::from(name)])
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
}
