//! Records the working tree in a commit that no branch points to.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use git2::{
    AttrCheckFlags, Commit, ErrorCode, Index, IndexAddOption, Oid, Repository, Signature, Time,
};

use super::GitWorkspace;
use super::source_paths::SourcePaths;
use crate::source::error::SourceError;
use crate::source::revision::Revision;

/// Size limit of untracked files in a snapshot, in bytes. Larger files are data, not code, and would
/// bloat the repository and every worktree.
const LARGEST_NEW_FILE_BYTES: u64 = 8 << 20;
/// Flag of an index entry whose file a sparse checkout leaves out.
const SKIP_WORKTREE: u16 = 1 << 14;

/// Returns `HEAD` if the working tree is clean, else a new snapshot.
pub(in crate::source) fn resolve_working_tree(git: &GitWorkspace) -> Result<Revision, SourceError> {
    let repository = git.repository()?;
    let at = head_or_snapshot(git, &repository)?;
    Ok(Revision { harness: git.harness_tree(&repository, &at)?, ..at })
}

fn head_or_snapshot(git: &GitWorkspace, repository: &Repository) -> Result<Revision, SourceError> {
    let head = head_commit(repository)?;
    let (tree, mut notes) = write_tree(git, repository)?;
    if repository.workdir().is_some_and(|top| top.join(".gitmodules").is_file()) {
        notes.push("submodules are empty in worktrees; their changes are not recorded".into());
    }
    let git_ref = branch_name(repository);
    if let Some(head) = &head
        && head.tree_id() == tree
    {
        let (commit, tree) = (head.id().to_string(), tree.to_string());
        return Ok(Revision { git_ref, commit, tree, notes, ..Revision::default() });
    }
    let message = "Working tree as it was measured\n";
    let commit = commit_of_ours(repository, tree, head.as_ref(), message)?;
    let (commit, tree) = (commit.to_string(), tree.to_string());
    Ok(Revision {
        git_ref,
        commit,
        tree,
        dirty: true,
        created_by_bakeoff: true,
        notes,
        ..Revision::default()
    })
}

fn head_commit(repository: &Repository) -> Result<Option<Commit<'_>>, SourceError> {
    match repository.head() {
        Ok(head) => head.peel_to_commit().map(Some).map_err(SourceError::git("read HEAD")),
        Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(error) => Err(SourceError::git("read HEAD")(error)),
    }
}

/// Returns the current branch, or `HEAD` if it is detached.
fn branch_name(repository: &Repository) -> String {
    let head = repository.find_reference("HEAD").ok();
    let target = head.and_then(|head| head.symbolic_target().ok().flatten().map(str::to_owned));
    target.as_deref().and_then(|name| name.strip_prefix("refs/heads/")).unwrap_or("HEAD").to_owned()
}

/// Writes a tree of all tracked files and of untracked code files that git does not ignore.
///
/// Uses a copy of the index in memory with its own handle, so that the user's index is only read.
fn write_tree(
    git: &GitWorkspace,
    repository: &Repository,
) -> Result<(Oid, Vec<String>), SourceError> {
    let doing = "record the working tree";
    let failed = || SourceError::git(doing);
    let unsupported = |error: git2::Error| SourceError::Unsupported {
        root: git.root().to_path_buf(),
        what: format!("its index cannot be read: {}", error.message()),
        hint: "pass --base-ref HEAD to use a commit, or pass --in-place".to_owned(),
    };
    let mut index = Index::open(&repository.path().join("index")).map_err(unsupported)?;
    let filter = PathFilter::new(git, repository, &index)?;

    let handle = Repository::open(repository.workdir().unwrap_or(git.root())).map_err(failed())?;
    handle.set_index(&mut index).map_err(failed())?;
    let mut decide = |path: &Path, _: &[u8]| i32::from(filter.keeps_index_entry(path));
    index.add_all(["*"], IndexAddOption::DEFAULT, Some(&mut decide)).map_err(failed())?;
    index.update_all(["*"], Some(&mut decide)).map_err(failed())?;
    let tree = index.write_tree_to(&handle).map_err(failed())?;
    Ok((tree, filter.notes()))
}

