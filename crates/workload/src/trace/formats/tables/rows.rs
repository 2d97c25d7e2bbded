//! Reads the rows of a table as requests, for `csv` and the formats with fixed columns.

use crate::source::{Sink, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::FileSample;
use crate::trace::input::TraceInput;
use crate::trace::options::{ColumnChoice, OpAction, OpRules, ROLES, Role, TimeUnit};
use crate::trace::parse::columns::ColumnIndexes;
use crate::trace::parse::key::KeyBuffer;
use crate::trace::parse::operation::usual_action;
use crate::trace::parse::record::{Record, RecordRequest, RecordRules};
use crate::trace::parse::row::{Row, RowSplitter};
use crate::trace::state::multi_file::MultiFileState;

const CLOSED_QUOTES: &str =
    "one row per line with closed quotes; remove line ends and unmatched quotes from fields";

/// Table whose columns have fixed positions.
pub(in crate::trace::formats) struct FixedTable {
    pub(in crate::trace::formats) separator: u8,
    /// Columns of each role, from 1.
    pub(in crate::trace::formats) columns: &'static [(Role, &'static [usize])],
    /// Minimum and maximum number of columns.
    pub(in crate::trace::formats) width: (usize, usize),
    /// Unit of numeric times; `None` if their magnitude decides.
    pub(in crate::trace::formats) time_unit: Option<TimeUnit>,
    /// Bytes per unit of the size column.
    pub(in crate::trace::formats) size_unit: u64,
    pub(in crate::trace::formats) usual_ops: fn(&[u8]) -> Option<OpAction>,
    /// True if a read of size 0 is a miss, whose size is unknown.
    pub(in crate::trace::formats) zero_is_miss: bool,
}

impl FixedTable {
    /// Table separated by commas, with usual operations and sizes in bytes.
    pub(in crate::trace::formats) const COMMAS: Self = Self {
        separator: b',',
        columns: &[],
        width: (1, usize::MAX),
        time_unit: None,
        size_unit: 1,
        usual_ops: usual_action,
        zero_is_miss: false,
    };

    /// Sends all rows of an input to a sink.
    pub(in crate::trace::formats) fn read(
        &self,
        input: &mut TraceInput,
        state: &mut MultiFileState,
        sink: &mut dyn Sink,
    ) -> Result<(), TraceError> {
        state.times.set_unit(self.time_unit);
        let options = input.options().clone();
        let columns = ColumnIndexes::fixed(self.columns)
            .choose(&[], &options.columns)
            .map_err(|expected| input.bad_line(&expected))?;
        let rules = RecordRules {
            size_unit: self.size_unit,
            usual_ops: self.usual_ops,
            zero_is_miss: self.zero_is_miss,
            ..RecordRules::usual(&options.ops)
        };
        let mut rows = RowReader::new(options.columns.separator.unwrap_or(self.separator), columns);
        while input.read_line()? {
            rows.deliver(input, &rules, state, sink)?;
        }
        Ok(())
    }

    /// Returns true if all rows of a sample, but at most one, are requests of this table.
    ///
    /// `check` examines properties that distinguish the table from others. Columns that the user
    /// chose must be those of the table.
    pub(in crate::trace::formats) fn matches(
        &self,
        sample: &FileSample<'_>,
        mut check: impl FnMut(Row<'_>) -> bool,
    ) -> bool {
        let columns = ColumnIndexes::fixed(self.columns);
        if !agrees(&sample.options.columns, &columns) {
            return false;
        }
        let ops = OpRules::default();
        let rules = RecordRules { usual_ops: self.usual_ops, ..RecordRules::usual(&ops) };
        let mut rows = RowReader::new(self.separator, columns);
        let mut state = MultiFileState::default();
        state.times.set_unit(self.time_unit);
        let (mut valid, mut other) = (0_usize, 0_usize);
        for line in sample.lines() {
            if is_left_out(line) {
                continue;
            }
            let is_row = rows.splitter.split(line).is_some_and(|row| {
                (self.width.0..=self.width.1).contains(&row.len()) && check(row)
            });
            let is_valid = is_row && rows.request(line, &rules, &mut state).is_ok();
            valid += usize::from(is_valid);
            other += usize::from(!is_valid);
        }
        valid > other && other <= 1
    }
}

/// Returns true if the user's choice has no columns but those given.
fn agrees(choice: &ColumnChoice, columns: &ColumnIndexes) -> bool {
    let Ok(chosen) = ColumnIndexes::default().choose(&[], choice) else { return false };
    let is_chosen = |role: &Role| !choice.of(*role).is_empty();
    ROLES.into_iter().filter(is_chosen).all(|role| chosen.of(role) == columns.of(role))
}

/// Returns true for empty lines and comments.
fn is_left_out(line: &[u8]) -> bool {
    matches!(line.first(), None | Some(b'#')) || line.trim_ascii().is_empty()
}

/// Sends the request of the current line to a sink as often as it occurs.
#[inline]
pub(super) fn deliver_repeated(
    request: &SourceRequest<'_>,
    count: u64,
    input: &TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    if count == 0 {
        state.leave_out(input, "repetition count of 0");
    }
    for _ in 0..count {
        sink.accept(request)?;
    }
    Ok(())
}

/// Converts rows to requests, with reusable buffers.
pub(in crate::trace::formats) struct RowReader {
    splitter: RowSplitter,
    columns: ColumnIndexes,
    key: KeyBuffer,
    time: Vec<u8>,
    /// True if a quoted field of the previous line is not closed.
    is_open: bool,
}

impl RowReader {
    pub(in crate::trace::formats) fn new(separator: u8, columns: ColumnIndexes) -> Self {
        let splitter = RowSplitter::new(separator);
        Self { splitter, columns, key: KeyBuffer::default(), time: Vec::new(), is_open: false }
    }

