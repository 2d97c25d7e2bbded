//! Converts the fields of a table row or JSON object to a request.

use bakeoff_compiled::Op;

use super::number::{parse_decimal, parse_millionths};
use super::operation::{self, usual_action};
use crate::source::{SourceKey, SourceRequest};
use crate::trace::options::{OpAction, OpRules};
use crate::trace::state::multi_file::MultiFileState;

/// Maximum number of repetitions of a request; a larger number means that the column does not
/// contain counts.
const MAX_REPETITIONS: u64 = 1 << 24;

/// Fields of a table row or JSON object; empty fields count as missing.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::trace) struct Record<'a> {
    /// Complete key, composed of tenant and all parts.
    pub(in crate::trace) key: Option<&'a [u8]>,
    pub(in crate::trace) op: Option<&'a [u8]>,
    pub(in crate::trace) size: Option<&'a [u8]>,
    pub(in crate::trace) ttl: Option<&'a [u8]>,
    pub(in crate::trace) time: Option<&'a [u8]>,
    pub(in crate::trace) tenant: Option<&'a [u8]>,
    pub(in crate::trace) count: Option<&'a [u8]>,
}

/// Properties of a format that decide the meaning of fields.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct RecordRules<'a> {
    pub(in crate::trace) ops: &'a OpRules,
    /// Meaning of operations that the user's rules do not list.
    pub(in crate::trace) usual_ops: fn(&[u8]) -> Option<OpAction>,
    /// Bytes per unit of the size field.
    pub(in crate::trace) size_unit: u64,
    /// True if a read of size 0 is a miss, whose size is unknown.
    pub(in crate::trace) zero_is_miss: bool,
}

impl<'a> RecordRules<'a> {
    /// Creates the rules of tables: usual operations, sizes in bytes.
    pub(in crate::trace) fn usual(ops: &'a OpRules) -> Self {
        Self { ops, usual_ops: usual_action, size_unit: 1, zero_is_miss: false }
    }
}

/// Request of a record, with the number of its repetitions.
pub(in crate::trace) enum RecordRequest<'a> {
    Request(SourceRequest<'a>, u64),
    /// The rules leave out this operation.
    Ignored,
}

impl<'a> Record<'a> {
    /// Returns true for each field that exists, in the order of [`crate::trace::COLUMN_OPTIONS`].
    pub(in crate::trace) fn present(&self) -> [bool; 7] {
        [self.key, self.op, self.size, self.ttl, self.time, self.tenant, self.count]
            .map(|field| field.is_some())
    }

    /// Converts the fields to a request.
    ///
    /// # Errors
    /// Description of the expected content if a field is invalid.
    #[inline]
    pub(in crate::trace) fn request(
        self,
        rules: &RecordRules<'_>,
        state: &mut MultiFileState,
    ) -> Result<RecordRequest<'a>, &'static str> {
        state.record_columns(self.present());
        let not_empty = |field: Option<&'a [u8]>| field.filter(|field| !field.is_empty());
        let key = not_empty(self.key).ok_or("a key that is not empty")?;
        let action = match not_empty(self.op) {
            None => OpAction::Op(Op::Read),
            Some(name) => rules.ops.resolve(name, rules.usual_ops).ok_or(operation::EXPECTED)?,
        };
        let OpAction::Op(op) = action else { return Ok(RecordRequest::Ignored) };
        let given = |field: Option<&'a [u8]>| not_empty(field).filter(|text| *text != b"-");
        let bytes = match given(self.size) {
            None => None,
            Some(text) => {
                let size = parse_decimal(text).ok_or("a size in whole bytes")?;
                let is_miss = size == 0 && rules.zero_is_miss && op == Op::Read;
                (!is_miss).then(|| state.cap_size(size.saturating_mul(rules.size_unit)))
            }
        };
        let ttl_ms = match given(self.ttl) {
            None => 0,
            Some(text) => {
                let millionths = parse_millionths(text).ok_or("a time to live in seconds")?;
                state.cap_ttl(millionths.div_ceil(1_000))
            }
        };
        let time_us = match given(self.time) {
            None => 0,
            Some(text) => state
                .times
                .parse(text)
                .ok_or("a time: a number, 2026-01-31T12:00:00Z, or 31/Jan/2026:12:00:00 +0000")?,
        };
        let count = match given(self.count) {
            None => 1,
            Some(text) => parse_decimal(text)
                .filter(|&count| count <= MAX_REPETITIONS)
                .ok_or("a whole number of repetitions below 16,777,217")?,
        };
        let tenant = not_empty(self.tenant).map_or(0, |name| state.tenants.number(name));
        let request = SourceRequest::read(SourceKey::Text(key));
        let request = SourceRequest { op, bytes, ttl_ms, time_us, tenant, ..request };
        Ok(RecordRequest::Request(request, count))
    }
}
