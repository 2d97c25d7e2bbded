//! Trace files and options for reading them.

use std::path::PathBuf;

use serde::Serialize;

use crate::anonymize::Secret;
use crate::trace::ReadOptions;

/// Trace files and how to read them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TraceSource {
    /// Files or glob patterns, read in this order; `-` is standard input. Relative paths are
    /// resolved against the workspace root.
    pub paths: Vec<PathBuf>,
    /// One of the names in [`crate::trace::FORMATS`]; `None` guesses the format of each file.
    pub format: Option<String>,
    /// Keeps the write operations of block and address traces; by default all requests are reads.
    pub keep_ops: bool,
    /// Maximum number of requests, from the start; `None` for all.
    pub limit: Option<u64>,
    /// Meaning of columns, operations and times, and the limit of bad lines.
    #[serde(skip_serializing_if = "ReadOptions::is_default")]
    pub options: ReadOptions,
    /// Secret for replacing each key by a hash; `None` keeps the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymize: Option<Secret>,
}

impl TraceSource {
    /// Creates a source of one file; a `format` of `None` is guessed.
    #[must_use]
    pub fn from_file(path: PathBuf, format: Option<String>) -> Self {
        Self { paths: vec![path], format, ..Self::default() }
    }

    /// Returns the paths, joined for messages.
    #[must_use]
    pub fn display_name(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }
}
