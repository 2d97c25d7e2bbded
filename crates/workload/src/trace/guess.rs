//! Guessing a trace's format from the beginning of its content, and from its name.

use std::path::Path;

use super::columns::ColumnChoice;
use super::error::TraceError;
use super::foreign::foreign;
use super::{FORMATS, Format, Input, text};

/// A format and why it was taken.
#[derive(Clone, Debug)]
pub struct Guess {
    /// The format.
    pub format: &'static Format,
    /// Why, for people.
    pub reason: String,
}

/// The beginning of a file.
pub(super) struct Sample<'a> {
    /// Its first bytes, decompressed.
    pub(super) bytes: &'a [u8],
    /// Whether they are all.
    pub(super) complete: bool,
    /// The file's name in lower case.
    pub(super) name: &'a str,
    /// What the user said of its columns.
    pub(super) columns: &'a ColumnChoice,
}

/// How well a format fits; the most points win.
pub(super) struct Likeness {
    /// 1 (possible) to 9 (certain).
    pub(super) points: u8,
    /// What fits.
    pub(super) reason: String,
}

impl Likeness {
    pub(super) fn new(points: u8, reason: impl Into<String>) -> Option<Self> {
        Some(Self { points, reason: reason.into() })
    }
}

impl<'a> Sample<'a> {
    /// The whole lines, at most 200 of them; none where the bytes are no text.
    pub(super) fn lines(&self) -> Vec<&'a [u8]> {
        let text = self.bytes.strip_prefix(text::UTF8_MARK).unwrap_or(self.bytes);
        let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
        // After the last line end stands nothing, or the beginning of a line.
        if !self.complete || lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        lines.truncate(200);
        if lines.iter().any(|line| line.contains(&0)) {
            return Vec::new();
        }
        lines.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
    }

    /// Whether these are characters and space: no binary records look like that.
    pub(super) fn is_text(&self) -> bool {
        text::is_text(self.bytes)
    }

    /// Whether there are lines and all of them fit.
    pub(super) fn all_lines(&self, fits: impl Fn(&[u8]) -> bool) -> bool {
        let lines = self.lines();
        !lines.is_empty() && lines.into_iter().all(fits)
    }
}

/// The format that fits a file best.
///
/// # Errors
/// [`TraceError`] if the file cannot be read, or no format fits it better than all others.
pub fn guess(path: &Path) -> Result<Guess, TraceError> {
    of_input(&Input::open(path)?)
}

/// As [`guess`], of an input that is open already; nothing is taken from it.
pub(super) fn of_input(input: &Input) -> Result<Guess, TraceError> {
    let path = input.path();
    let (bytes, complete) = input.sample();
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let no_guess = |what: String| TraceError::NoGuess {
        path: path.to_owned(),
        what,
        formats: FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", "),
    };
    if bytes.is_empty() {
        return Err(no_guess(String::from("the file is empty")));
    }
    if let Some(kind) = foreign(bytes) {
        return Err(no_guess(format!("this is {kind}")));
    }
    if text::has_utf16_mark(bytes) || text::is_utf16(bytes) {
        return Err(TraceError::Utf16 { path: path.to_owned() });
    }
    let sample = Sample { bytes, complete, name: &name, columns: input.columns() };
    let mut fits: Vec<(Likeness, &'static Format)> =
        FORMATS.iter().filter_map(|format| Some(((format.recognise)(&sample)?, format))).collect();
    fits.sort_by_key(|(likeness, _)| std::cmp::Reverse(likeness.points));
    match fits.as_slice() {
        [] => Err(no_guess(format!(
            "no known format begins with {}",
            super::error::excerpt(&bytes[..bytes.len().min(40)])
        ))),
        [(first, a), (second, b), ..] if first.points == second.points => Err(no_guess(format!(
            "it may be `{}` ({}) or `{}` ({})",
            a.name, first.reason, b.name, second.reason
        ))),
        [(best, format), ..] => Ok(Guess { format, reason: best.reason.clone() }),
    }
}
