//! Trace formats that consist of binary records.

mod key_width;
pub(super) mod lcs;
pub(super) mod oracle_general;
mod sized_records;
pub(super) mod standard_iii;
pub(super) mod standard_iqi;
pub(super) mod u32_be;
pub(super) mod u64_be;
