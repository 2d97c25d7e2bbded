//! Statistics of benchmark samples: intervals, tests, verdicts and power.
//!
//! The functions use neither clock nor disk, and functions with randomness take a seed.
//! `docs/METHODOLOGY.md` describes the method and its reasons.

pub mod drift;
pub mod histogram;
pub mod hodges_lehmann;
pub mod holm;
pub mod interval;
pub mod joint;
pub mod median;
pub mod modes;
pub mod order;
pub mod outliers;
pub mod power;
pub mod proportion;
pub mod rounds;
pub mod signed_rank;
pub mod verdict;

pub use hodges_lehmann::Walsh;
pub use interval::Interval;
pub use joint::{Comparison, JointConfidence, compare};
pub use median::{Summary, median, summarize};
pub use signed_rank::SignedRank;
pub use verdict::verdict;
