//! Cache key of a runner: a digest of everything that it is compiled from.
//!
//! The key covers the compiler and its settings, the profiles of the root manifest, the requested
//! features, and each package that is compiled into the runner: name, version, source and activated
//! features, and for local packages the content of all files. All of this is known before cargo
//! compiles anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};

use crate::build::cargo::toolchain::Toolchain;
use crate::build::cargo::workspace::{CargoWorkspace, StrategyPackage};
use crate::build::error::BuildError;
use crate::source::Checkout;

/// Version of the key, raised when runners are built differently.
const VERSION: &str = "bakeoff build 3";
/// Subdirectories of a package that contain no source code of a runner.
pub(in crate::build) const NOT_COMPILED: [&str; 4] = ["target", "tests", "benches", "examples"];

/// Inputs that the cache keys of all runners of a tree share.
pub(in crate::build) struct KeyInputs<'a> {
    workspace: &'a CargoWorkspace,
    toolchain: &'a Toolchain,
    features: &'a [&'static str],
    /// The `[profile]` tables of the root manifest, as TOML.
    profiles: String,
    /// Digests of local packages, by directory.
    folders: BTreeMap<PathBuf, Hash>,
}

impl<'a> KeyInputs<'a> {
    /// Reads the files that runners of a workspace are compiled from.
    pub(in crate::build) fn read(
        root: &Path,
        workspace: &'a CargoWorkspace,
        toolchain: &'a Toolchain,
        features: &'a [&'static str],
    ) -> Result<Self, BuildError> {
        let mut folders = BTreeMap::new();
        for strategy in workspace.native_strategies() {
            for folder in local_folders(workspace, strategy) {
                if !folders.contains_key(folder) {
                    folders.insert(folder.to_path_buf(), digest_folder(folder, &NOT_COMPILED)?);
                }
            }
        }
        Ok(Self { workspace, toolchain, features, profiles: profiles(root)?, folders })
    }

    /// Returns the key of a runner that is compiled only from files of its packages.
    pub(in crate::build) fn key(&self, strategy: &StrategyPackage) -> String {
        self.hash(strategy).finalize().to_hex().to_string()
    }

    /// Returns the key of a runner that is also compiled from other files of its tree.
    pub(in crate::build) fn key_with_tree(
        &self,
        strategy: &StrategyPackage,
        checkout: &Checkout,
    ) -> String {
        let mut hasher = self.hash(strategy);
        put(&mut hasher, checkout.tree.as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// Returns the directories whose files are part of the keys, except for [`NOT_COMPILED`].
    pub(in crate::build) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.keys().map(PathBuf::as_path)
    }

    /// Returns true if both inputs were read from the same file contents.
    pub(in crate::build) fn same_files(&self, other: &Self) -> bool {
        self.folders == other.folders
    }

    fn hash(&self, strategy: &StrategyPackage) -> Hasher {
        let mut hasher = Hasher::new();
        put(&mut hasher, VERSION.as_bytes());
        put(&mut hasher, self.toolchain.version.as_bytes());
        put(&mut hasher, &(self.toolchain.environment.len() as u64).to_le_bytes());
        for (name, value) in &self.toolchain.environment {
            put(&mut hasher, name.as_bytes());
            put(&mut hasher, value.as_bytes());
        }
        put_all(&mut hasher, &self.toolchain.configuration);
        put(&mut hasher, self.profiles.as_bytes());
        put_all(&mut hasher, self.features);
        put(&mut hasher, strategy.package.as_bytes());
        for id in self.workspace.closure(&strategy.id) {
            let Some(resolved) = self.workspace.resolved_package(id) else { continue };
            let package = resolved.package;
            put(&mut hasher, package.name.as_bytes());
            put(&mut hasher, package.version.to_string().as_bytes());
            put(&mut hasher, package.edition.to_string().as_bytes());
            put_all(&mut hasher, &resolved.features);
            match (&package.source, resolved.folder) {
                (Some(source), _) => put(&mut hasher, source.repr.as_bytes()),
                (None, Some(folder)) => match self.folders.get(folder) {
                    Some(digest) => put(&mut hasher, digest.as_bytes()),
                    None => put(&mut hasher, folder.as_os_str().as_encoded_bytes()),
                },
                (None, None) => {}
            }
        }
        hasher
    }
}

fn local_folders<'a>(
    workspace: &'a CargoWorkspace,
    strategy: &StrategyPackage,
) -> impl Iterator<Item = &'a Path> {
    let closure = workspace.closure(&strategy.id).into_iter();
    closure.filter_map(|id| workspace.resolved_package(id)?.folder)
}

/// Returns the `[profile]` tables of the root manifest, which determine how code is compiled.
fn profiles(root: &Path) -> Result<String, BuildError> {
    let path = root.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(BuildError::io("read", &path))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        BuildError::Manifest { path: path.clone(), message: error.to_string() }
    })?;
    Ok(table.get("profile").map(toml::Value::to_string).unwrap_or_default())
}

/// Returns a digest of the names and contents of all files in a directory.
///
/// Skips its direct subdirectories that are listed in `without`.
pub(in crate::build) fn digest_folder(folder: &Path, without: &[&str]) -> Result<Hash, BuildError> {
    let mut files = Vec::new();
    list(folder, without, &mut files)?;
    let mut hasher = Hasher::new();
    for path in files {
        let relative = path.strip_prefix(folder).unwrap_or(&path);
        put(&mut hasher, relative.as_os_str().as_encoded_bytes());
        put(&mut hasher, &fs::read(&path).map_err(BuildError::io("read", &path))?);
    }
    Ok(hasher.finalize())
}

fn list(folder: &Path, without: &[&str], files: &mut Vec<PathBuf>) -> Result<(), BuildError> {
    let entries = fs::read_dir(folder).map_err(BuildError::io("list", folder))?;
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

/// Adds bytes after their length, so that different sequences never give the same input.
fn put(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn put_all(hasher: &mut Hasher, parts: &[impl AsRef<str>]) {
    hasher.update(&(parts.len() as u64).to_le_bytes());
    for part in parts {
        put(hasher, part.as_ref().as_bytes());
    }
}
