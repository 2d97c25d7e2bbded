//! Tests of the program `bakeoff`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]

mod check;
mod command_line;
mod other_language;
mod record;
mod report;
mod servers;
mod tutorial;
