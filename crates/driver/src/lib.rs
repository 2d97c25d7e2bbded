//! Driver: resolves a request, creates worktrees, builds, schedules trials and records them.

pub mod build;
mod child_process;
pub mod cleanup;
pub mod dry_run;
pub mod environment;
pub mod error;
pub mod explore;
pub mod in_place;
pub mod interrupt;
pub mod phases;
pub mod record;
pub mod request;
pub mod resources;
pub mod scaffold;
pub mod schedule;
pub mod source;
pub mod stop;
pub mod trial;
pub mod ui;
