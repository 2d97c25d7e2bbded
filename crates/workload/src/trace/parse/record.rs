//! Converts the fields of a table row or JSON object to a request.

use bakeoff_compiled::Op;

use super::number::{parse_decimal, parse_millionths, saturating_u32};
use super::operation::{self, parse_op};
use super::timestamp::parse_timestamp;
use crate::source::{SourceKey, SourceRequest};
use crate::trace::tenant_numbers::TenantNumbers;

/// Fields of a table row or JSON object; empty fields count as missing.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::trace) struct Record<'a> {
    pub(in crate::trace) key: Option<&'a [u8]>,
    pub(in crate::trace) op: Option<&'a [u8]>,
    pub(in crate::trace) size: Option<&'a [u8]>,
    pub(in crate::trace) ttl: Option<&'a [u8]>,
    pub(in crate::trace) time: Option<&'a [u8]>,
    pub(in crate::trace) tenant: Option<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// Returns true for each field that exists, in the order of [`crate::trace::COLUMN_OPTIONS`].
    pub(in crate::trace) fn present(&self) -> [bool; 6] {
        [self.key, self.op, self.size, self.ttl, self.time, self.tenant]
            .map(|field| field.is_some())
    }

    /// Converts the fields to a request.
    ///
    /// # Errors
    /// Description of the expected content if a field is invalid.
    pub(in crate::trace) fn request(
        self,
        tenants: &mut TenantNumbers,
    ) -> Result<SourceRequest<'a>, &'static str> {
        let not_empty = |field: Option<&'a [u8]>| field.filter(|field| !field.is_empty());
        let key = not_empty(self.key).ok_or("a key that is not empty")?;
        let op = not_empty(self.op).map_or(Some(Op::Read), parse_op);
        let size = |text| parse_decimal(text).map(saturating_u32).ok_or("a size in whole bytes");
        let ttl = not_empty(self.ttl)
            .map(|text| parse_millionths(text).ok_or("a time to live in seconds"));
        let time = not_empty(self.time).map(|text| {
            parse_timestamp(text).ok_or("a time in seconds, or as in 2026-01-31T12:00:00Z")
        });
        Ok(SourceRequest {
            op: op.ok_or(operation::EXPECTED)?,
            bytes: not_empty(self.size).map(size).transpose()?,
            ttl_ms: saturating_u32(ttl.transpose()?.unwrap_or(0).div_ceil(1_000)),
            time_us: time.transpose()?.unwrap_or(0),
            tenant: not_empty(self.tenant).map_or(0, |name| tenants.number(name)),
            ..SourceRequest::read(SourceKey::Text(key))
        })
    }
}
