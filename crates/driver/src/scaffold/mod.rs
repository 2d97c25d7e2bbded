//! Creates a strategy as a copy of an existing one under a new name.
//!
//! The package of a strategy is called `bakeoff-variant-<strategy>`, and its `src/main.rs` passes
//! the name of the strategy to the runner. The copy replaces both names, but no names of types.
//! Cargo adds the new package to the lock file at its next call.

mod manifest_template;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::request::name::{InvalidName, Name};

/// Files and directories that are not copied, because other programs generate them.
const NOT_COPIED: [&str; 5] = ["target", "node_modules", "__pycache__", ".venv", ".git"];

/// Reason why no strategy was created; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The name of the new strategy is invalid.
    #[error("cannot create a strategy: {0}")]
    Name(#[from] InvalidName),
    /// The directory of the new strategy exists already.
    #[error(
        "cannot create {}: it exists already; choose another NAME, or delete it", folder.display()
    )]
    Exists {
        /// Directory of the new strategy.
        folder: PathBuf,
    },
    /// The strategy to copy does not exist.
    #[error("unknown strategy `{from}`; available: {}", existing.join(", "))]
    NoSuchStrategy {
        /// Name as given.
        from: String,
        /// Strategies of the workspace.
        existing: Vec<String>,
    },
    /// The `variant.toml` of the strategy to copy is invalid.
    #[error("cannot use {}: {message}", path.display())]
    Manifest {
        /// Path of the manifest.
        path: PathBuf,
        /// Cause.
        message: String,
    },
    /// The file system failed.
    #[error("cannot access {}: {source}", path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// Cause, as reported by the operating system.
        source: io::Error,
    },
}

impl ScaffoldError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }
}

/// Copies `variants/<from>` to `variants/<name>` in the workspace at `root`.
///
/// Returns the paths of the new files, sorted.
///
/// # Errors
///
/// [`ScaffoldError`] if `name` is invalid or exists, if `from` is unknown, or if the file system
/// fails.
pub fn new_variant(root: &Path, name: &str, from: &str) -> Result<Vec<PathBuf>, ScaffoldError> {
    let name: Name = name.parse()?;
    let variants = root.join("variants");
    let (source, target) = (variants.join(from), variants.join(&*name));
    // A name with a slash could refer to a directory outside of `variants/`.
    if from.parse::<Name>().is_err() || !source.join("variant.toml").is_file() {
        let existing = existing(&variants);
        return Err(ScaffoldError::NoSuchStrategy { from: from.to_owned(), existing });
    }
    if target.symlink_metadata().is_ok() {
        return Err(ScaffoldError::Exists { folder: target });
    }
    let files = files(&source, Path::new(""))?;
    // The copy starts outside of `variants/`, where cargo takes every directory for a package.
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
    let manifest = new_manifest(&path, from, &name)?;
    let written = folder.join("variant.toml");
    fs::write(&written, manifest).map_err(ScaffoldError::io(&written))?;
    fs::rename(&folder, &target).map_err(ScaffoldError::io(&target))?;
    Ok(files.iter().map(|file| target.join(file)).collect())
}

fn new_manifest(path: &Path, from: &str, name: &str) -> Result<String, ScaffoldError> {
    let text = fs::read_to_string(path).map_err(ScaffoldError::io(path))?;
    let manifest = toml::from_str(&text).map_err(|error| error.to_string());
    let template = manifest.and_then(|manifest| {
        manifest_template::render(name, from, &manifest).map_err(|error| error.to_string())
    });
    template.map_err(|message| ScaffoldError::Manifest { path: path.to_path_buf(), message })
}

/// Replaces the old names in the content of a file; a binary file stays unchanged.
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

/// Replaces `from` where it is not part of a longer name.
///
/// For example, `bakeoff-variant-lru-next` does not contain the package name `bakeoff-variant-lru`.
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
    // The permissions are copied too, so that a script stays executable.
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

/// Lists the files in `subfolder` of `root` and below it, relative to `root`, sorted.
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
