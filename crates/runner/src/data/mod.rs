//! Data that a replay works on: values, versions, the origin and the state of a trial.

pub mod body;
pub(crate) mod origin;
pub(crate) mod trial_context;
pub(crate) mod versions;
pub(crate) mod virtual_clock;
