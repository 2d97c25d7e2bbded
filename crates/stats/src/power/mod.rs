//! Estimates by simulation how often the design finds true and false differences.
//!
//! Formulas do not cover bursts, drift and changes between two speeds. So the design itself (order,
//! rounds, A/A control, intervals, correction, verdicts) runs many times on a simulated machine
//! with known true differences. The same seed gives the same runs, whatever the number of threads.

mod estimate;
mod fit;
mod noise_model;
mod simulation;

pub use estimate::{PowerEstimate, TARGET_POWER, estimate_power};
pub use fit::{ObservedTrial, fit};
pub use noise_model::{NoiseModel, SpeedChanges};
pub use simulation::{Design, SimulatedRun, Tally, count_runs, simulate};
