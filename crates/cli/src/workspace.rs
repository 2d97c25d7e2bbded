//! Where the workspace is: any folder within it will do.

use std::path::PathBuf;

use anyhow::Context;
use bakeoff_driver::source::Source;

use crate::exit::UsageError;

/// The folder that the user stands in.
pub fn here() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("the current folder cannot be read")
}

/// The workspace root, git or not.
pub fn root() -> anyhow::Result<PathBuf> {
    let source = Source::discover(&here()?, true).map_err(|error| UsageError(error.to_string()))?;
    Ok(source.root().to_owned())
}
