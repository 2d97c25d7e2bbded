//! Chart of hit ratio against throughput.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::labels::{Area, label_centres};
use crate::charts::draw::theme::{LABEL_SIZE, Role, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{percent, rate, tick_percent, tick_rate};
use crate::text::phrases::{estimate, listed, throughput_intervals, timed_capacity};
use bakeoff_protocol::results::{Estimate, ScenarioResults};

struct Point {
    index: usize,
    name: String,
    hit_ratio: f64,
    rate: Estimate,
    limited: bool,
}

/// Returns the chart; `None` if no variant has both figures.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let points: Vec<Point> = of
        .timed()
        .filter_map(|(row, estimate)| {
            Some(Point {
                index: row.index,
                name: row.variant.clone(),
                hit_ratio: row.hit_ratio?,
                rate: estimate,
                limited: row.allowed_entries.is_some(),
            })
        })
        .filter(|point| point.rate.low > 0.0)
        .collect();
    if points.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::Tradeoff,
        scenario: Some(of),
        title: title(of, &points),
        subtitle: format!(
            "Hit ratio (vertical) against requests per second (horizontal, logarithmic; bars: {}) \
             · {} · {}",
            throughput_intervals(of),
            of.scenario.name,
            timed_capacity(of)
        ),
        table: table(&points),
    };
    Some(Chart::new(spec, |width| draw(&points, width)))
}

/// Returns a title on the variants with a size limit, if there are any: without a limit, a high hit
/// ratio is trivial.
fn title(of: &ScenarioResults, points: &[Point]) -> String {
    if let [point] = points {
        return format!(
            "{} answers {} of reads from the cache, at {} requests/s",
            point.name,
            percent(point.hit_ratio),
            rate(point.rate.median)
        );
    }
    let bounded: Vec<&Point> = points.iter().filter(|point| point.limited).collect();
    let (ranked, scope) = match bounded.len() {
        0 => (points.iter().collect(), ""),
        all if all == points.len() => (bounded, ""),
        _ => (bounded, "With a size limit, "),
    };
    let highest = extent(ranked.iter().map(|point| point.hit_ratio)).map_or(0.0, |(_, high)| high);
    let leaders: Vec<&str> = ranked
        .iter()
        .filter(|point| percent(point.hit_ratio) == percent(highest))
        .map(|point| point.name.as_str())
        .collect();
    let fastest = of.fastest_of(|row| ranked.iter().any(|point| point.name == row.variant));
    let hit_ratio = match leaders.as_slice() {
        [one] => format!("{scope}{one} has the highest hit ratio"),
        all if all.len() == ranked.len() && scope.is_empty() => {
            String::from("All have the same hit ratio")
        }
        several => format!("{scope}{} share the highest hit ratio", listed(several)),
    };
    match fastest.as_slice() {
        [one] if leaders == [*one] => format!("{hit_ratio} and the highest throughput"),
        [one] => format!("{hit_ratio}; {one} has the highest throughput"),
        _ => format!("{hit_ratio}; no single variant has a significantly higher throughput"),
    }
}

fn table(points: &[Point]) -> Table {
    Table {
        head: ["variant", "hit ratio", "requests/s [interval]"].map(String::from).to_vec(),
        rows: points
            .iter()
            .map(|point| vec![point.name.clone(), percent(point.hit_ratio), estimate(point.rate)])
            .collect(),
    }
}

fn draw(points: &[Point], width: f64) -> Result<Drawing, String> {
    let height = if width < 400.0 { 300.0 } else { 340.0 };
    Drawing::new(width, height, |canvas| {
        let rates = extent(points.iter().flat_map(|point| [point.rate.low, point.rate.high]));
        let ratios = extent(points.iter().map(|point| point.hit_ratio));
        let (Some(rates), Some(ratios)) = (rates, ratios) else { return };
        let ticks = if width < 400.0 { 4 } else { 6 };
        let x = Axis::log(rates, ticks, "requests/s", tick_rate);
        let y = Axis::linear(ratios, (0.0, 1.0), 5, "hit ratio", |value, step| {
            tick_percent(value, if step < 0.001 { 2 } else { usize::from(step < 0.01) })
        });
        let margins = Margins { top: 32.0, right: 16.0, bottom: 46.0, left: 58.0 };
        let plot = canvas.plot((width, height), margins, x, Some(y));
        let at: Vec<(f64, f64)> =
            points.iter().map(|point| plot.at(point.rate.median, point.hit_ratio)).collect();
        let mut obstacles = Vec::new();
        for (point, &(x, y)) in points.iter().zip(&at) {
            let (left, right) = (plot.across(point.rate.low), plot.across(point.rate.high));
            if point.rate.samples > 1 {
                canvas.line(&[(left, y), (right, y)], Role::Variant(point.index), 2.0);
            }
            obstacles.push(Area { left, top: y - 2.0, right, bottom: y + 2.0 });
            obstacles.push(Area::centred_at((x, y), 8.0, 8.0));
        }
        let bounds = Area {
            left: plot.across.0 + 2.0,
            top: plot.down.0 - 8.0,
            right: width - 2.0,
            bottom: plot.down.1 - 2.0,
        };
        label(canvas, points, &at, &obstacles, bounds);
        for (point, &at) in points.iter().zip(&at) {
            canvas.draw_variant_mark(at, point.index);
        }
    })
}

fn label(
    canvas: &mut Canvas<'_>,
    points: &[Point],
    at: &[(f64, f64)],
    obstacles: &[Area],
    bounds: Area,
) {
    let names: Vec<String> = points
        .iter()
        .map(|point| crate::charts::draw::theme::shortened(&point.name, LABEL_SIZE, 150.0))
        .collect();
    let sizes: Vec<(f64, f64)> =
        names.iter().map(|name| (text_width(name, LABEL_SIZE) + 6.0, LABEL_SIZE + 3.0)).collect();
    let places = label_centres(at, &sizes, obstacles, bounds);
    for (((name, &centre), &(width, height)), (&(x, y), point)) in
        names.iter().zip(&places).zip(&sizes).zip(at.iter().zip(points))
    {
        let edge = Area::centred_at(centre, width / 2.0, height / 2.0).nearest((x, y));
        if (edge.0 - x).hypot(edge.1 - y) > 16.0 {
            canvas.line(&[(x, y), edge], Role::Muted, 0.75);
        }
        canvas.text(name, centre, Anchor::Middle, LABEL_SIZE, Role::Label(point.index));
    }
}
