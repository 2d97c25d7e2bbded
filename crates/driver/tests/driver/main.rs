//! The driver against fake runners: whatever one variant does, it is its own result, the others
//! finish, and every stop can be gone on from.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod formats;
mod implementing;
mod misbehaviour;
mod pace;
mod resume;
mod sets;
mod source;
mod stage;
mod stopping;
mod what_is_asked;
