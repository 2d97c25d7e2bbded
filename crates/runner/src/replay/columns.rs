//! The columns of a workload, looked up once.

use std::ops::Range;

use bakeoff_compiled::{Op, Request, Workload};

use crate::span::Span;

/// The columns that a replay reads; which of them are there decides which loop is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<'a> {
    pub(crate) ids: &'a [u32],
    ops: &'a [u8],
    sizes: &'a [u32],
    ttls_ms: &'a [u32],
    groups: &'a [u32],
    value_bytes: u32,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(workload: &'a Workload) -> Self {
        Self {
            ids: workload.ids(),
            ops: workload.ops().unwrap_or_default(),
            sizes: workload.sizes().unwrap_or_default(),
            ttls_ms: workload.ttls_ms().unwrap_or_default(),
            groups: workload.groups().unwrap_or_default(),
            value_bytes: workload.header().value_bytes,
        }
    }

    /// Bytes of every value where there is no column of sizes.
    pub(crate) fn value_bytes(&self) -> u32 {
        self.value_bytes
    }

    /// Whether there are other operations than reads.
    pub(crate) fn has_ops(&self) -> bool {
        !self.ops.is_empty()
    }

    /// Whether requests differ in size or time to live.
    pub(crate) fn is_sized(&self) -> bool {
        !self.sizes.is_empty() || !self.ttls_ms.is_empty()
    }

    /// What is asked for at once at a position of a part: one request, or several reads of a group
    /// as far as the part has them.
    pub(crate) fn together(&self, part: Span, position: u64) -> Range<usize> {
        let first = part.index(position);
        let Some(&group) = self.groups.get(first).filter(|&&group| group > 0) else {
            return first..first + 1;
        };
        let is_of_it = |&index: &usize| {
            self.groups[index] == group && self.request::<true, false>(index).op == Op::Read
        };
        let left = usize::try_from(part.length() - position).unwrap_or(usize::MAX);
        let end = first.saturating_add(left).min(self.groups.len());
        let count = (first..end).take_while(is_of_it).count().max(1);
        first..first + count
    }

    /// One request, looking only at columns that the loop was made for.
    #[inline(always)]
    pub(crate) fn request<const OPS: bool, const SIZED: bool>(&self, index: usize) -> Request {
        let value_bytes = self.value_bytes;
        Request {
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
