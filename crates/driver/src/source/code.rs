//! Which files of a workspace are code, as far as a path can tell.

use std::fs;
use std::path::{Path, PathBuf};

use super::workspace::{VARIANTS, members};

/// Where code lies: the folders of the workspace's members, cargo's own files, and scenarios.
/// Whatever else lies about in a checkout, such as a user's access log, is not to be put on a branch
/// that may be pushed.
pub(super) struct Code {
    /// The workspace, within the repository.
    prefix: PathBuf,
    /// Folders, below the workspace, whose files are all code.
    folders: Vec<PathBuf>,
}

/// Files beside the workspace's manifest that change what cargo builds.
const OF_CARGO: [&str; 4] = ["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"];

impl Code {
    /// Reads the manifest of the workspace at `root`, which lies at `prefix` in its repository.
    pub(super) fn of(root: &Path, prefix: &Path) -> Self {
        // A manifest that cannot be read or parsed is cargo's to complain of.
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

    /// Whether a file, as the repository names it, is code.
    pub(super) fn has(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.prefix) else { return false };
        let is_scenario =
            below.starts_with("scenarios") && below.extension() == Some("toml".as_ref());
        is_scenario
            || OF_CARGO.iter().any(|name| below == Path::new(name))
            || self.folders.iter().any(|folder| below.starts_with(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_scenarios_and_cargos_files_are_code_and_logs_are_not() {
        let root = tempfile::tempdir().unwrap();
        let members = "[workspace]\nmembers = [\"crates/*\", \"tools/x\"]\n";
        fs::write(root.path().join("Cargo.toml"), members).unwrap();
        let code = Code::of(root.path(), Path::new("inner"));
        for path in [
            "inner/Cargo.lock",
            "inner/crates/new/src/lib.rs",
            "inner/tools/x/data.bin",
            "inner/variants/mine/runner.py",
            "inner/scenarios/mine.toml",
            "inner/.cargo/config.toml",
        ] {
            assert!(code.has(Path::new(path)), "{path}");
        }
        for path in ["access.log", "inner/access.log", "inner/logs/a.log", "inner/scenarios/a.log"]
        {
            assert!(!code.has(Path::new(path)), "{path}");
        }
    }
}
