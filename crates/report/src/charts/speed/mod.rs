//! Charts of throughput, service time and response time.

pub mod latency;
pub mod response_time;
pub mod samples;
pub mod threads;
pub mod throughput;
