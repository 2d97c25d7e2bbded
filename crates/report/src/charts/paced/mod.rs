//! Charts of paced replays.

pub mod errors_over_time;
pub mod origin_load;
pub mod staleness;
