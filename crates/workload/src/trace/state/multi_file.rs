//! State shared by the files of one trace: numbering of tenants and groups, and statistics.

use super::bad_lines::BadLines;
use super::left_out::{LeftOut, LeftOutCounts};
use super::tenant_numbers::TenantNumbers;
use crate::trace::error::TraceError;
use crate::trace::input::TraceInput;
use crate::trace::options::{ColumnChoice, ROLES, Role};
use crate::trace::parse::timestamp::TimeParser;
use crate::trace::understanding::{FieldSource, RequestPreview, Understanding};

/// Reasons under which commands that empty a database are left out; a workload cannot contain such
/// commands.
const FLUSH_COMMANDS: [&str; 2] = ["command FLUSHALL", "command FLUSHDB"];
/// Reason for leaving out the last line of a growing log.
pub const INCOMPLETE_LAST_LINE: &str = "incomplete last line";
/// Reason for leaving out a line that does not conform to the format.
const UNREADABLE: &str = "line that cannot be read";

/// State shared by the files of one trace.
#[derive(Debug, Default)]
pub struct MultiFileState {
    pub(in crate::trace) tenants: TenantNumbers,
    pub(in crate::trace) times: TimeParser,
    /// True if any record had the column, in the order of the roles.
    columns_present: [bool; ROLES.len()],
    groups: u32,
    left_out: LeftOutCounts,
    bad_lines: BadLines,
    /// Unreadable fields, by kind.
    unreadable_fields: LeftOutCounts,
    /// Sources of the parts of a request, by role.
    fields: [Option<String>; ROLES.len()],
    /// Number of sizes that do not fit 32 bits, and the largest of them.
    capped_sizes: (u64, u64),
    /// Number of times to live that do not fit 32 bits in milliseconds, and the longest of them.
    capped_ttls: (u64, u64),
}

