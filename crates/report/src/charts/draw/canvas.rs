//! Drawing surface of the charts, and conversion of a drawing to SVG. The crate `plotters` draws.

use plotters::coord::types::RangedCoordf64;
use plotters::coord::{CoordTranslate, Shift};
use plotters::element::{DashedPathElement, Drawable};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::merge_dots::merge_dots;
use super::simplify::simplified;
use super::theme::{MARK_RADIUS, Role, Shape, TICK_SIZE, text_width, with_variables};

/// Position of a text relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins at the point.
    Start,
    /// The text is centred on the point.
    Middle,
    /// The text ends at the point.
    End,
}

/// Margins of the plot in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Margins {
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub left: f64,
}

/// Drawing units per pixel, because plotters rounds positions to whole units.
pub(super) const UNITS_PER_PIXEL: f64 = 4.0;

/// Largest error of a simplified line in drawing units: a quarter of a pixel.
const LINE_TOLERANCE: f64 = 1.0;

/// Surface of `width` × `height` pixels.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    failure: Option<String>,
}

impl<'a> Canvas<'a> {
    /// Returns an empty surface that draws into `buffer`.
    pub fn new(buffer: &'a mut String, width: f64, height: f64) -> Self {
        let size = ((width * UNITS_PER_PIXEL) as u32, (height * UNITS_PER_PIXEL) as u32);
        let area = SVGBackend::with_string(buffer, size).into_drawing_area();
        Self { area, failure: None }
    }

    fn draw<E>(&mut self, element: &E)
    where
        for<'b> &'b E: plotters::element::PointCollection<'b, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        if let Err(error) = self.area.draw(element) {
            self.failure.get_or_insert(error.to_string());
        }
    }

    /// Draws a line through the points, without points that make no visible difference.
    pub fn line(&mut self, points: &[(f64, f64)], role: Role, width: f64) {
        let points: Vec<_> = points.iter().map(drawing_point).collect();
        let points = simplified(&points, LINE_TOLERANCE);
        self.draw(&PathElement::new(points, role.colour().stroke_width(drawing_units(width))));
    }

    /// Draws a dashed line.
    pub fn dashed(&mut self, points: &[(f64, f64)], role: Role, width: f64) {
        let points: Vec<_> = points.iter().map(drawing_point).collect();
        let style = role.colour().stroke_width(drawing_units(width));
        let (dash, gap) = (drawing_units(5.0), drawing_units(4.0));
        self.draw(&DashedPathElement::new(points, dash, gap, style));
    }

    /// Draws a filled polygon.
    pub fn area(&mut self, points: &[(f64, f64)], role: Role, opacity: f64) {
        let points: Vec<_> = points.iter().map(drawing_point).collect();
        self.draw(&Polygon::new(points, role.colour().mix(opacity).filled()));
    }

    /// Draws a filled rectangle between two corners.
    pub fn rectangle(&mut self, from: (f64, f64), to: (f64, f64), role: Role) {
        self.draw(&Rectangle::new(
            [drawing_point(&from), drawing_point(&to)],
            role.colour().filled(),
        ));
    }

    /// Draws a small dot.
    pub fn dot(&mut self, at: (f64, f64), radius: f64, role: Role, opacity: f64) {
        self.draw(&Circle::new(
            drawing_point(&at),
            drawing_units(radius),
            role.colour().mix(opacity).filled(),
        ));
    }

    /// Draws a variant's mark with a ring in the background colour, which separates adjacent marks.
    pub fn draw_variant_mark(&mut self, at: (f64, f64), place: usize) {
        self.draw_variant_mark_of_radius(at, place, MARK_RADIUS);
    }

    /// Draws a variant's mark of a given radius.
    pub fn draw_variant_mark_of_radius(&mut self, at: (f64, f64), place: usize, radius: f64) {
        let shape = Shape::of(place);
        let ring = radius * 0.3;
        for (role, radius) in [(Role::Ground, radius + ring), (Role::Variant(place), radius)] {
            let corners = shape.corners(radius);
            if corners.is_empty() {
                self.dot(at, radius, role, 1.0);
            } else {
                let around: Vec<_> = corners.iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
                self.area(&around, role, 1.0);
            }
        }
    }

    /// Draws a text, vertically centred on the point.
    pub fn text(&mut self, text: &str, at: (f64, f64), anchor: Anchor, size: f64, role: Role) {
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let colour = role.colour();
        // The backend divides sizes by 1.24.
        let style = TextStyle::from(("sans-serif", size * UNITS_PER_PIXEL * 1.24).into_font())
            .color(&colour)
            .pos(Pos::new(h_pos, VPos::Center));
        self.draw(&Text::new(text.to_owned(), drawing_point(&at), style));
    }

    /// Draws gridlines, tick labels and titles of both axes, and returns the plot.
    pub fn plot(&mut self, size: (f64, f64), margins: Margins, x: Axis, y: Option<Axis>) -> Plot {
        let plot = Plot::new(size, margins, x, y);
        plot.draw_grid(self);
        plot
    }

    /// Finishes the drawing.
    ///
    /// # Errors
    /// Message of the first error of plotters.
    pub fn finish(self) -> Result<(), String> {
        let Self { area, failure } = self;
        if let Some(failure) = failure {
            return Err(failure);
        }
        area.present().map_err(|error| error.to_string())
    }
}

fn drawing_units(value: f64) -> u32 {
    (value * UNITS_PER_PIXEL).round().max(1.0) as u32
}

fn drawing_point(point: &(f64, f64)) -> (i32, i32) {
    ((point.0 * UNITS_PER_PIXEL).round() as i32, (point.1 * UNITS_PER_PIXEL).round() as i32)
}

