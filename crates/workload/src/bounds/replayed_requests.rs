//! View of the requests of a workload without sizes and times.

use std::path::Path;

use bakeoff_compiled::{Op, Workload};

/// Requests of a workload without sizes and times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplayedRequests<'a> {
    /// Directory of the workload, used for temporary files.
    pub(crate) folder: &'a Path,
    pub(crate) ids: &'a [u32],
    pub(crate) ops: Option<&'a [u8]>,
}

impl<'a> ReplayedRequests<'a> {
    pub(crate) fn new(workload: &'a Workload) -> Self {
        Self {
            folder: workload.path().parent().unwrap_or(Path::new(".")),
            ids: workload.ids(),
            ops: workload.ops(),
        }
    }

    #[inline]
    pub(crate) fn op(&self, index: usize) -> Op {
        self.ops.map_or(Op::Read, |ops| Op::from_byte(ops[index]))
    }

    pub(crate) fn reads(&self) -> u64 {
        (0..self.ids.len()).filter(|&index| self.op(index) == Op::Read).count() as u64
    }

    /// Returns the largest id plus one; 0 without requests.
    pub(crate) fn id_limit(&self) -> usize {
        self.ids.iter().max().map_or(0, |&id| id as usize + 1)
    }
}
