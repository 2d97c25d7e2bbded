//! Figures of each variant: its properties, and per scenario those at the timed capacity.

pub mod bounds;
pub mod row;
pub mod variant;
