//! Chooses the format of a trace by name, or guesses it from content and file name.

use super::plausibility::find_contradiction;
use super::suggestion;
use crate::trace::error::{TraceError, excerpt};
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::TraceFormat;
use crate::trace::formats::{FORMATS, find_format, format_names};
use crate::trace::input::TraceInput;
use crate::trace::non_traces::{identify_non_trace, refuse_parquet};
use crate::trace::parse::encoding;

/// Minimum score with which the structure of a file identifies its format without further checks.
const CERTAIN_SCORE: u8 = 9;

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
        if error.is_about_content() {
            TraceError::Guessed {
                error: Box::new(error),
                format: self.format.name,
                reason: self.reason.clone(),
            }
        } else {
            error
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
    let no_guess = |cause: String, advice: String| TraceError::NoGuess {
        path: path.to_owned(),
        cause,
        advice,
        formats: format_names(),
    };
    if bytes.is_empty() {
        return Err(no_guess(String::from("the file is empty"), String::new()));
    }
    refuse_parquet(path, bytes)?;
    if let Some(kind) = identify_non_trace(bytes) {
        return Err(no_guess(format!("the file is {kind}"), String::new()));
    }
    if encoding::has_utf16_bom(bytes) || encoding::is_utf16(bytes) {
        return Err(TraceError::Utf16 { path: path.to_owned() });
    }
    let text = encoding::without_nul_runs(bytes);
    let bytes = if encoding::is_text(&text) { &*text } else { bytes };
    let sample = FileSample { bytes, is_complete, name: &name, options: input.options() };
    let mut matches: Vec<(FormatMatch, &'static TraceFormat)> =
        FORMATS.iter().filter_map(|format| Some(((format.detect)(&sample)?, format))).collect();
    matches.sort_by_key(|(result, _)| std::cmp::Reverse(result.score));
    let mut contradictions = Vec::new();
    matches.retain(|(found, format)| {
        let contradiction = (found.score < CERTAIN_SCORE)
            .then(|| find_contradiction(input, format))
            .flatten()
            .map(|contradiction| format!("as `{}`, {contradiction}", format.name));
        let is_plausible = contradiction.is_none();
        contradictions.extend(contradiction);
        is_plausible
    });
    match matches.as_slice() {
        [] if contradictions.is_empty() => {
            let start = excerpt(&bytes[..bytes.len().min(40)]);
            Err(no_guess(format!("no known format begins with {start}"), suggestion::advice(input)))
        }
        [] => Err(no_guess(contradictions.join("; "), suggestion::advice(input))),
        [(first, a), (second, b), ..] if first.score == second.score => Err(no_guess(
            format!(
                "the file may be `{}` ({}) or `{}` ({})",
                a.name, first.reason, b.name, second.reason
            ),
            suggestion::advice(input),
        )),
        [(best, format), ..] => Ok(FormatGuess { format, reason: best.reason.clone() }),
    }
}
