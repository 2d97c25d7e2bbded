//! Layout that charts with one row per variant share.

use super::canvas::{Anchor, Canvas};
use super::theme::{LABEL_SIZE, Role, shortened, text_width};

/// Height of a row, in pixels.
pub const ROW_HEIGHT: f64 = 26.0;
/// Height of the tick labels below the rows, in pixels.
pub const TICK_LABEL_HEIGHT: f64 = 24.0;
/// Width of a mark with the space around it, in pixels.
const MARK_COLUMN: f64 = 22.0;

/// Returns the left edge of the plot: the width of the marks and of the longest name.
pub fn name_column<'a>(names: impl Iterator<Item = &'a str>, narrow: bool) -> f64 {
    let room = if narrow { 78.0 } else { 150.0 };
    names.map(|name| text_width(name, LABEL_SIZE)).fold(0.0, f64::max).min(room)
        + MARK_COLUMN
        + 10.0
}

/// Draws the mark and the name of a variant at the left edge of its row.
pub fn row_name(canvas: &mut Canvas<'_>, name: &str, index: usize, middle: f64, left: f64) {
    canvas.draw_variant_mark((8.0, middle), index);
    let name = shortened(name, LABEL_SIZE, left - MARK_COLUMN - 4.0);
    canvas.text(&name, (MARK_COLUMN, middle), Anchor::Start, LABEL_SIZE, Role::Label(index));
}
