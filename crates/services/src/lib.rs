//! Processes that end when we end, and the servers that strategies need: private ephemeral ones,
//! or the one that a URL names.

pub mod process;
