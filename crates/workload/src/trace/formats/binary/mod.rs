//! Trace formats that consist of binary records.

mod key_width;
pub(super) mod lcs;
pub(super) mod oracle_general;
pub(super) mod oracle_general_op_ns;
mod sized_records;
pub(super) mod standard_iii;
pub(super) mod standard_iqi;
pub(super) mod standard_iqibh;
pub(super) mod twr;
pub(super) mod twr_ns;
pub(super) mod u32_be;
pub(super) mod u64_be;
