//! Formats of block and address traces.

pub(super) mod address;
pub(super) mod alibaba;
pub(super) mod arc;
pub(super) mod libcachesim_csv;
pub(super) mod lirs;
pub(super) mod msr;
mod scsi;
pub(super) mod tencent;
pub(super) mod vscsi;