impl MultiFileState {
    /// Prepares for reading a file whose format has these sources of the parts of a request.
    pub(in crate::trace) fn begin_file(
        &mut self,
        input: &TraceInput,
        fields: &[(Role, &'static str)],
    ) {
        self.times.set_unit(input.options().time_unit);
        for &(role, source) in fields {
            self.describe(role, source);
        }
    }

    /// Checks the lines and times of a file that was read completely.
    ///
    /// # Errors
    /// [`TraceError`] if too many lines are bad, or if the unit of the times is unknown.
    pub(in crate::trace) fn finish_file(&mut self, input: &TraceInput) -> Result<(), TraceError> {
        self.bad_lines.finish_file(input)?;
        match self.times.implausible_days() {
            Some(days) => Err(TraceError::UnknownTimeUnit { path: input.path().to_owned(), days }),
            None => Ok(()),
        }
    }

    /// Sets the source of a part of a request.
    pub(in crate::trace) fn describe(&mut self, role: Role, source: impl Into<String>) {
        self.fields[role as usize] = Some(source.into());
    }

    /// Returns the description of how the trace was understood, with the first requests as examples.
    #[must_use]
    pub fn understanding(&self, first_requests: Vec<RequestPreview>) -> Understanding {
        Understanding {
            fields: self.field_sources(),
            time_unit: self.times.describe(),
            left_out: self.left_out(),
            first_requests,
        }
    }

    /// Returns the sources of the parts of a request.
    fn field_sources(&self) -> Vec<FieldSource> {
        let sources = ROLES.into_iter().zip(&self.fields);
        sources
            .filter_map(|(role, source)| {
                Some(FieldSource { part: role.name().to_owned(), source: source.clone()? })
            })
            .collect()
    }

    /// Records the columns that a record has.
    #[inline]
    pub(in crate::trace) fn record_columns(&mut self, present: [bool; ROLES.len()]) {
        for (any, present) in self.columns_present.iter_mut().zip(present) {
            *any |= present;
        }
    }

    /// Returns the first chosen column that no record has, for example `size=9`.
    #[must_use]
    pub fn missing_column(&self, choice: &ColumnChoice) -> Option<String> {
        let is_missing =
            |role: &Role| !choice.of(*role).is_empty() && !self.columns_present[*role as usize];
        let role = ROLES.into_iter().find(is_missing)?;
        let columns: Vec<String> = choice.of(role).iter().map(ToString::to_string).collect();
        Some(format!("{}={}", role.name(), columns.join("+")))
    }

    /// Returns a new group id for a multi-get of `reads` keys; 0 for a single read.
    pub(in crate::trace) fn group_for(&mut self, reads: usize) -> u32 {
        if reads < 2 {
            return 0;
        }
        self.groups = self.groups.wrapping_add(1).max(1);
        self.groups
    }

    /// Leaves out the current line, which contains no request.
    #[inline]
    pub(in crate::trace) fn leave_out(&mut self, input: &TraceInput, reason: &'static str) {
        self.leave_out_named(input, reason, b"");
    }

    /// Leaves out the current line because of a name, such as that of a command.
    #[inline]
    pub(in crate::trace) fn leave_out_named(
        &mut self,
        input: &TraceInput,
        kind: &'static str,
        name: &[u8],
    ) {
        self.left_out.count(kind, name, || input.location_of(input.line()));
    }

    /// Leaves out the current line, which does not conform to the format.
    ///
    /// An incomplete last line, as in a growing log, does not count as bad.
    ///
    /// # Errors
    /// [`TraceError`] if too many lines are bad.
    #[cold]
    pub(in crate::trace) fn reject(
        &mut self,
        input: &TraceInput,
        expected: &str,
    ) -> Result<(), TraceError> {
        // A single line without a line end is not a growing log.
        if input.line_is_cut() && input.lines() > 1 {
            self.leave_out(input, INCOMPLETE_LAST_LINE);
            return Ok(());
        }
        self.leave_out(input, UNREADABLE);
        self.bad_lines.count(input, expected)
    }

    /// Counts a field that cannot be read and is ignored.
    pub(in crate::trace) fn count_unreadable(
        &mut self,
        input: &TraceInput,
        kind: &'static str,
        field: &[u8],
    ) {
        self.unreadable_fields.count(kind, b"", || input.location_of(field));
    }

    /// Converts a size to 32 bits; counts sizes that do not fit.
    #[inline]
    pub(in crate::trace) fn cap_size(&mut self, bytes: u64) -> u32 {
        u32::try_from(bytes).unwrap_or_else(|_| {
            self.capped_sizes.0 += 1;
            self.capped_sizes.1 = self.capped_sizes.1.max(bytes);
            u32::MAX
        })
    }

    /// Converts a time to live in milliseconds to 32 bits; counts those that do not fit.
    #[inline]
    pub(in crate::trace) fn cap_ttl(&mut self, milliseconds: u64) -> u32 {
        u32::try_from(milliseconds).unwrap_or_else(|_| {
            self.capped_ttls.0 += 1;
            self.capped_ttls.1 = self.capped_ttls.1.max(milliseconds);
            u32::MAX
        })
    }

    /// Returns the number of lines that were left out.
    #[must_use]
    pub fn left_out_lines(&self) -> u64 {
        self.left_out.total()
    }

    /// Returns what was left out, by reason.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        self.left_out.list()
    }

    /// Returns notes for the user, one sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.tenants.note().into_iter().collect();
        notes.extend(self.unreadable_fields.list().iter().map(|fields| {
            format!(
                "{} {} cannot be read and are ignored; the first is in {}",
                fields.count, fields.reason, fields.example
            )
        }));
        if let (count @ 1.., largest) = self.capped_sizes {
            notes.push(format!(
                "{count} sizes above 4 GiB are stored as 4,294,967,295 bytes; the largest is {largest} bytes"
            ));
        }
        if let (count @ 1.., longest) = self.capped_ttls {
            notes.push(format!(
                "{count} times to live above 49.7 days are stored as 49.7 days; the longest is {:.1} days",
                longest as f64 / 86_400_000.0
            ));
        }
        let is_flush = |left_out: &LeftOut| FLUSH_COMMANDS.contains(&left_out.reason.as_str());
        if self.left_out.list().iter().any(is_flush) {
            notes.push(String::from(
                "the log empties a database (FLUSHALL or FLUSHDB), but the replay does not empty the cache",
            ));
        }
        notes
    }
}
