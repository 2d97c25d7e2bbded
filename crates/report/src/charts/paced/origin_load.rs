//! Chart of loads from the origin over time, with the fault events marked.

use bakeoff_protocol::paced::outcome::TimelineBucket;
use bakeoff_protocol::{DecidingQuantity, PacedOutcome};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::labels::spread;
use crate::charts::draw::theme::{LABEL_SIZE, Role, TICK_SIZE, shortened, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::sentences::quantity::finding;
use crate::text::number::{count, fixed};
use bakeoff_protocol::results::ScenarioResults;

/// Maximum number of points of a line; adjacent buckets are merged to stay below it.
const MAX_POINTS: usize = 140;

struct Line<'a> {
    index: usize,
    name: &'a str,
    paced: &'a PacedOutcome,
}

impl Line<'_> {
    /// Returns time in seconds and loads per second of each point.
    fn points(&self) -> Vec<(f64, f64)> {
        let together = self.paced.timeline.len().div_ceil(MAX_POINTS).max(1);
        let seconds = self.paced.bucket_ms as f64 / 1_000.0;
        let point = |(index, buckets): (usize, &[TimelineBucket])| {
            let loads: u64 = buckets.iter().map(|bucket| bucket.loads).sum();
            let length = seconds * buckets.len() as f64;
            ((index * together) as f64 * seconds + length / 2.0, loads as f64 / length)
        };
        self.paced.timeline.chunks(together).enumerate().map(point).collect()
    }

    fn loads(&self) -> u64 {
        self.paced.origin.loads
    }
}

/// Returns the chart; `None` without paced replays.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let lines: Vec<Line<'_>> = of
        .figures
        .iter()
        .filter_map(|row| {
            let paced = of.paced(&row.variant)?;
            Some(Line { index: row.index, name: &row.variant, paced })
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::OriginLoad,
        scenario: Some(of),
        title: title(of, &lines),
        subtitle: format!("Loads from the origin over time · {}", of.scenario.name),
        table: table(&lines),
    };
    Some(Chart::new(spec, |width| draw(&lines, width)))
}

/// States the finding that decided, or else the fewest and the most loads.
fn title(of: &ScenarioResults, lines: &[Line<'_>]) -> String {
    let shown = [
        DecidingQuantity::OriginLoads,
        DecidingQuantity::PeakOriginLoads,
        DecidingQuantity::PeakLoadsOfOneKey,
    ];
    if let Some(finding) = finding(of, &shown) {
        return finding;
    }
    let least = lines.iter().min_by_key(|line| line.loads());
    let most = lines.iter().max_by_key(|line| line.loads());
    match (least, most) {
        (Some(least), Some(most)) if least.loads() < most.loads() => format!(
            "{} loads from the origin {} times, {} {} times",
            least.name,
            count(least.loads()),
            most.name,
            count(most.loads())
        ),
        (Some(one), _) => {
            format!("Every variant loads from the origin {} times", count(one.loads()))
        }
        _ => String::new(),
    }
}

fn table(lines: &[Line<'_>]) -> Table {
    let head =
        ["variant", "loads", "loads per second", "peak loads per second", "time of the peak"];
    let rows = lines.iter().map(|line| {
        let seconds = line.paced.bucket_ms.max(1) as f64 / 1_000.0;
        let buckets = line.paced.timeline.iter().map(|bucket| bucket.loads).enumerate();
        let (at, most) = buckets.rev().max_by_key(|&(_, loads)| loads).unwrap_or((0, 0));
        let covered = line.paced.covered_ms.max(1) as f64 / 1_000.0;
        vec![
            line.name.to_owned(),
            count(line.loads()),
            fixed(line.loads() as f64 / covered, 1),
            fixed(most as f64 / seconds, 0),
            format!("{} s", fixed(at as f64 * seconds, 1)),
        ]
    });
    Table { head: head.map(str::to_owned).to_vec(), rows: rows.collect() }
}

fn draw(lines: &[Line<'_>], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = if narrow { 250.0 } else { 300.0 };
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 84.0 } else { 140.0 };
        let names = lines.iter().map(|line| text_width(line.name, LABEL_SIZE));
        let widest = names.fold(0.0, f64::max).min(room).ceil();
        let points: Vec<Vec<(f64, f64)>> = lines.iter().map(Line::points).collect();
        let all = || points.iter().flatten();
        let (Some(seconds), Some(loads)) =
            (extent(all().map(|point| point.0)), extent(all().map(|point| point.1)))
        else {
            return;
        };
        let ticks = if narrow { 3 } else { 5 };
        let whole = |value: f64, step: f64| fixed(value, usize::from(step < 1.0));
        let x = Axis::linear((0.0, seconds.1), (0.0, f64::INFINITY), ticks, "seconds", whole);
        let y = Axis::linear(
            (0.0, loads.1.max(1.0)),
            (0.0, f64::INFINITY),
            5,
            "loads per second",
            whole,
        );
        let margins = Margins { top: 32.0, right: widest + 34.0, bottom: 46.0, left: 52.0 };
        let plot = canvas.plot((width, height), margins, x, Some(y));
        draw_events(canvas, lines, &plot);
        let mut ends = Vec::new();
        for (line, points) in lines.iter().zip(&points) {
            let drawn: Vec<_> = points.iter().map(|&(x, y)| plot.at(x, y)).collect();
            if drawn.len() > 1 {
                canvas.line(&drawn, Role::Variant(line.index), 1.5);
            }
            ends.push(drawn.last().map_or(plot.down.1, |end| end.1));
        }
        let places = spread(&ends, LABEL_SIZE + 3.0, (plot.down.0, plot.down.1));
        let x = plot.across.1 + 10.0;
        for (line, y) in lines.iter().zip(places) {
            canvas.draw_variant_mark_of_radius((x + 5.0, y), line.index, 4.0);
            let name = shortened(line.name, LABEL_SIZE, room);
            canvas.text(&name, (x + 14.0, y), Anchor::Start, LABEL_SIZE, Role::Label(line.index));
        }
    })
}

/// Marks each fault event: a line at its start and a gray band until its end.
fn draw_events(canvas: &mut Canvas<'_>, lines: &[Line<'_>], plot: &Plot) {
    let Some(first) = lines.first() else { return };
    for event in &first.paced.events {
        let at = plot.across(event.at_ms as f64 / 1_000.0);
        if let Some(until) = event.until_ms {
            let end = plot.across(until as f64 / 1_000.0).min(plot.across.1);
            let (top, bottom) = plot.down;
            canvas.area(&[(at, top), (end, top), (end, bottom), (at, bottom)], Role::Area, 1.0);
        }
        canvas.dashed(&[(at, plot.down.0 - 6.0), (at, plot.down.1)], Role::Muted, 0.75);
        canvas.text(
            &event.kind.to_string(),
            (at, plot.down.0 - 14.0),
            Anchor::Start,
            TICK_SIZE,
            Role::Muted,
        );
    }
}
