//! Current directory and workspace root.

use std::path::PathBuf;

use anyhow::Context;
use bakeoff_driver::source::SourceCode;

use crate::exit::UsageError;

/// Returns the current directory.
pub fn current_directory() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("cannot read the current directory")
}

/// Returns the workspace root, with or without git.
pub fn root() -> anyhow::Result<PathBuf> {
    let source = SourceCode::discover(&current_directory()?, true)
        .map_err(|error| UsageError(error.to_string()))?;
    Ok(source.root().to_owned())
}
