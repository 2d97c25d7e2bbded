//! Parsers of the parts of trace records: numbers, times, operations, CSV rows, JSON objects.

pub(super) mod delimited;
pub(super) mod encoding;
pub(super) mod json;
pub(super) mod number;
pub(super) mod operation;
pub(super) mod record;
pub(super) mod timestamp;
