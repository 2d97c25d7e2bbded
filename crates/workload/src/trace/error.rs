//! Errors in traces and their location.

use std::path::PathBuf;

use crate::source::SinkStop;

/// Position in a trace file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceLocation {
    /// Line number, from 1.
    Line(u64),
    /// Offset in bytes, after decompression.
    Byte(u64),
}

impl std::fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// Name that is not a trace format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown trace format `{name}`; available: {known}")]
pub struct UnknownTraceFormat {
    /// Unknown name.
    pub name: String,
    /// Names of all formats.
    pub known: String,
}

/// Reason that a trace cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read or decompressed.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The content does not conform to the format.
    #[error("{}, {location}: expected {expected}, found {excerpt}", path.display())]
    Malformed {
        /// File.
        path: PathBuf,
        /// Location of the unexpected content.
        location: SourceLocation,
        /// Content that the format requires there.
        expected: String,
        /// Unexpected content, in printable form.
        excerpt: String,
    },
    /// The named format does not exist.
    #[error(transparent)]
    UnknownTraceFormat(#[from] UnknownTraceFormat),
    /// No format matches the file, or several match equally well.
    #[error(
        "cannot guess the format of {}: {cause}; name it as in FORMAT:PATH ({formats})", path.display()
    )]
    NoGuess {
        /// File.
        path: PathBuf,
        /// Cause.
        cause: String,
        /// Names of all formats.
        formats: String,
    },
    /// No record has a column that the user chose.
    #[error(
        "cannot read {name} as {format}: no record has the chosen column {column}; choose an existing column, or none"
    )]
    NoColumn {
        /// Files.
        name: String,
        /// Format of the files.
        format: String,
        /// Chosen column, for example `size=9`.
        column: String,
    },
    /// The file is text in UTF-16, which no reader supports.
    #[error(
        "cannot read {}: it is UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`", path.display()
    )]
    Utf16 {
        /// File.
        path: PathBuf,
    },
    /// The content does not conform to a format that was guessed.
    #[error(
        "{error}; the format `{format}` was guessed ({reason}); name another as in FORMAT:PATH"
    )]
    Guessed {
        /// Unexpected content.
        error: Box<TraceError>,
        /// Guessed format.
        format: &'static str,
        /// Reason for the guess.
        reason: String,
    },
    /// The sink accepts no more requests.
    #[error("reading stopped: {0:?}")]
    Stopped(SinkStop),
}

impl From<SinkStop> for TraceError {
    fn from(stop: SinkStop) -> Self {
        Self::Stopped(stop)
    }
}

/// Formats the first bytes of unexpected content on one line.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 60;
    if bytes.is_empty() {
        return String::from("nothing");
    }
    let start = &bytes[..bytes.len().min(SHOWN)];
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    format!("`{}{more}`", start.escape_ascii())
}
