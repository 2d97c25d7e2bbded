//! Parsers of the parts of trace records: numbers, times, operations, table rows, JSON objects.

mod calendar;
pub(super) mod columns;
pub(super) mod encoding;
pub(super) mod json;
pub(super) mod key;
pub(super) mod number;
pub(super) mod operation;
pub(super) mod record;
pub(super) mod row;
pub(super) mod timestamp;
