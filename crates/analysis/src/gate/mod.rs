//! Gates: limits for how much worse one variant may be than another.
//!
//! A change is a regression only if its whole interval is beyond the tolerance, and passes only if
//! its whole interval is within the tolerance. Everything else is inconclusive and does not fail a
//! build, because a busy machine widens intervals.

mod changes;
mod evaluate;
mod threshold;

pub use evaluate::evaluate;
pub use threshold::{Gate, GateError, Threshold};
