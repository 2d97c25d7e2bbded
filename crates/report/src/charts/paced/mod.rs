//! Charts of paced replays: faults, origin load and stale answers.

pub mod errors_over_time;
pub mod origin_load;
pub mod staleness;
