//! Errors in traces, with their position in the file.

use std::path::PathBuf;

use super::options::BadLineLimit;
use crate::source::SinkStop;

/// Position in a trace file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TracePosition {
    /// Line number, from 1.
    Line(u64),
    /// Offset in bytes, after decompression.
    Byte(u64),
}

impl std::fmt::Display for TracePosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// Error for a name that is not a trace format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown trace format `{name}`; available: {known}")]
pub struct UnknownTraceFormat {
    /// Name that was given.
    pub name: String,
    /// Names of all formats, separated by commas.
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
        location: TracePosition,
        /// Content that the format requires at this location.
        expected: String,
        /// Unexpected content, in printable form.
        excerpt: String,
    },
    /// More lines cannot be read than the limit allows.
    #[error(
        "{first}; {bad} of {lines} lines cannot be read, and the limit is {limit}; set another with --max-bad-lines"
    )]
    TooManyBadLines {
        /// Error about the first line that cannot be read.
        first: Box<TraceError>,
        /// Number of lines that cannot be read.
        bad: u64,
        /// Number of lines read so far.
        lines: u64,
        /// Limit that is exceeded.
        limit: BadLineLimit,
    },
    /// Relative times span implausibly many days in the assumed unit.
    #[error(
        "cannot read the times of {}: they start near 0 and span {days} days as seconds; choose their unit with --time-unit s, ms, us or ns", path.display()
    )]
    UnknownTimeUnit {
        /// File.
        path: PathBuf,
        /// Span in days if the unit is seconds.
        days: u64,
    },
    /// The named format does not exist.
    #[error(transparent)]
    UnknownTraceFormat(#[from] UnknownTraceFormat),
    /// No format matches the file, or several match equally well.
    #[error(
        "cannot guess the format of {}: {cause}{advice}; write FORMAT:PATH (formats: {formats})", path.display()
    )]
    NoGuess {
        /// File.
        path: PathBuf,
        /// Cause.
        cause: String,
        /// First lines and likely readings of the file, or empty.
        advice: String,
        /// Names of all formats, separated by commas.
        formats: String,
    },
    /// No record has a column that the user chose.
    #[error(
        "cannot read {name} as {format}: no record has the chosen column {column}; choose a column that exists, or none"
    )]
    NoColumn {
        /// Paths of the files, separated by commas.
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
    /// The file is in Parquet, which no reader supports.
    #[error("cannot read {}: it is a Parquet file; convert it first with {command}", path.display())]
    Parquet {
        /// File.
        path: PathBuf,
        /// Command that writes the rows to a CSV file.
        command: String,
    },
    /// The content does not conform to the guessed format.
    #[error(
        "{error}; the format `{format}` was guessed ({reason}); to choose another, write FORMAT:PATH"
    )]
    Guessed {
        /// Error about the unexpected content.
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

impl TraceError {
    /// Returns true if the content of a file does not conform to its format.
    #[must_use]
    pub fn is_about_content(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::TooManyBadLines { .. })
    }
}

/// Formats the first bytes of unexpected content on one line.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN_BYTES: usize = 60;
    if bytes.is_empty() {
        return String::from("nothing");
    }
    let start = &bytes[..bytes.len().min(SHOWN_BYTES)];
    let more = if bytes.len() > SHOWN_BYTES { "…" } else { "" };
    format!("`{}{more}`", start.escape_ascii())
}
