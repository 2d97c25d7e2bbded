//! Lines that cannot be read, up to a limit.

use crate::trace::error::TraceError;
use crate::trace::input::TraceInput;
use crate::trace::options::BadLineLimit;

/// Minimum number of lines read before the share of bad lines is checked.
const EARLY_CHECK_LINES: u64 = 10_000;

/// Bad lines of the current file.
#[derive(Debug, Default)]
pub(in crate::trace) struct BadLines {
    count: u64,
    first: Option<TraceError>,
}

impl BadLines {
    /// Counts the current line of the input.
    ///
    /// # Errors
    /// [`TraceError`] if more lines are bad than the options of the input allow.
    #[cold]
    pub(in crate::trace) fn count(
        &mut self,
        input: &TraceInput,
        expected: &str,
    ) -> Result<(), TraceError> {
        self.count += 1;
        self.first.get_or_insert_with(|| input.bad_line(expected));
        let limit = input.options().max_bad_lines;
        if limit.is_absolute() || input.lines() >= EARLY_CHECK_LINES {
            return self.check(limit, input.lines());
        }
        Ok(())
    }

    /// Checks the limit at the end of a file and starts the next file.
    ///
    /// # Errors
    /// [`TraceError`] if more lines are bad than the options of the input allow.
    pub(in crate::trace) fn finish_file(&mut self, input: &TraceInput) -> Result<(), TraceError> {
        self.check(input.options().max_bad_lines, input.lines())?;
        *self = Self::default();
        Ok(())
    }

    fn check(&mut self, limit: BadLineLimit, lines: u64) -> Result<(), TraceError> {
        if self.count == 0 || !limit.is_exceeded(self.count, lines) {
            return Ok(());
        }
        match self.first.take() {
            Some(first) => Err(TraceError::TooManyBadLines {
                first: Box::new(first),
                bad: self.count,
                lines,
                limit,
            }),
            None => Ok(()),
        }
    }
}
