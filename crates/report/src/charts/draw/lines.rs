//! Draws a chart of lines, one per variant, with the names at the right edge.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Margins, Plot};
use super::drawing::Drawing;
use super::labels::spread;
use super::theme::{LABEL_SIZE, Role, shortened, text_width};

/// One variant's line.
pub struct Line {
    /// Index of the variant, which sets colour and mark.
    pub index: usize,
    /// Label at the right edge.
    pub name: String,
    /// Horizontal and vertical values, in drawing order.
    pub points: Vec<(f64, f64)>,
    /// True to draw a mark at every point.
    pub marked: bool,
}

/// Draws lines on a pair of axes.
///
/// `axes` creates the axes for a number of horizontal ticks; `more` adds to the chart.
///
/// # Errors
/// Message of the drawing library if the chart cannot be drawn.
pub fn draw(
    lines: &[Line],
    width: f64,
    axes: impl Fn(usize) -> (Axis, Axis),
    more: impl Fn(&mut Canvas<'_>, &Plot),
) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = if narrow { 300.0 } else { 340.0 };
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 96.0 } else { 140.0 };
        let names = lines.iter().map(|line| text_width(&line.name, LABEL_SIZE) + 8.0);
        let widest = names.fold(0.0, f64::max).min(room).ceil();
        let (x, y) = axes(if narrow { 3 } else { 6 });
        let margins = Margins { top: 32.0, right: widest + 38.0, bottom: 46.0, left: 60.0 };
        let plot = canvas.plot((width, height), margins, x, Some(y));
        for line in lines {
            let points: Vec<(f64, f64)> =
                line.points.iter().map(|&(along, up)| plot.at(along, up)).collect();
            if points.len() > 1 {
                canvas.line(&points, Role::Variant(line.index), 1.75);
            }
            for &point in points.iter().filter(|_| line.marked) {
                canvas.draw_variant_mark_of_radius(point, line.index, 3.5);
            }
        }
        more(canvas, &plot);
        names_at_right(canvas, lines, &plot, widest);
    })
}

fn names_at_right(canvas: &mut Canvas<'_>, lines: &[Line], plot: &Plot, room: f64) {
    let ends: Vec<(&Line, (f64, f64))> = lines
        .iter()
        .filter_map(|line| line.points.last().map(|&(along, up)| (line, plot.at(along, up))))
        .collect();
    let wanted: Vec<f64> = ends.iter().map(|(_, end)| end.1).collect();
    let places = spread(&wanted, LABEL_SIZE + 3.0, plot.down);
    let x = plot.across.1 + 18.0;
    for ((line, end), y) in ends.iter().zip(places) {
        canvas.line(&[*end, (x - 8.0, end.1), (x - 3.0, y)], Role::Grid, 1.0);
        canvas.draw_variant_mark_of_radius((x + 5.0, y), line.index, 4.0);
        let name = shortened(&line.name, LABEL_SIZE, room);
        canvas.text(&name, (x + 14.0, y), Anchor::Start, LABEL_SIZE, Role::Label(line.index));
    }
}