/// Part of a canvas between the axes, which maps values to positions.
pub struct Plot {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis, if there is one.
    pub y: Option<Axis>,
    /// Left and right edge in pixels.
    pub across: (f64, f64),
    /// Upper and lower edge in pixels.
    pub down: (f64, f64),
    spec: Cartesian2d<RangedCoordf64, RangedCoordf64>,
}

impl Plot {
    /// Returns a plot without drawing it.
    #[must_use]
    pub fn new(size: (f64, f64), margins: Margins, x: Axis, y: Option<Axis>) -> Self {
        let across = (margins.left, size.0 - margins.right);
        let down = (margins.top, size.1 - margins.bottom);
        let (left, right) = x.ends();
        let (bottom, top) = y.as_ref().map_or((0.0, 1.0), Axis::ends);
        let scaled = |value: f64| (value * UNITS_PER_PIXEL) as i32;
        let spec = Cartesian2d::new(
            left..right,
            bottom..top,
            (scaled(across.0)..scaled(across.1), scaled(down.1)..scaled(down.0)),
        );
        Self { x, y, across, down, spec }
    }

    /// Returns the position of a pair of values, in pixels.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let y = self.y.as_ref().map_or(y, |axis| axis.scale.place(y));
        let (x, y) = self.spec.translate(&(self.x.scale.place(x), y));
        (f64::from(x) / UNITS_PER_PIXEL, f64::from(y) / UNITS_PER_PIXEL)
    }

    /// Returns the horizontal position of a value, in pixels.
    #[must_use]
    pub fn across(&self, x: f64) -> f64 {
        self.at(x, self.y.as_ref().map_or(0.0, |axis| axis.range.0)).0
    }

    /// Draws gridlines, tick labels and titles.
    pub fn draw_grid(&self, canvas: &mut Canvas<'_>) {
        // A tick without space for its label is left out; earlier ticks of the list have priority.
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for (value, label) in &self.x.ticks {
            let x = self.across(*value);
            let half = text_width(label, TICK_SIZE) / 2.0 + 4.0;
            if taken.iter().any(|(left, right)| x + half > *left && x - half < *right) {
                continue;
            }
            taken.push((x - half, x + half));
            canvas.line(&[(x, self.down.0), (x, self.down.1)], Role::Grid, 1.0);
            canvas.text(label, (x, self.down.1 + 14.0), Anchor::Middle, TICK_SIZE, Role::Muted);
        }
        if !self.x.title.is_empty() {
            let title = (f64::midpoint(self.across.0, self.across.1), self.down.1 + 34.0);
            canvas.text(&self.x.title, title, Anchor::Middle, TICK_SIZE, Role::Muted);
        }
        let Some(y) = &self.y else { return };
        for (value, label) in &y.ticks {
            let at = self.at(self.x.range.0, *value).1;
            canvas.line(&[(self.across.0, at), (self.across.1, at)], Role::Grid, 1.0);
            canvas.text(label, (self.across.0 - 8.0, at), Anchor::End, TICK_SIZE, Role::Muted);
        }
        canvas.text(&y.title, (2.0, self.down.0 - 16.0), Anchor::Start, TICK_SIZE, Role::Muted);
    }
}

/// Texts of a drawing for screen readers.
#[derive(Clone, Copy, Debug)]
pub struct Caption<'a> {
    /// Id of the drawing, unique on the page.
    pub id: &'a str,
    /// Title of the chart.
    pub title: &'a str,
    /// Description of axes and marks.
    pub description: &'a str,
}

/// Returns a drawing as SVG for a page, with colours as CSS variables.
///
/// A screen reader reads title and description instead of every tick.
#[must_use]
pub fn inline(drawn: &str, width: f64, height: f64, caption: Caption<'_>) -> String {
    // Attributes that most texts share are set once, on the `svg` element. The page sets the font.
    let body = with_variables(&body(drawn), false)
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" font-size=\"48\"", "")
        .replace(" text-anchor=\"middle\"", "")
        .replace(" fill=\"var(--c-muted)\"", "")
        .replace("fill=\"none\" stroke=\"var(--c-grid)\" stroke-width=\"4\"", "class=\"grid\"")
        .replace("fill=\"none\" stroke=\"var(--c-muted)\" stroke-width=\"4\"", "class=\"thin\"")
        .replace(">\n", ">")
        .replace("\n<", "<");
    format!(
        "<svg role=\"img\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"0 0 {} {}\" \
         font-size=\"48\" text-anchor=\"middle\" fill=\"var(--c-muted)\" style=\"aspect-ratio:{width}/{height}\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>\n{body}",
        width * UNITS_PER_PIXEL,
        height * UNITS_PER_PIXEL,
        escaped(caption.title),
        escaped(caption.description),
        id = caption.id,
    )
}

/// Returns a small square drawing that screen readers skip.
#[must_use]
pub fn ornament(drawn: &str, size: f64) -> String {
    format!(
        "<svg aria-hidden=\"true\" class=\"mark\" viewBox=\"0 0 {0} {0}\">{1}",
        size * UNITS_PER_PIXEL,
        with_variables(&body(drawn), false)
    )
}

/// Returns the content of a drawing after its `svg` tag, without attributes at their default.
pub(super) fn body(drawn: &str) -> String {
    let inner = drawn.split_once('>').map_or("", |(_, inner)| inner).trim_start();
    merge_dots(inner)
        .replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(" stroke-width=\"1\"", "")
        .replace("\"52.00000000000001\"", "\"52\"")
        .replace(" \"/>", "\"/>")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
