//! Small workspace in a repository whose path has a space and non-ASCII letters.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bakeoff_driver::source::{Checkout, Revision, SourceCode, SourceError};
use git2::{Repository, Signature};
use tempfile::TempDir;

/// Repository with a workspace, deleted on drop.
pub struct Fixture {
    _folder: TempDir,
    pub root: PathBuf,
}

/// State of a repository that must not change.
#[derive(Debug, PartialEq, Eq)]
pub struct UserState {
    status: String,
    refs: String,
    head: Vec<u8>,
    index: Option<Vec<u8>>,
    config: Vec<u8>,
    stashes: String,
}

impl Fixture {
    /// Creates a repository without a commit.
    pub fn unborn() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("my wörk");
        Repository::init(&root).unwrap();
        let fixture = Self { _folder: folder, root };
        fixture.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"variants/*\"]\n");
        fixture.write(".gitignore", "/target\n/results/*\n*.ignored\n");
        for strategy in ["lru", "dict"] {
            fixture.write(&format!("variants/{strategy}/variant.toml"), "title = \"x\"\n");
            fixture.write(&format!("variants/{strategy}/src/lib.rs"), "// one\n");
        }
        fixture.write("variants/no-strategy/notes.md", "nothing\n");
        fixture
    }

    /// Creates a repository with one commit.
    pub fn new() -> Self {
        let fixture = Self::unborn();
        fixture.commit("first");
        fixture
    }

    pub fn write(&self, path: &str, text: &str) {
        write(&self.root.join(path), text);
    }

    /// Commits everything on the current branch.
    pub fn commit(&self, message: &str) -> String {
        commit(&self.root, message)
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.root, arguments)
    }

    pub fn source(&self) -> SourceCode {
        SourceCode::discover(&self.root, false).unwrap()
    }

    pub fn head(&self) -> Revision {
        self.source().resolve(Some("HEAD")).unwrap()
    }

    pub fn worktree(&self, exploration: &str, variant: &str) -> PathBuf {
        self.worktrees(exploration).join(variant)
    }

    pub fn worktrees(&self, exploration: &str) -> PathBuf {
        self.root.join("results").join(exploration).join("worktrees")
    }

    pub fn checkout(
        &self,
        exploration: &str,
        variant: &str,
        at: &Revision,
    ) -> Result<Checkout, SourceError> {
        self.source().checkout(exploration, variant, at, &self.worktree(exploration, variant))
    }

    /// Returns the state that must not change.
    pub fn user_state(&self) -> UserState {
        let refs = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let theirs = |line: &&str| {
            !line.starts_with("refs/heads/explore/") && !line.starts_with("refs/bakeoff/")
        };
        // Read before `git status`, which refreshes the index.
        let index = fs::read(self.root.join(".git/index")).ok();
        let mut status = Command::new("git");
        status.args(["--no-optional-locks", "status", "--porcelain=v2", "--ignored=no"]);
        UserState {
            index,
            status: output(status.current_dir(&self.root)),
            refs: refs.lines().filter(theirs).collect::<Vec<_>>().join("\n"),
            head: fs::read(self.root.join(".git/HEAD")).unwrap(),
            config: fs::read(self.root.join(".git/config")).unwrap(),
            stashes: self.git(&["stash", "list"]),
        }
    }
}

pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Commits everything in a working tree.
pub fn commit(working_tree: &Path, message: &str) -> String {
    let repository = Repository::open(working_tree).unwrap();
    let mut index = repository.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.update_all(["*"], None).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let signature = Signature::now("A User", "user@example.org").unwrap();
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    let parents: Vec<_> = parent.iter().collect();
    let commit = repository.commit(Some("HEAD"), &signature, &signature, message, &tree, &parents);
    commit.unwrap().to_string()
}

/// Runs git and returns its output; panics if it fails.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=A User", "-c", "user.email=user@example.org"]);
    output(command.args(arguments).current_dir(folder))
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// Reads a file, if it exists.
pub fn text(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}
