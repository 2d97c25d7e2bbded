//! Formatting of numbers and text.

pub mod clock;
pub mod columns;
pub mod markdown;
pub mod number;
pub mod phrases;
