//! Simulated explorations on a simulated noisy machine: what the whole design finds, misses and
//! makes up.
//!
//! A comparison of statistics on paper says little about bursts, drift and a machine that jumps
//! between two speeds. So the design itself (order, rounds, twin, intervals, correction, words)
//! is run many times on a machine whose truth is known. The same seed gives the same runs,
//! whatever the number of threads.

mod fit;
mod machine;
mod prospect;
mod study;

pub use fit::{Observed, fit};
pub use machine::{Jumps, Machine};
pub use prospect::{OFTEN, Prospect, prospect};
pub use study::{Design, Run, Tally, explore, study};
