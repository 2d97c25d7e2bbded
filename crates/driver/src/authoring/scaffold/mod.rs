//! A new strategy as a copy of one that works, under another name.
//!
//! Only the new folder is written. The lock file of the workspace learns of the package at the
//! next call of cargo in the workspace, as it does for every package that is added by hand.

mod names;
mod rename;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::request::name::{InvalidName, Name};
use rename::Renaming;

/// Folders and files of a strategy that are made, not written.
const NOT_COPIED: [&str; 5] = ["target", "node_modules", "__pycache__", ".venv", ".git"];

/// Why no strategy was made. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The name cannot be one.
    #[error("NAME: {0}")]
    Name(#[from] InvalidName),
    /// There is such a folder.
    #[error("{} exists already; choose another NAME, or remove it", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no strategy to begin with.
    #[error("there is no strategy `{from}` to begin with; these exist: {}", existing.join(", "))]
    NoSuchStrategy {
        /// As given.
        from: String,
        /// Those that exist.
        existing: Vec<String>,
    },
    /// The disk failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ScaffoldError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// Copies `variants/<from>` to `variants/<name>` in the workspace at `root`, with package, library
/// and type renamed and the description left for its author to write. The paths written, sorted.
///
/// # Errors
///
/// A bad name, a folder that exists, no strategy `from`, or the disk failing.
pub fn new_variant(root: &Path, name: &str, from: &str) -> Result<Vec<PathBuf>, ScaffoldError> {
    let name: Name = name.parse()?;
    let variants = root.join("variants");
    let (source, target) = (variants.join(from), variants.join(&*name));
    // A name with a slash would lead out of the folder.
    if from.parse::<Name>().is_err() || !source.join("variant.toml").is_file() {
        let existing = existing(&variants);
        return Err(ScaffoldError::NoSuchStrategy { from: from.to_owned(), existing });
    }
    if target.symlink_metadata().is_ok() {
        return Err(ScaffoldError::Exists { folder: target });
    }
    let files = files(&source, Path::new(""))?;
    let read = |below: &PathBuf| {
        let path = source.join(below);
        fs::read(&path).map_err(ScaffoldError::at(&path)).map(|bytes| (below.clone(), bytes))
    };
    let mut contents = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Renaming::new(from, &name, &contents).apply(&mut contents);

    // Beside `variants/`, not in it: cargo takes every folder there for a package.
    let beside = tempfile::Builder::new()
        .prefix(".new-variant-")
        .tempdir_in(root)
        .map_err(ScaffoldError::at(root))?;
    let whole = beside.path().join(&*name);
    for (below, bytes) in &contents {
        let path = whole.join(below);
        let folder = path.parent().unwrap_or(&whole);
        fs::create_dir_all(folder).map_err(ScaffoldError::at(folder))?;
        fs::write(&path, bytes).map_err(ScaffoldError::at(&path))?;
        keep_mode(&source.join(below), &path)?;
    }
    fs::rename(&whole, &target).map_err(ScaffoldError::at(&target))?;
    Ok(files.iter().map(|below| target.join(below)).collect())
}

fn existing(variants: &Path) -> Vec<String> {
    let entries = fs::read_dir(variants).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("variant.toml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Files below a folder, relative to it, sorted.
fn files(root: &Path, below: &Path) -> Result<Vec<PathBuf>, ScaffoldError> {
    let folder = root.join(below);
    let entries = fs::read_dir(&folder).map_err(ScaffoldError::at(&folder))?;
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = below.join(entry.file_name());
        if NOT_COPIED.iter().any(|skip| entry.file_name() == *skip) {
            continue;
        }
        if entry.path().is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A script stays executable.
fn keep_mode(from: &Path, to: &Path) -> Result<(), ScaffoldError> {
    let permissions = fs::metadata(from).map_err(ScaffoldError::at(from))?.permissions();
    fs::set_permissions(to, permissions).map_err(ScaffoldError::at(to))
}

#[cfg(test)]
mod tests;
