//! Creation of a strategy: a copy of an existing one under a new name.
//!
//! A strategy's folder is a template. Its package is called `bakeoff-variant-<folder>`, and
//! `src/main.rs` passes the folder's name to the runner; these names are replaced. Types keep their
//! names. Cargo adds the package to the lock file at its next call, as for any new package.

mod description;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::request::name::{InvalidName, Name};

/// Files and folders that are generated, so they are not copied.
const NOT_COPIED: [&str; 5] = ["target", "node_modules", "__pycache__", ".venv", ".git"];

/// Reason that no strategy was created. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The name is not valid.
    #[error("NAME: {0}")]
    Name(#[from] InvalidName),
    /// The folder exists.
    #[error(
        "cannot create {}: it exists already; choose another NAME, or remove it", folder.display()
    )]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no strategy to copy.
    #[error("unknown strategy `{from}`; available: {}", existing.join(", "))]
    NoSuchStrategy {
        /// The name that was given.
        from: String,
        /// Strategies of the workspace.
        existing: Vec<String>,
    },
    /// The copied strategy's `variant.toml` is not valid.
    #[error("cannot use {}: {message}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// The reason.
        message: String,
    },
    /// The file system failed.
    #[error("cannot access {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
}

impl ScaffoldError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// Copies `variants/<from>` to `variants/<name>` in the workspace at `root` and returns the paths
/// that were written, sorted.
///
/// # Errors
///
/// An invalid name, an existing folder, an unknown strategy `from`, or the file system.
pub fn new_variant(root: &Path, name: &str, from: &str) -> Result<Vec<PathBuf>, ScaffoldError> {
    let name: Name = name.parse()?;
    let variants = root.join("variants");
    let (source, target) = (variants.join(from), variants.join(&*name));
    // A name with a slash could lead out of the folder.
    if from.parse::<Name>().is_err() || !source.join("variant.toml").is_file() {
        let existing = existing(&variants);
        return Err(ScaffoldError::NoSuchStrategy { from: from.to_owned(), existing });
    }
    if target.symlink_metadata().is_ok() {
        return Err(ScaffoldError::Exists { folder: target });
    }
    let files = files(&source, Path::new(""))?;
    // Next to `variants/`, since cargo takes every folder in it for a package.
    let copy = tempfile::Builder::new()
        .prefix(".new-variant-")
        .tempdir_in(root)
        .map_err(ScaffoldError::io(root))?;
    let folder = copy.path().join(&*name);
    for file in &files {
        copy_file(&source.join(file), &folder.join(file), |content| {
            renamed(file, content, from, &name)
        })?;
    }
    let path = source.join("variant.toml");
    let description = describe(&path, from, &name)?;
    let written = folder.join("variant.toml");
    fs::write(&written, description).map_err(ScaffoldError::io(&written))?;
    fs::rename(&folder, &target).map_err(ScaffoldError::io(&target))?;
    Ok(files.iter().map(|file| target.join(file)).collect())
}

fn describe(path: &Path, from: &str, name: &str) -> Result<String, ScaffoldError> {
    let text = fs::read_to_string(path).map_err(ScaffoldError::io(path))?;
    let description = toml::from_str(&text).map_err(|error| error.to_string());
    let template = description.and_then(|description| {
        description::template(name, from, &description).map_err(|error| error.to_string())
    });
    template.map_err(|message| ScaffoldError::Description { path: path.to_path_buf(), message })
}

/// Content of a file under the new name; a binary file stays as it is.
fn renamed(file: &Path, content: Vec<u8>, from: &str, name: &str) -> Vec<u8> {
    let text = match String::from_utf8(content) {
        Ok(text) => text,
        Err(binary) => return binary.into_bytes(),
    };
    let package = |name: &str| format!("bakeoff-variant-{name}");
    let library = |name: &str| package(name).replace('-', "_");
    let text = replace_word(&text, &package(from), &package(name));
    let mut text = replace_word(&text, &library(from), &library(name));
    if file == Path::new("src/main.rs") {
        text = text.replace(&format!("\"{from}\""), &format!("\"{name}\""));
    }
    if file == Path::new("Cargo.toml") {
        text = text.replace(&format!("strategy: {from}\""), &format!("strategy: {name}\""));
    }
    text.into_bytes()
}

/// Replaces `from`, but not as a part of a longer name: `bakeoff-variant-lru-next` is another
/// package than `bakeoff-variant-lru`.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(from) {
        let (before, after) = (&rest[..index], &rest[index + from.len()..]);
        let is_longer = before.ends_with(is_part) || after.starts_with(is_part);
        replaced.push_str(before);
        replaced.push_str(if is_longer { from } else { to });
        rest = after;
    }
    replaced + rest
}

fn copy_file(
    source: &Path,
    target: &Path,
    edit: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Result<(), ScaffoldError> {
    let content = fs::read(source).map_err(ScaffoldError::io(source))?;
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(ScaffoldError::io(folder))?;
    }
    fs::write(target, edit(content)).map_err(ScaffoldError::io(target))?;
    // A script stays executable.
    let permissions = fs::metadata(source).map_err(ScaffoldError::io(source))?.permissions();
    fs::set_permissions(target, permissions).map_err(ScaffoldError::io(target))
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

/// Files of a folder and its subfolders, relative to `root`, sorted.
fn files(root: &Path, subfolder: &Path) -> Result<Vec<PathBuf>, ScaffoldError> {
    let folder = root.join(subfolder);
    let entries = fs::read_dir(&folder).map_err(ScaffoldError::io(&folder))?;
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = subfolder.join(entry.file_name());
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
