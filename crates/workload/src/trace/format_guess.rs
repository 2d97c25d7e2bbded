//! Chooses the format of a trace by name, or guesses it from content and file name.

use super::error::{TraceError, excerpt};
use super::file_sample::{FileSample, FormatMatch};
use super::format::TraceFormat;
use super::formats::{FORMATS, find_format, format_names};
use super::input::TraceInput;
use super::non_traces::identify_non_trace;
use super::parse::encoding;

/// Chosen format and the reason for it.
#[derive(Clone, Debug)]
pub struct FormatGuess {
    /// Chosen format.
    pub format: &'static TraceFormat,
    /// Reason for the choice, shown to the user.
    pub reason: String,
}

impl FormatGuess {
    /// Adds the guessed format to an error about malformed content.
    pub(crate) fn explain(&self, error: TraceError) -> TraceError {
        match error {
            TraceError::Malformed { .. } => TraceError::Guessed {
                error: Box::new(error),
                format: self.format.name,
                reason: self.reason.clone(),
            },
            other => other,
        }
    }
}

/// Chooses the format of an input: the named one, or else a guess from content and file name.
///
/// Reads nothing from the input beyond its sample.
///
/// # Errors
/// [`TraceError`] if the name is unknown, or if no format matches better than all others.
pub fn choose_format(input: &TraceInput, name: Option<&str>) -> Result<FormatGuess, TraceError> {
    match name {
        Some(name) => {
            Ok(FormatGuess { format: find_format(name)?, reason: String::from("chosen by name") })
        }
        None => guess_format(input),
    }
}

fn guess_format(input: &TraceInput) -> Result<FormatGuess, TraceError> {
    let path = input.path();
    let (bytes, is_complete) = input.sample();
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let no_guess = |cause: String| TraceError::NoGuess {
        path: path.to_owned(),
        cause,
        formats: format_names(),
    };
    if bytes.is_empty() {
        return Err(no_guess(String::from("the file is empty")));
    }
    if let Some(kind) = identify_non_trace(bytes) {
        return Err(no_guess(format!("the file is {kind}")));
    }
    if encoding::has_utf16_bom(bytes) || encoding::is_utf16(bytes) {
        return Err(TraceError::Utf16 { path: path.to_owned() });
    }
    let sample = FileSample { bytes, is_complete, name: &name, columns: input.columns() };
    let mut matches: Vec<(FormatMatch, &'static TraceFormat)> =
        FORMATS.iter().filter_map(|format| Some(((format.detect)(&sample)?, format))).collect();
    matches.sort_by_key(|(result, _)| std::cmp::Reverse(result.score));
    match matches.as_slice() {
        [] => Err(no_guess(format!(
            "no known format begins with {}",
            excerpt(&bytes[..bytes.len().min(40)])
        ))),
        [(first, a), (second, b), ..] if first.score == second.score => Err(no_guess(format!(
            "the file may be `{}` ({}) or `{}` ({})",
            a.name, first.reason, b.name, second.reason
        ))),
        [(best, format), ..] => Ok(FormatGuess { format, reason: best.reason.clone() }),
    }
}
