//! Tests of private servers and of servers given by a URL.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod postgres;
mod redis;
mod virtual_time;
