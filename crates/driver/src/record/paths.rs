//! Paths below `results/`.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::request::name::Name;

/// Directory of all explorations of a workspace.
#[derive(Clone, Debug)]
pub struct ResultsDir {
    root: PathBuf,
}

impl ResultsDir {
    /// Returns `results/` of a workspace.
    #[must_use]
    pub fn in_workspace(workspace_root: &Path) -> Self {
        Self { root: workspace_root.join("results") }
    }

    /// Returns the path of `results/`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// Returns the directory of the files that all explorations share.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join(".cache")
    }

    /// Returns the directory of compiled workloads, by digest.
    #[must_use]
    pub fn workloads(&self) -> PathBuf {
        self.cache().join("workloads")
    }

    /// Returns the directory of built runners, by digest.
    #[must_use]
    pub fn runners(&self) -> PathBuf {
        self.cache().join("runners")
    }

    /// Returns the executable of a built runner, by its digest.
    #[must_use]
    pub fn runner(&self, digest: &str) -> PathBuf {
        self.runners().join(digest)
    }

    /// Returns the file with the calibrated memory limit of a server, by the digest of the
    /// calibration's inputs.
    #[must_use]
    pub fn parity(&self, key: &str) -> PathBuf {
        self.cache().join("parity").join(format!("{key}.json"))
    }

    /// Returns the lock file of a NAME.
    ///
    /// The file remains when the exploration is removed, because deleting it would not stop a
    /// process that already has it open.
    #[must_use]
    pub fn lock(&self, name: &Name) -> PathBuf {
        self.cache().join("locks").join(format!("{name}.lock"))
    }

    /// Returns the log of `bakeoff replay` or `bakeoff check`, which run without an exploration.
    #[must_use]
    pub fn in_place_log(&self, strategy: &str, step: &str) -> PathBuf {
        self.cache().join("logs").join(format!("{strategy}-{step}.log"))
    }

    /// Paths of one exploration.
    #[must_use]
    pub fn exploration(&self, name: &Name) -> ExplorationDir {
        ExplorationDir { root: self.root.join(name.as_ref()) }
    }
}

/// Paths of one exploration.
#[derive(Clone, Debug)]
pub struct ExplorationDir {
    root: PathBuf,
}

impl ExplorationDir {
    /// Returns the path of `results/<NAME>`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// Returns the record of the resolved request.
    #[must_use]
    pub fn record(&self) -> PathBuf {
        self.root.join("exploration.json")
    }

    /// Returns the file of all samples.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.root.join("samples.jsonl")
    }

    /// Returns the directory of the progress files.
    #[must_use]
    pub fn progress_folder(&self) -> PathBuf {
        self.root.join("results")
    }

    /// Progress file of a variant.
    #[must_use]
    pub fn progress(&self, variant: &str) -> PathBuf {
        self.progress_folder().join(format!("{variant}_progress.json"))
    }

    /// Returns the directory of the worktrees.
    #[must_use]
    pub fn worktrees(&self) -> PathBuf {
        self.root.join("worktrees")
    }

    /// Returns the worktree of a variant.
    #[must_use]
    pub fn worktree(&self, variant: &str) -> PathBuf {
        self.worktrees().join(variant)
    }

    /// Returns the log of a variant's step: `implement`, `build`, `check` or `replay`.
    #[must_use]
    pub fn log(&self, variant: &str, step: &str) -> PathBuf {
        self.folder().join(Self::log_within(variant, step))
    }

    /// Returns the log of a variant's step, relative to the exploration's directory.
    #[must_use]
    pub fn log_within(variant: &str, step: &str) -> String {
        format!("logs/{variant}/{step}.log")
    }

    /// Instructions for the command of `--generate-cmd`.
    #[must_use]
    pub fn brief(&self, variant: &str) -> PathBuf {
        self.folder().join("logs").join(variant).join("brief.md")
    }

    /// Returns the directory of earlier runs.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.root.join("history")
    }

    /// Returns the directory for the files of a run that is archived at `now`.
    #[must_use]
    pub fn history_at(&self, now: Timestamp) -> PathBuf {
        self.history().join(now.strftime("%Y-%m-%dT%H-%M-%SZ").to_string())
    }
}

/// Returns the size of all files below a directory, in bytes.
///
/// Does not follow links, and skips files that disappear meanwhile.
#[must_use]
pub fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_that_scripts_rely_on() {
        let results = ResultsDir::in_workspace(Path::new("/w"));
        let name: Name = "mine".parse().unwrap();
        let mine = results.exploration(&name);
        assert_eq!(mine.progress("lru"), Path::new("/w/results/mine/results/lru_progress.json"));
        assert_eq!(mine.log("lru", "build"), Path::new("/w/results/mine/logs/lru/build.log"));
        assert_eq!(mine.worktree("lru"), Path::new("/w/results/mine/worktrees/lru"));
        assert_eq!(results.runner("ab"), Path::new("/w/results/.cache/runners/ab"));
        let then: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        assert_eq!(
            mine.history_at(then),
            Path::new("/w/results/mine/history/2026-03-04T05-06-07Z")
        );
    }
}
