//! What was asked, and what it means: resolved whole before anything is made on the disk.

pub mod json;
pub mod profile;
pub mod variants;
