//! The files that a path or a pattern names.

use std::path::{Path, PathBuf};

use super::TraceError;

/// Standard input, where a path is expected.
pub const STANDARD_INPUT: &str = "-";

/// A file as it is, standard input as `-`, or every file that a pattern (`logs/*.gz`) fits, by
/// name.
///
/// # Errors
/// [`TraceError::Io`] if the pattern is malformed, or nothing fits it.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let text = path.to_string_lossy();
    if path == Path::new(STANDARD_INPUT) || path.exists() || !text.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let error = |kind, what: String| TraceError::Io {
        path: path.to_owned(),
        source: std::io::Error::new(kind, what),
    };
    let found = glob::glob(&text)
        .map_err(|wrong| error(std::io::ErrorKind::InvalidInput, wrong.to_string()))?;
    let mut files: Vec<PathBuf> =
        found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if files.is_empty() {
        let what = String::from("no file fits this pattern");
        return Err(error(std::io::ErrorKind::NotFound, what));
    }
    files.sort();
    Ok(files)
}
