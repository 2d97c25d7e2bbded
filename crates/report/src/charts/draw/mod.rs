//! Drawing primitives that the charts share.

pub mod axis;
pub mod canvas;
pub mod drawing;
pub mod labels;
pub mod lines;
mod merge_dots;
mod simplify;
pub mod theme;
