//! The one place that knows where files lie under `results/`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::request::name::Name;

/// The folder of all explorations of a workspace.
#[derive(Clone, Debug)]
pub struct Results {
    root: PathBuf,
}

impl Results {
    /// `results/` under a workspace root.
    #[must_use]
    pub fn of(workspace_root: &Path) -> Self {
        Self { root: workspace_root.join("results") }
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// What explorations share.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join(".cache")
    }

    /// Compiled workloads, by digest.
    #[must_use]
    pub fn workloads(&self) -> PathBuf {
        self.cache().join("workloads")
    }

    /// Built runners, by digest.
    #[must_use]
    pub fn runners(&self) -> PathBuf {
        self.cache().join("runners")
    }

    /// One built runner.
    #[must_use]
    pub fn runner(&self, digest: &str) -> PathBuf {
        self.runners().join(digest)
    }

    /// A server's memory limit that was calibrated, by what it was calibrated for.
    #[must_use]
    pub fn parity(&self, key: &str) -> PathBuf {
        self.cache().join("parity").join(format!("{key}.json"))
    }

    /// The folder of locks, one file a NAME; they stay when an exploration is cleaned up, since a
    /// lock file that is deleted while another process waits for it would lock nothing.
    #[must_use]
    pub fn lock(&self, name: &Name) -> PathBuf {
        self.cache().join("locks").join(format!("{name}.lock"))
    }

    /// Logs of a `replay` or `check` in place, which belong to no exploration.
    #[must_use]
    pub fn in_place_log(&self, strategy: &str, what: &str) -> PathBuf {
        self.cache().join("logs").join(format!("{strategy}-{what}.log"))
    }

    /// One exploration.
    #[must_use]
    pub fn exploration(&self, name: &Name) -> Exploration {
        Exploration { root: self.root.join(name.as_ref()) }
    }
}

/// The files of one exploration.
#[derive(Clone, Debug)]
pub struct Exploration {
    root: PathBuf,
}

impl Exploration {
    /// `results/<NAME>`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// What was asked, resolved.
    #[must_use]
    pub fn record(&self) -> PathBuf {
        self.root.join("exploration.json")
    }

    /// Every sample.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.root.join("samples.jsonl")
    }

    /// Folder of the progress files.
    #[must_use]
    pub fn progress_folder(&self) -> PathBuf {
        self.root.join("results")
    }

    /// One variant's progress.
    #[must_use]
    pub fn progress(&self, variant: &str) -> PathBuf {
        self.progress_folder().join(format!("{variant}_progress.json"))
    }

    /// Folder of the worktrees.
    #[must_use]
    pub fn worktrees(&self) -> PathBuf {
        self.root.join("worktrees")
    }

    /// One variant's worktree.
    #[must_use]
    pub fn worktree(&self, variant: &str) -> PathBuf {
        self.worktrees().join(variant)
    }

    /// One log of a variant: `implement`, `build`, `check` or `replay`.
    #[must_use]
    pub fn log(&self, variant: &str, step: &str) -> PathBuf {
        self.folder().join(Self::log_within(variant, step))
    }

    /// The same, relative to the exploration's folder.
    #[must_use]
    pub fn log_within(variant: &str, step: &str) -> String {
        format!("logs/{variant}/{step}.log")
    }

    /// What someone who is to write a variant needs to know.
    #[must_use]
    pub fn brief(&self, variant: &str) -> PathBuf {
        self.folder().join("logs").join(variant).join("brief.md")
    }

    /// Earlier runs.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.root.join("history")
    }

    /// Where the run that is set aside at `now` goes.
    #[must_use]
    pub fn history_at(&self, now: Timestamp) -> PathBuf {
        self.history().join(now.strftime("%Y-%m-%dT%H-%M-%SZ").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_where_scripts_look_for_them() {
        let results = Results::of(Path::new("/w"));
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
