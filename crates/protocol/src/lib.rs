//! Messages between driver and runner, and every record on disk.
//!
//! Types only: this crate reads, writes and measures nothing. Field names carry their unit. 64-bit
//! identities (digests, seeds, checksums) are strings, because many JSON readers keep only 53 bits.
//! No field is ever NaN.

pub mod exploration;
pub mod message;
pub mod paced;
pub mod progress;
pub mod results;
pub mod sample;
pub mod schema;
pub mod trial;
pub mod variant;

pub use bakeoff_strategy::{Bound, Capacity, Properties};
pub use paced::{DurationCounts, PacedConfig, PacedOutcome};
pub use trial::{Load, Meter, ScheduleSlot, TimedSlot, TrialReport, TrialSpec, Window};

/// Version of the messages between driver and runner.
pub const PROTOCOL_VERSION: u32 = 2;
/// Version of every record on disk.
pub const SCHEMA_VERSION: u32 = 2;
