//! A request out of the texts of a row or an object.

use super::clock::moment;
use super::number::{decimal, millionths, saturated};
use super::operation;
use super::tenants::Tenants;
use crate::compiled::Op;
use crate::source::{SourceKey, SourceRequest};

/// The texts that a row has; empty ones count as absent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) op: Option<&'a [u8]>,
    pub(super) size: Option<&'a [u8]>,
    pub(super) ttl: Option<&'a [u8]>,
    pub(super) time: Option<&'a [u8]>,
    pub(super) tenant: Option<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// Which of the texts are there, in the order of [`super::ROLES`].
    pub(super) fn has(&self) -> [bool; 6] {
        [self.key, self.op, self.size, self.ttl, self.time, self.tenant].map(|text| text.is_some())
    }

    /// The request.
    ///
    /// # Errors
    /// What was expected where a text makes no sense.
    pub(super) fn request(self, tenants: &mut Tenants) -> Result<SourceRequest<'a>, &'static str> {
        let given = |text: Option<&'a [u8]>| text.filter(|text| !text.is_empty());
        let key = given(self.key).ok_or("a key in its column, not empty")?;
        let op = given(self.op).map_or(Some(Op::Read), operation::op);
        let size = |text| decimal(text).map(saturated).ok_or("a size in whole bytes");
        let ttl = given(self.ttl).map(|text| millionths(text).ok_or("a time to live in seconds"));
        let time = given(self.time)
            .map(|text| moment(text).ok_or("a time in seconds, or as in 2026-01-31T12:00:00Z"));
        Ok(SourceRequest {
            op: op.ok_or(operation::EXPECTED)?,
            bytes: given(self.size).map(size).transpose()?,
            ttl_ms: saturated(ttl.transpose()?.unwrap_or(0).div_ceil(1_000)),
            time_us: time.transpose()?.unwrap_or(0),
            tenant: given(self.tenant).map_or(0, |name| tenants.number(name)),
            ..SourceRequest::read(SourceKey::Text(key))
        })
    }
}
