//! Decodes requests from the columns of a compiled workload.

use crate::layout::Op;

/// One request of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadRequest {
    /// Dense id of the key.
    pub id: u32,
    /// Read, write or delete.
    pub op: Op,
    /// Size of the value in bytes.
    pub bytes: u32,
    /// Time to live in milliseconds; 0 if the value does not expire.
    pub ttl_ms: u32,
}

/// Columns from which requests are decoded; a replay looks them up only once.
#[derive(Clone, Copy, Debug)]
pub struct RequestColumns<'a> {
    pub(crate) ids: &'a [u32],
    pub(crate) ops: &'a [u8],
    pub(crate) sizes: &'a [u32],
    pub(crate) ttls_ms: &'a [u32],
    pub(crate) groups: &'a [u32],
    pub(crate) value_bytes: u32,
}

impl<'a> RequestColumns<'a> {
    /// Returns the dense key ids, one per request.
    #[must_use]
    pub const fn ids(&self) -> &'a [u32] {
        self.ids
    }

    /// Returns the multi-get id of each request; empty for a workload without multi-gets.
    ///
    /// See [`Workload::groups`](crate::Workload::groups).
    #[must_use]
    pub const fn groups(&self) -> &'a [u32] {
        self.groups
    }

    /// Returns the common size of all values in bytes; 0 if the workload has a `sizes` column.
    #[must_use]
    pub const fn value_bytes(&self) -> u32 {
        self.value_bytes
    }

    /// Returns true if the workload has an `ops` column; without it, all requests are reads.
    #[must_use]
    pub const fn has_ops(&self) -> bool {
        !self.ops.is_empty()
    }

    /// Returns true if the workload has a column of value sizes or of times to live.
    #[must_use]
    pub const fn is_sized(&self) -> bool {
        !self.sizes.is_empty() || !self.ttls_ms.is_empty()
    }

    /// Decodes one request.
    ///
    /// - `OPS = false` skips the `ops` column; valid if [`Self::has_ops`] is false.
    /// - `SIZED = false` skips sizes and times to live; valid if [`Self::is_sized`] is false.
    /// - `request::<true, true>` is correct for every workload.
    ///
    /// # Panics
    /// If the index is not below the number of requests.
    #[inline(always)]
    #[must_use]
    pub fn request<const OPS: bool, const SIZED: bool>(&self, index: usize) -> WorkloadRequest {
        let value_bytes = self.value_bytes;
        WorkloadRequest {
            id: self.ids[index],
            op: if OPS {
                Op::from_byte(self.ops.get(index).copied().unwrap_or(0))
            } else {
                Op::Read
            },
            bytes: if SIZED {
                self.sizes.get(index).copied().unwrap_or(value_bytes)
            } else {
                value_bytes
            },
            ttl_ms: if SIZED { self.ttls_ms.get(index).copied().unwrap_or(0) } else { 0 },
        }
    }
}
