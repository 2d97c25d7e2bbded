//! Tests of the driver with fake runners, real repositories and real builds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod formats;
mod generate;
mod misbehaviour;
mod paced;
mod requests;
mod resume;
mod secondary;
mod source;
mod stage;
mod stopping;
