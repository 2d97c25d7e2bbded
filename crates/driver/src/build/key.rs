//! What goes into a runner, folded into one key.
//!
//! Two keys name the same runner. The *asked* key is known before cargo is called: compiler,
//! settings, manifests, lock file and the files of every package of the workspace that the
//! strategy depends on. The *found* key is known after: the features that cargo really chose
//! instead of the manifests that could change them. So a new strategy beside an old one, which
//! changes the lock file, calls cargo once and leaves the old one's runner as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};

use super::BuildError;
use super::lock_file::LockFile;
use super::members::{Member, Members};
use super::outcome::Outcome;
use super::toolchain::Toolchain;
use crate::source::Checkout;

/// Raised whenever keys would otherwise name runners that were built in another way.
const VERSION: &str = "bakeoff build 2";
/// Folders of a package that no runner is compiled from.
pub(super) const NOT_COMPILED: [&str; 4] = ["target", "tests", "benches", "examples"];

/// What all runners of a tree share.
pub(super) struct Context {
    pub(super) toolchain: Toolchain,
    lock_text: String,
    lock: Option<LockFile>,
    /// Digest of the files of each package of the workspace.
    contents: BTreeMap<String, Hash>,
    /// Features that were asked for.
    features: Vec<&'static str>,
}

impl Context {
    pub(super) fn of(
        workspace: &Path,
        members: &Members,
        features: &[&'static str],
    ) -> Result<Self, BuildError> {
        let contents = members.by_package.values().map(|member| {
            Ok((member.package.clone(), digest_of_folder(&member.folder, &NOT_COMPILED)?))
        });
        let lock_text = fs::read_to_string(workspace.join("Cargo.lock")).unwrap_or_default();
        Ok(Self {
            toolchain: Toolchain::of(workspace)?,
            lock: LockFile::parse(&lock_text),
            lock_text,
            contents: contents.collect::<Result<_, BuildError>>()?,
            features: features.to_vec(),
        })
    }

    /// The key under which a runner is looked for.
    pub(super) fn asked(&self, checkout: &Checkout, members: &Members, member: &Member) -> String {
        let mut hasher = self.begin(member);
        put(&mut hasher, members.root_manifest.as_bytes());
        put(&mut hasher, self.lock_text.as_bytes());
        for other in members.by_package.values() {
            put(&mut hasher, other.manifest.as_bytes());
        }
        match self.folders(members, member, self.lock.as_ref()) {
            Some(folders) => put_all(&mut hasher, folders.iter().map(|hash| hash.as_bytes())),
            None => put(&mut hasher, checkout.tree.as_bytes()),
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The same for a runner that is compiled from more than its packages' folders.
    pub(super) fn asked_of_tree(&self, checkout: &Checkout, member: &Member) -> String {
        let mut hasher = self.begin(member);
        put(&mut hasher, b"the whole tree");
        put(&mut hasher, checkout.tree.as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// The key of what cargo made; `None` where that cannot be told.
    pub(super) fn found(
        &self,
        members: &Members,
        member: &Member,
        outcome: &Outcome,
    ) -> Option<String> {
        let lock = LockFile::parse(&outcome.lock_text)?;
        let folders = self.folders(members, member, Some(&lock))?;
        let mut hasher = self.begin(member);
        put(&mut hasher, b"found");
        put(&mut hasher, settings_of(&members.root_manifest)?.as_bytes());
        put_all(&mut hasher, folders.iter().map(|hash| hash.as_bytes()));
        for package in
            lock.closure(&member.package, |package, other| members.needs(package, other))?
        {
            for features in outcome.features_of(&package.name, &package.version) {
                put(&mut hasher, package.name.as_bytes());
                put(&mut hasher, package.version.as_bytes());
                put(&mut hasher, package.source.as_deref().unwrap_or_default().as_bytes());
                put_all(&mut hasher, features.iter().map(String::as_bytes));
            }
        }
        Some(hasher.finalize().to_hex().to_string())
    }

    /// Digest of the features asked for, and of the files of a package and of all packages of the
    /// workspace that it is compiled with; `None` where these are not known.
    pub(super) fn inputs(&self, members: &Members, member: &Member) -> Option<String> {
        let folders = self.folders(members, member, self.lock.as_ref())?;
        let mut hasher = Hasher::new();
        put_all(&mut hasher, self.features.iter());
        put_all(&mut hasher, folders.iter().map(|hash| hash.as_bytes()));
        Some(hasher.finalize().to_hex().to_string())
    }

    /// Whether no file changed between two looks at them.
    pub(super) fn same_files(&self, other: &Self) -> bool {
        self.contents == other.contents
    }

    fn begin(&self, member: &Member) -> Hasher {
        let mut hasher = Hasher::new();
        put(&mut hasher, VERSION.as_bytes());
        put(&mut hasher, self.toolchain.version.as_bytes());
        for (name, value) in &self.toolchain.environment {
            put(&mut hasher, name.as_bytes());
            put(&mut hasher, value.as_bytes());
        }
        put_all(&mut hasher, self.features.iter());
        put_all(&mut hasher, self.toolchain.configuration.iter().map(String::as_bytes));
        put(&mut hasher, member.package.as_bytes());
        hasher
    }

    /// Digests of the workspace's packages below a strategy; `None` where the lock file does not
    /// know it, or names a package on this disk that is no member.
    fn folders(
        &self,
        members: &Members,
        member: &Member,
        lock: Option<&LockFile>,
    ) -> Option<Vec<Hash>> {
        lock?
            .closure(&member.package, |package, other| members.needs(package, other))?
            .iter()
            .filter(|package| package.source.is_none())
            .map(|package| self.contents.get(&package.name).copied())
            .collect()
    }
}

/// What of the root manifest decides how code is compiled, other than through versions and
/// features, which are taken from what cargo did.
fn settings_of(root_manifest: &str) -> Option<String> {
    let mut table: toml::Table = root_manifest.parse().ok()?;
    if let Some(workspace) = table.get_mut("workspace").and_then(toml::Value::as_table_mut) {
        for key in ["members", "exclude", "default-members", "dependencies", "lints"] {
            workspace.remove(key);
        }
    }
    toml::to_string(&table).ok()
}

/// Folds names and contents of all files of a folder, without the folders named.
pub(super) fn digest_of_folder(folder: &Path, without: &[&str]) -> Result<Hash, BuildError> {
    let mut files = Vec::new();
    list(folder, without, &mut files)?;
    let mut hasher = Hasher::new();
    for path in files {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        put(&mut hasher, below.as_os_str().as_encoded_bytes());
        put(&mut hasher, &fs::read(&path).map_err(BuildError::io("reading", &path))?);
    }
    Ok(hasher.finalize())
}

fn list(folder: &Path, without: &[&str], files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    let entries = fs::read_dir(folder).map_err(BuildError::io("listing", folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_file() {
            files.push(path);
        } else if path.is_dir()
            && !path.file_name().is_some_and(|name| without.iter().any(|skip| name == *skip))
        {
            list(&path, &[], files)?;
        }
    }
    Ok(())
}

/// With its length, so that no two sequences fold alike.
fn put(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn put_all<'a>(
    hasher: &mut Hasher,
    parts: impl ExactSizeIterator<Item = &'a (impl AsRef<[u8]> + ?Sized + 'a)>,
) {
    hasher.update(&(parts.len() as u64).to_le_bytes());
    for part in parts {
        put(hasher, part.as_ref());
    }
}
