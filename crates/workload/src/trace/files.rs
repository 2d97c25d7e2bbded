//! The files that a path or a pattern names.

use std::path::{Path, PathBuf};

use super::TraceError;

/// Standard input, where a path is expected.
pub const STANDARD_INPUT: &str = "-";

/// Whether what a path names can be read once only: standard input, a pipe (`<(zcat …)`), a device.
#[must_use]
pub fn is_stream(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
        || path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// A file as it is, standard input as `-`, or every file that a pattern (`logs/*.gz`) fits, by
/// name, numbers in it by their value.
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
    files.sort_by_cached_key(|path| (pieces(&path.to_string_lossy()), path.clone()));
    Ok(files)
}

/// A part of a name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u64),
    Text(String),
}

/// A name in pieces that sort as people count: 2 before 10.
fn pieces(name: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (piece, more) = rest.split_at(end);
        pieces.push(if is_number {
            Piece::Number(piece.parse().unwrap_or(u64::MAX))
        } else {
            Piece::Text(piece.to_owned())
        });
        rest = more;
    }
    pieces
}
