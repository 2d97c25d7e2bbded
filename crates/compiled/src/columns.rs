//! The one decoder of a request's columns.

use crate::layout::Op;

/// One request of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadRequest {
    /// Dense id of the key.
    pub id: u32,
    /// Operation.
    pub op: Op,
    /// Size of the value in bytes.
    pub bytes: u32,
    /// Time to live in milliseconds; 0 for none.
    pub ttl_ms: u32,
}

/// Columns that describe a request, looked up once for a whole replay.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    pub(crate) ids: &'a [u32],
    pub(crate) ops: &'a [u8],
    pub(crate) sizes: &'a [u32],
    pub(crate) ttls_ms: &'a [u32],
    pub(crate) groups: &'a [u32],
    pub(crate) value_bytes: u32,
}

impl<'a> Columns<'a> {
    /// Returns the dense key ids, one per request.
    #[must_use]
    pub const fn ids(&self) -> &'a [u32] {
        self.ids
    }

    /// Returns the multi-get numbers of [`Workload::groups`](crate::Workload::groups); empty without that column.
    #[must_use]
    pub const fn groups(&self) -> &'a [u32] {
        self.groups
    }

    /// Returns the size of every value of a workload without a column of sizes.
    #[must_use]
    pub const fn value_bytes(&self) -> u32 {
        self.value_bytes
    }

    /// Returns true if the workload may have operations other than reads.
    #[must_use]
    pub const fn has_ops(&self) -> bool {
        !self.ops.is_empty()
    }

    /// Returns true if requests may differ in size or time to live.
    #[must_use]
    pub const fn is_sized(&self) -> bool {
        !self.sizes.is_empty() || !self.ttls_ms.is_empty()
    }

    /// Decodes one request.
    ///
    /// A replay loop that is compiled for `OPS = false` reads no operations, one for `SIZED = false`
    /// no sizes and times to live. It may do so if [`Columns::has_ops`] or [`Columns::is_sized`] is
    /// false; `request::<true, true>` is right for every workload.
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
