//! Types of the messages between driver and runner, and of every record on disk.
//!
//! This crate contains no input, output or measurement. Field names carry their unit. Digests,
//! seeds and checksums of 64 bits are strings, because many JSON readers keep only 53 bits of a
//! number. No field is ever NaN.

pub mod deciding;
pub mod exploration;
pub mod message;
pub mod paced;
pub mod progress;
pub mod results;
pub mod sample;
pub mod schema;
pub mod trial;
pub mod variant;

pub use bakeoff_strategy::{Bound, Capacity, Eviction, Properties};
pub use deciding::{DecidingQuantity, DecidingRule};
pub use paced::{DurationHistogram, PacedConfig, PacedOutcome};
pub use trial::{
    Lanes, Load, Meter, RateStep, ScheduleSlot, TimedSlot, TrialReport, TrialSpec, Window,
};

/// Version of the runner protocol.
pub const PROTOCOL_VERSION: u32 = 2;
/// Schema version of every record on disk.
pub const SCHEMA_VERSION: u32 = 2;