    /// Sends the request of the current line to a sink.
    #[inline]
    pub(in crate::trace::formats) fn deliver(
        &mut self,
        input: &TraceInput,
        rules: &RecordRules<'_>,
        state: &mut MultiFileState,
        sink: &mut dyn Sink,
    ) -> Result<(), TraceError> {
        let line = input.line();
        if is_left_out(line) {
            if !line.is_empty() {
                state.leave_out(input, "comment or directive");
            }
            return Ok(());
        }
        match self.request(line, rules, state) {
            Ok(RecordRequest::Request(request, count)) => {
                deliver_repeated(&request, count, input, state, sink)
            }
            Ok(RecordRequest::Ignored) => {
                let op = self.columns.first(Role::Op);
                let row = self.splitter.split(line);
                let name = op.and_then(|op| row?.field(op)).unwrap_or_default();
                state.leave_out_named(input, "operation", name);
                Ok(())
            }
            Err(expected) => state.reject(input, expected),
        }
    }

    /// Converts a line to a request.
    #[inline]
    pub(super) fn request<'a>(
        &'a mut self,
        line: &'a [u8],
        rules: &RecordRules<'_>,
        state: &mut MultiFileState,
    ) -> Result<RecordRequest<'a>, &'static str> {
        let Self { splitter, columns, key, time, is_open } = self;
        let was_open = std::mem::take(is_open);
        let Some(row) = splitter.split(line) else {
            *is_open = true;
            return Err(CLOSED_QUOTES);
        };
        // A quote in the next line probably closes the field, so the line is not a row.
        if was_open && line.contains(&b'"') {
            return Err(CLOSED_QUOTES);
        }
        let field = |role| columns.first(role).and_then(|column| row.field(column));
        let (keys, tenants) = (columns.of(Role::Key), columns.of(Role::Tenant));
        let key = match (keys, tenants) {
            ([column], []) => row.field(*column),
            // Columns after the last one of the row count as missing.
            _ => {
                let has_key = keys
                    .iter()
                    .any(|&column| row.field(column).is_some_and(|field| !field.is_empty()));
                let parts = tenants.iter().chain(keys);
                let parts = parts.map(|&column| row.field(column).unwrap_or_default());
                if has_key { key.join(parts) } else { None }
            }
        };
        let time = match columns.of(Role::Time) {
            [] => None,
            [column] => row.field(*column),
            several => {
                time.clear();
                for (index, &column) in several.iter().enumerate() {
                    if index > 0 {
                        time.push(b' ');
                    }
                    time.extend_from_slice(row.field(column).unwrap_or_default());
                }
                Some(time.as_slice())
            }
        };
        let tenant = match tenants {
            [] => None,
            // Several columns that name a tenant share the number of the first one's value.
            [column, ..] => row.field(*column),
        };
        Record {
            key,
            op: field(Role::Op),
            size: field(Role::Size),
            ttl: field(Role::Ttl),
            time,
            tenant,
            count: field(Role::Count),
        }
        .request(rules, state)
    }

    /// Splits a header and returns the names of its columns.
    pub(in crate::trace::formats) fn names(&mut self, line: &[u8]) -> Vec<String> {
        let Some(row) = self.splitter.split(line) else { return Vec::new() };
        let names = (0..row.len()).filter_map(|column| row.field(column));
        names.map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect()
    }

    /// Sets the columns once the header is known.
    pub(in crate::trace::formats) fn set_columns(&mut self, columns: ColumnIndexes) {
        self.columns = columns;
    }
}
