//! What is wrong with a trace, and where.

use std::path::PathBuf;

use super::guess::Guess;
use crate::source::Stop;

/// Where in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line, from 1.
    Line(u64),
    /// Bytes from the start, after decompression.
    Byte(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat {
    /// The name.
    pub name: String,
}

impl std::error::Error for UnknownFormat {}

impl std::fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = super::FORMATS.iter().map(|format| format.name).collect();
        write!(f, "no trace format `{}`; there are: {}", self.name, names.join(", "))
    }
}

/// A trace that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read or decompressed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The content is not what the format asks for.
    #[error("{}, {place}: expected {expected}, found {excerpt}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// What the format asks for there.
        expected: String,
        /// What stands there, printable.
        excerpt: String,
    },
    /// The format that was asked for does not exist.
    #[error(transparent)]
    UnknownFormat(#[from] UnknownFormat),
    /// No format fits the file, or several do.
    #[error("{}: {what}; name the format, as in `FORMAT:PATH`: {formats}", path.display())]
    NoGuess {
        /// The file.
        path: PathBuf,
        /// Why there is no guess.
        what: String,
        /// The names that there are.
        formats: String,
    },
    /// A column was chosen that nothing has.
    #[error(
        "{name}: read as {format}, and nothing in it has what the columns call {column}; choose one that is there, or leave it out"
    )]
    NoColumn {
        /// The files.
        name: String,
        /// Their format.
        format: String,
        /// The choice, as `size=9`.
        column: String,
    },
    /// A text of two bytes a character, which no reader takes.
    #[error(
        "{}: this is UTF-16 text; convert it first, as with: iconv -f UTF-16 -t UTF-8", path.display()
    )]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// The content is not what a format asks for that nobody named.
    #[error("{error}; that it is `{format}` was a guess ({reason}): `FORMAT:PATH` names another")]
    Guessed {
        /// What is wrong.
        error: Box<TraceError>,
        /// The format that was guessed.
        format: &'static str,
        /// Why.
        reason: String,
    },
    /// The sink took no more.
    #[error("reading stopped: {0:?}")]
    Stopped(Stop),
}

impl TraceError {
    /// The same, and that the format was guessed, where another one may be the way out.
    pub(crate) fn of_guess(self, guess: &Guess) -> Self {
        match self {
            Self::Malformed { .. } => Self::Guessed {
                error: Box::new(self),
                format: guess.format.name,
                reason: guess.reason.clone(),
            },
            other => other,
        }
    }
}

impl From<Stop> for TraceError {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// The beginning of some bytes in a form that can be printed in one line.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 60;
    if bytes.is_empty() {
        return String::from("nothing");
    }
    let start = &bytes[..bytes.len().min(SHOWN)];
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    format!("`{}{more}`", start.escape_ascii())
}
