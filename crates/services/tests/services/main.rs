//! Tests of private servers and of servers that a URL names.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod postgres;
mod redis;
