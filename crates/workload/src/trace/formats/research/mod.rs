//! Formats of published traces, as used in cache research.

pub(super) mod address;
pub(super) mod arc;
mod key_width;
pub(super) mod libcachesim_csv;
pub(super) mod lirs;
pub(super) mod oracle_general;
mod scsi;
pub(super) mod twitter_csv;
pub(super) mod u32_be;
pub(super) mod u64_be;
pub(super) mod vscsi;
