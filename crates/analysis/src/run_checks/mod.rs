//! Checks whether a run can be trusted, per scenario (`rounds`) and over the whole exploration.

pub mod exploration;
pub mod implausible;
pub mod rounds;
