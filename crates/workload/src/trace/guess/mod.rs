//! Guesses the format of a trace from the content of its file.

pub(super) mod format_guess;
mod plausibility;
mod suggestion;
