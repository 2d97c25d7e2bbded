//! The messages between driver and runner, and every record that lies on disk.
//!
//! Types only: nothing here reads, writes or measures. Units stand in the names of the fields;
//! 64-bit identities (digests, seeds, checksums) travel as strings, since many JSON readers keep
//! only 53 bits; no field is ever NaN.

pub mod behaviour;
pub mod exploration;
pub mod message;
pub mod progress;
pub mod results;
pub mod sample;
pub mod setting;
pub mod times;
pub mod trial;
pub mod variant;

pub use behaviour::Behaviour;
pub use setting::Setting;
pub use times::Times;
pub use trial::{Capacity, Load, Meter, Section, TrialReport, TrialRequest};

/// The version of the messages between driver and runner.
pub const PROTOCOL_VERSION: u32 = 1;
/// The version of every record on disk.
pub const SCHEMA_VERSION: u32 = 1;
