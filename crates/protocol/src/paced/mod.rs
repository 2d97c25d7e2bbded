//! Paced replays: their configuration and their outcome.

pub mod config;
mod durations;
pub mod outcome;

pub use config::PacedConfig;
pub use durations::{DurationHistogram, bucket_bounds_ms};
pub use outcome::PacedOutcome;
