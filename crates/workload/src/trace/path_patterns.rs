//! Expansion of paths and patterns to files.

use std::path::{Path, PathBuf};

use super::error::TraceError;

/// Path that denotes standard input.
pub const STANDARD_INPUT: &str = "-";

/// Returns true if a path can be read only once: standard input, a pipe, a device.
#[must_use]
pub fn is_stream(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
        || path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Expands a pattern such as `logs/*.gz` to files in natural order (2 before 10).
///
/// Other paths and `-` are returned unchanged.
///
/// # Errors
/// [`TraceError::Io`] if the pattern is malformed or matches no file.
pub fn expand_path(path: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let text = path.to_string_lossy();
    if path == Path::new(STANDARD_INPUT) || path.exists() || !text.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let error = |kind, cause: String| TraceError::Io {
        path: path.to_owned(),
        source: std::io::Error::new(kind, cause),
    };
    let matches = glob::glob(&text)
        .map_err(|cause| error(std::io::ErrorKind::InvalidInput, cause.to_string()))?;
    let mut files: Vec<PathBuf> =
        matches.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if files.is_empty() {
        let cause = String::from("no file matches this pattern");
        return Err(error(std::io::ErrorKind::NotFound, cause));
    }
    files.sort_by_cached_key(|path| (name_parts(&path.to_string_lossy()), path.clone()));
    Ok(files)
}

/// Part of a file name, for natural sort order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum NamePart {
    Number(u64),
    Text(String),
}

fn name_parts(name: &str) -> Vec<NamePart> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, remaining) = rest.split_at(end);
        parts.push(if is_number {
            NamePart::Number(part.parse().unwrap_or(u64::MAX))
        } else {
            NamePart::Text(part.to_owned())
        });
        rest = remaining;
    }
    parts
}
