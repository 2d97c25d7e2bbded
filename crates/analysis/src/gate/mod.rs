//! Gates: thresholds for the change from one variant to another.
//!
//! A regression is confirmed only if the whole interval is beyond the tolerance, and excluded only if
//! the whole interval is within it. Everything else is inconclusive and not a regression: a busy
//! machine widens intervals, and must not fail a build.

mod delta;
mod evaluate;
mod threshold;

pub use evaluate::evaluate;
pub use threshold::{Gate, GateError, Threshold};
