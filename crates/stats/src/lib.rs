//! What samples allow us to say: pure functions from numbers to numbers and words.
//!
//! No clock, no disk, no thread-local randomness: where chance is needed a seed comes in. The
//! method and its reasons stand in `docs/METHODOLOGY.md`.

pub mod drift;
pub mod family;
pub mod histogram;
pub mod hodges_lehmann;
pub mod holm;
pub mod interval;
pub mod median;
pub mod modes;
pub mod order;
pub mod outliers;
pub mod proportion;
pub mod rounds;
pub mod signed_rank;
pub mod simulate;
pub mod verdict;

pub use family::{Comparison, Plan, compare};
pub use hodges_lehmann::Walsh;
pub use interval::Interval;
pub use median::{Summary, median, summarize};
pub use signed_rank::SignedRank;
pub use verdict::verdict;
