//! Source code in a directory that is measured as it is, without using git.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::SourceError;
use super::revision::{Checkout, Revision};
use super::workspace::{MANIFEST, VARIANTS};

/// Size limit of files in the digest, in bytes; larger files cannot be source code.
const LARGEST_SOURCE_BYTES: u64 = 8 << 20;

/// Workspace whose git repository, if there is one, is not used.
#[derive(Clone, Debug)]
pub struct InPlaceWorkspace {
    root: PathBuf,
}

impl InPlaceWorkspace {
    pub(super) const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn resolve(&self, git_ref: Option<&str>) -> Result<Revision, SourceError> {
        if let Some(git_ref) = git_ref {
            return Err(SourceError::RefWithInPlace { git_ref: git_ref.to_owned() });
        }
        let mut digest = blake3::Hasher::new();
        digest_folder(&self.root, Path::new(""), &mut digest)?;
        Ok(Revision {
            tree: digest.finalize().to_hex().to_string(),
            dirty: true,
            ..Revision::default()
        })
    }

    pub(super) fn strategies(&self) -> Result<Vec<String>, SourceError> {
        let folder = self.root.join(VARIANTS);
        let mut names: Vec<String> = entries(&folder)?
            .into_iter()
            .filter(|path| path.join(MANIFEST).is_file())
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        Ok(names)
    }

    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let path = self.root.join(path);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SourceError::io("read", &path)(error)),
        }
    }

    pub(super) fn checkout(&self, at: &Revision) -> Checkout {
        Checkout {
            path: self.root.clone(),
            branch: String::new(),
            commit: String::new(),
            tree: at.tree.clone(),
        }
    }
}

/// Adds the names and contents of all files that a build could read to the digest.
///
/// Leaves out results, build output and hidden directories other than `.cargo`.
fn digest_folder(
    root: &Path,
    below: &Path,
    digest: &mut blake3::Hasher,
) -> Result<(), SourceError> {
    let mut paths = entries(&root.join(below))?;
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let top = below.as_os_str().is_empty();
        let kind = fs::metadata(&path).map_err(SourceError::io("read", &path))?;
        if kind.is_dir() {
            let hidden = name.starts_with('.') && name != ".cargo";
            if !hidden && name != "target" && !(top && name == "results") {
                digest_folder(root, &below.join(name), digest)?;
            }
        } else if kind.len() <= LARGEST_SOURCE_BYTES {
            let bytes = fs::read(&path).map_err(SourceError::io("read", &path))?;
            digest.update(below.join(name).as_os_str().as_encoded_bytes());
            digest.update(&[0]);
            digest.update(blake3::hash(&bytes).as_bytes());
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let found = fs::read_dir(folder).map_err(SourceError::io("list", folder))?;
    found.map(|entry| Ok(entry.map_err(SourceError::io("list", folder))?.path())).collect()
}
