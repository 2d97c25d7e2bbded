//! Tests of whether a run can be trusted: per scenario (`rounds`), and over the exploration.

pub mod exploration;
pub mod rounds;
