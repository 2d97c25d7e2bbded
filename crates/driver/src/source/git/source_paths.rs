//! Decides from the path of a file whether the file is code.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source::workspace::{VARIANTS, members};

/// Paths of code: the members of the workspace, cargo's files, and scenarios.
///
/// Other untracked files, such as a user's access log, must not end up on a branch that may be
/// pushed.
pub(in crate::source) struct SourcePaths {
    /// Workspace, relative to the repository root.
    prefix: PathBuf,
    /// Directories, relative to the workspace, whose files are all code.
    folders: Vec<PathBuf>,
}

/// Files in the workspace root that change the result of a build.
const CARGO_FILES: [&str; 4] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"];

impl SourcePaths {
    /// Reads the manifest of the workspace at `root`; `prefix` is its path in the repository.
    pub(in crate::source) fn from_manifest(root: &Path, prefix: &Path) -> Self {
        // An invalid manifest is ignored here, because cargo reports it later.
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
        let table: toml::Table = manifest.parse().unwrap_or_default();
        let folder = |pattern: &str| -> PathBuf {
            let plain = Path::new(pattern).iter();
            plain.take_while(|part| !part.to_string_lossy().contains(['*', '?', '['])).collect()
        };
        let mut folders: Vec<_> = members(&table).map(folder).collect();
        folders.push(PathBuf::from(VARIANTS));
        folders.push(PathBuf::from(".cargo"));
        Self { prefix: prefix.to_path_buf(), folders }
    }

    /// Returns true if a file, given by its path in the repository, is code.
    pub(in crate::source) fn contains(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.prefix) else { return false };
        let is_scenario =
            below.starts_with("scenarios") && below.extension() == Some("toml".as_ref());
        is_scenario
            || CARGO_FILES.iter().any(|name| below == Path::new(name))
            || self.folders.iter().any(|folder| below.starts_with(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_scenarios_and_cargo_files_are_code_but_logs_are_not() {
        let root = tempfile::tempdir().unwrap();
        let members = "[workspace]\nmembers = [\"crates/*\", \"tools/x\"]\n";
        fs::write(root.path().join("Cargo.toml"), members).unwrap();
        let code = SourcePaths::from_manifest(root.path(), Path::new("inner"));
        for path in [
            "inner/Cargo.lock",
            "inner/crates/new/src/lib.rs",
            "inner/tools/x/data.bin",
            "inner/variants/mine/runner.py",
            "inner/scenarios/mine.toml",
            "inner/.cargo/config.toml",
        ] {
            assert!(code.contains(Path::new(path)), "{path}");
        }
        for path in ["access.log", "inner/access.log", "inner/logs/a.log", "inner/scenarios/a.log"]
        {
            assert!(!code.contains(Path::new(path)), "{path}");
        }
    }
}
