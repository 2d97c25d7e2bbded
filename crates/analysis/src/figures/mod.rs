//! Figures of each variant: its properties, and its figures at the timed capacity of each scenario.

pub mod bounds;
pub mod row;
pub mod variant;
