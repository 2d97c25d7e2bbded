//! The one target folder, and why no code of another tree can be taken from it.
//!
//! Cargo would take a package for compiled whose files are older than its last compilation, in
//! whatever tree that was. So the fingerprint of a package of the workspace is deleted, unless the
//! very same files were compiled last: then it is made younger than the files, which were only
//! just laid out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::dep_info;
use super::key::Context;
use super::members::{Member, Members};
use super::outcome::Outcome;
use super::{BuildError, How};
use crate::interrupt::Interrupt;
use crate::record::atomic_file;

/// The file in the target folder that says what was compiled there last.
const CONTENT: &str = "bakeoff-content.json";

/// What a target folder holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// The compiler that filled it.
    toolchain: String,
    /// Digests of the files from which packages of the workspace were compiled, those that they
    /// are compiled with included; the package is missing while that is not certain.
    packages: BTreeMap<String, String>,
}

/// A target folder that is fit for a tree.
pub(super) struct Prepared {
    /// What cargo will find.
    pub(super) how: How,
    /// Packages of the workspace that cargo may take for compiled.
    pub(super) kept: BTreeSet<String>,
}

/// The target folder, ours alone until dropped.
pub(super) struct Target {
    folder: PathBuf,
    _lock: File,
}

impl Target {
    /// Waits until no other build uses the folder. Locks of the same file conflict between two
    /// handles of one process too, so that threads are kept apart as well.
    pub(super) fn acquire(cache: &Path, interrupt: &Interrupt) -> Result<Self, BuildError> {
        fs::create_dir_all(cache).map_err(BuildError::io("creating", cache))?;
        let path = cache.join("target.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(BuildError::io("opening the lock file", &path))?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { folder: cache.join("target"), _lock: lock }),
                Err(TryLockError::Error(error)) => {
                    return Err(BuildError::io("locking", &path)(error));
                }
                Err(TryLockError::WouldBlock) if interrupt.asked() => {
                    return Err(BuildError::Interrupted);
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Throws away all that was ever compiled.
    pub(super) fn empty(&self) -> Result<(), BuildError> {
        remove(&self.folder)?;
        fs::create_dir_all(&self.folder).map_err(BuildError::io("creating", &self.folder))
    }

    /// Makes the folder fit for another tree: dependencies stay, and of the packages of the
    /// workspace those that were compiled from the same files. What another compiler filled is
    /// emptied, since nothing in it is of use.
    pub(super) fn prepare(
        &self,
        members: &Members,
        context: &Context,
    ) -> Result<Prepared, BuildError> {
        let content =
            self.content().filter(|content| content.toolchain == context.toolchain.version);
        if content.is_none() {
            self.empty()?;
        }
        let how = if self.folder.join("release").is_dir() { How::Seeded } else { How::Cold };
        let mut content = content.unwrap_or_default();
        content.toolchain.clone_from(&context.toolchain.version);
        content.packages.retain(|package, digest| {
            let member = members.by_package.get(package).filter(|member| may_keep(member));
            member.is_some_and(|member| {
                context.inputs(members, member).is_some_and(|inputs| inputs == *digest)
            })
        });
        let fingerprints = self.fingerprints(members)?;
        for (fingerprint, member) in &fingerprints {
            if !is_compiled_from_its_folder(fingerprint, member, &members.root) {
                content.packages.remove(&member.package);
            }
        }
        for (fingerprint, member) in &fingerprints {
            if content.packages.contains_key(&member.package) {
                touch(fingerprint)?;
            } else {
                remove(fingerprint)?;
            }
        }
        // What is compiled from here on is not certain until the build has ended.
        atomic_file::write_json(&self.folder.join(CONTENT), &content)?;
        Ok(Prepared { how, kept: content.packages.into_keys().collect() })
    }

    /// Notes what a build that has ended compiled.
    pub(super) fn note(
        &self,
        members: &Members,
        context: &Context,
        outcome: &Outcome,
    ) -> Result<(), BuildError> {
        let compiled = members
            .by_package
            .values()
            .filter(|member| may_keep(member) && outcome.compiled.contains(&member.package));
        let packages = compiled
            .filter_map(|member| Some((member.package.clone(), context.inputs(members, member)?)));
        let content =
            Content { toolchain: context.toolchain.version.clone(), packages: packages.collect() };
        Ok(atomic_file::write_json(&self.folder.join(CONTENT), &content)?)
    }

    /// Folders with the fingerprints of packages of the workspace, `<package>-<16 digits>`.
    fn fingerprints<'a>(
        &self,
        members: &'a Members,
    ) -> Result<Vec<(PathBuf, &'a Member)>, BuildError> {
        let mut found = Vec::new();
        for fingerprints in fingerprint_folders(&self.folder)? {
            for folder in subfolders(&fingerprints)? {
                let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let package = name.rsplit_once('-').map(|(package, _)| package);
                if let Some(member) = package.and_then(|name| members.by_package.get(name)) {
                    found.push((folder, member));
                }
            }
        }
        Ok(found)
    }

    fn content(&self) -> Option<Content> {
        serde_json::from_slice(&fs::read(self.folder.join(CONTENT)).ok()?).ok()
    }
}

/// Strategies are compiled with the harness, which names the tree and so is compiled each time;
/// what a build script reads is known to nobody.
fn may_keep(member: &Member) -> bool {
    member.strategy.is_none() && !member.folder.join("build.rs").exists()
}

/// Whether all files that a package was compiled from lie in its folder, so that its digest
/// covers them.
fn is_compiled_from_its_folder(fingerprint: &Path, member: &Member, root: &Path) -> bool {
    let Some(profile) = fingerprint.ancestors().nth(2) else { return false };
    let name = fingerprint.file_name().unwrap_or_default().to_string_lossy();
    let Some((package, digits)) = name.rsplit_once('-') else { return false };
    let name = format!("{}-{digits}.d", package.replace('-', "_"));
    let Some(sources) = dep_info::sources_in(&profile.join("deps").join(name)) else {
        return false;
    };
    let Ok(folder) = member.folder.strip_prefix(root) else { return false };
    // Compilers are started in the root of the workspace.
    !sources.is_empty() && sources.iter().all(|source| source.starts_with(folder))
}

fn touch(folder: &Path) -> Result<(), BuildError> {
    let now = SystemTime::now();
    let entries = fs::read_dir(folder).map_err(BuildError::io("listing", folder))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let file = File::options().append(true).open(&path);
        file.and_then(|file| file.set_modified(now)).map_err(BuildError::io("touching", &path))?;
    }
    Ok(())
}

/// `.fingerprint` of each profile, for the host and for any target triple.
fn fingerprint_folders(target: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut found = Vec::new();
    for folder in subfolders(target)? {
        found.push(folder.join(".fingerprint"));
        found.extend(subfolders(&folder)?.into_iter().map(|below| below.join(".fingerprint")));
    }
    found.retain(|folder| folder.is_dir());
    Ok(found)
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let entries = fs::read_dir(folder).map_err(BuildError::io("listing", folder))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

fn remove(folder: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BuildError::io("removing", folder)(error))
        }
        _ => Ok(()),
    }
}