/// Selects the paths whose changes are left out of the snapshot.
struct PathFilter {
    attributes: Repository,
    top: PathBuf,
    results: PathBuf,
    code: SourcePaths,
    tracked: HashSet<Vec<u8>>,
    sparse: HashSet<Vec<u8>>,
    large: RefCell<BTreeSet<PathBuf>>,
    not_code: RefCell<BTreeSet<PathBuf>>,
    nested: RefCell<BTreeSet<PathBuf>>,
    filtered: RefCell<BTreeSet<PathBuf>>,
}

impl PathFilter {
    fn new(
        git: &GitWorkspace,
        repository: &Repository,
        index: &Index,
    ) -> Result<Self, SourceError> {
        let top = repository.workdir().unwrap_or(git.root()).to_path_buf();
        let attributes = Repository::open(&top).map_err(SourceError::git("read the attributes"))?;
        let mut sparse = HashSet::new();
        let mut tracked = HashSet::new();
        for entry in index.iter() {
            if entry.flags_extended & SKIP_WORKTREE != 0 {
                sparse.insert(entry.path.clone());
            }
            tracked.insert(entry.path);
        }
        Ok(Self {
            attributes,
            top,
            results: git.prefix().join("results"),
            code: SourcePaths::from_manifest(git.root(), git.prefix()),
            tracked,
            sparse,
            large: RefCell::default(),
            not_code: RefCell::default(),
            nested: RefCell::default(),
            filtered: RefCell::default(),
        })
    }

    fn keeps_index_entry(&self, path: &Path) -> bool {
        let bytes = path.as_os_str().as_encoded_bytes();
        if self.sparse.contains(bytes) {
            return true;
        }
        if self.is_filtered(path) {
            self.filtered.borrow_mut().insert(path.to_path_buf());
            return true;
        }
        if self.tracked.contains(bytes) {
            return false;
        }
        let absolute = self.top.join(path);
        if absolute.is_dir() {
            self.nested.borrow_mut().insert(path.to_path_buf());
            return true;
        }
        if path.starts_with(&self.results) {
            return true;
        }
        if !self.code.contains(path) {
            self.not_code.borrow_mut().insert(path.to_path_buf());
            return true;
        }
        let large = absolute.symlink_metadata().is_ok_and(|m| m.len() > LARGEST_NEW_FILE_BYTES);
        if large {
            self.large.borrow_mut().insert(path.to_path_buf());
        }
        large
    }

    /// Returns true if the path needs a filter such as Git LFS, which libgit2 does not run.
    fn is_filtered(&self, path: &Path) -> bool {
        self.attributes
            .get_attr(path, "filter", AttrCheckFlags::FILE_THEN_INDEX)
            .is_ok_and(|filter| filter.is_some())
    }

    fn notes(self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |paths: RefCell<BTreeSet<PathBuf>>, what: &str| {
            for path in paths.into_inner() {
                notes.push(format!("{} {what}", path.display()));
            }
        };
        note(self.large, "is untracked and larger than 8 MiB: left out of the snapshot");
        note(
            self.not_code,
            "is untracked and outside of the packages: left out of the snapshot; run `git add` if a build needs it",
        );
        note(self.nested, "is a nested repository: left out of the snapshot");
        note(self.filtered, "needs a git filter such as LFS: its changes are not in the snapshot");
        notes
    }
}

/// Creates a commit that no ref points to.
///
/// The same tree on the same parent always gives the same commit id.
pub(in crate::source) fn commit_of_ours(
    repository: &Repository,
    tree: Oid,
    parent: Option<&Commit<'_>>,
    message: &str,
) -> Result<Oid, SourceError> {
    let failed = || SourceError::git("record the working tree as a commit");
    let seconds = parent.map_or(0, |parent| parent.time().seconds());
    let signature =
        Signature::new("bakeoff", "bakeoff@localhost", &Time::new(seconds, 0)).map_err(failed())?;
    let tree = repository.find_tree(tree).map_err(failed())?;
    let parents: Vec<&Commit<'_>> = parent.into_iter().collect();
    repository.commit(None, &signature, &signature, message, &tree, &parents).map_err(failed())
}
