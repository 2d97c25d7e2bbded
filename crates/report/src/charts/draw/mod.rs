//! Drawing primitives of all charts: canvas, axes, lines, labels and theme.

pub mod axis;
pub mod canvas;
pub mod drawing;
pub mod labels;
pub mod lines;
mod merge_dots;
pub mod rows;
mod simplify;
pub mod standalone;
pub mod theme;
