//! Throughput by variant: every sample a dot, the median, its interval.

use bakeoff_protocol::results::Estimate;

use super::axis::{Axis, Scale, extent};
use super::canvas::{Anchor, Canvas, Margins, Plot};
use super::look::{LABEL, Role, TICK, shortened, text_width};
use super::{Chart, Drawing, Kind, Plan, Table, listed};
use crate::ReportError;
use crate::model::{Row, ScenarioFigures};
use crate::number::{RateUnit, counted, figures as written, rate, with_interval};

type Timed<'a> = (&'a Row, Estimate);

/// The chart; `None` where nothing was timed.
pub(super) fn chart(figures: &ScenarioFigures) -> Option<Result<Chart, ReportError>> {
    let timed: Vec<Timed<'_>> = figures.timed().filter(|(_, rate)| rate.median > 0.0).collect();
    if timed.is_empty() {
        return None;
    }
    let plan = Plan {
        kind: Kind::Throughput,
        scenario: Some(figures),
        title: title(figures, &timed),
        subtitle: format!(
            "Requests per second; a dot a sample, rounds from top to bottom; stroke: median; bar: \
             95 % interval · {} · {} · {}",
            figures.scenario.name,
            figures.at_timed_capacity(),
            counted(u64::from(most_samples(&timed)), "round"),
        ),
        table: table(&timed),
    };
    Some(Chart::make(plan, |width| draw(&timed, width)))
}

fn most_samples(timed: &[Timed<'_>]) -> u32 {
    timed.iter().map(|(_, estimate)| estimate.samples).max().unwrap_or(0)
}

fn title(figures: &ScenarioFigures, timed: &[Timed<'_>]) -> String {
    let Some((low, high)) = extent(timed.iter().map(|(_, estimate)| estimate.median)) else {
        return String::new();
    };
    if let [(row, estimate)] = timed {
        return format!("{} serves {} requests/s", row.variant, rate(estimate.median));
    }
    let range = format!("medians run from {} to {} requests/s", rate(low), rate(high));
    match figures.fastest().as_slice() {
        [one] => format!("{one} is fastest; {range}"),
        [] => {
            let mut range = range;
            range.replace_range(..1, "M");
            range
        }
        several => format!("{} lead unseparated; {range}", listed(several)),
    }
}

fn table(timed: &[Timed<'_>]) -> Table {
    let samples = most_samples(timed);
    Table {
        head: ["variant", "requests/s, median [95 % interval]", "lowest", "highest", "samples"]
            .map(String::from)
            .to_vec(),
        rows: timed
            .iter()
            .map(|(row, estimate)| {
                let (low, high) =
                    extent(row.samples.iter().copied()).unwrap_or((estimate.low, estimate.high));
                vec![
                    row.variant.clone(),
                    with_interval(estimate.median, estimate.low, estimate.high),
                    written(low),
                    written(high),
                    estimate.samples.min(samples).to_string(),
                ]
            })
            .collect(),
    }
}

/// Pixels of one row.
const ROW: f64 = 44.0;

fn draw(timed: &[Timed<'_>], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = timed.len() as f64 * ROW + 16.0 + 46.0;
    Drawing::make(width, height, |canvas| {
        let values = timed.iter().flat_map(|(row, estimate)| {
            row.samples.iter().copied().chain([estimate.low, estimate.median, estimate.high])
        });
        let Some(extent) = extent(values.filter(|value| *value > 0.0)) else { return };
        let room = if narrow { 74.0 } else { 150.0 };
        let left = timed
            .iter()
            .map(|(row, _)| text_width(&row.variant, LABEL))
            .fold(0.0, f64::max)
            .min(room);
        let margins = Margins { top: 8.0, right: 64.0, bottom: 46.0, left: left + 20.0 };
        let plot = canvas.plot((width, height), margins, axis(extent, narrow), None);
        for (index, (row, estimate)) in timed.iter().enumerate() {
            let top = plot.down.0 + index as f64 * ROW;
            draw_row(canvas, row, *estimate, &plot, top);
            let name = shortened(&row.variant, LABEL, left + 4.0);
            let middle = top + ROW / 2.0;
            canvas.text(&name, (left + 6.0, middle), Anchor::End, LABEL, Role::Ink);
            let figure = rate(estimate.median);
            canvas.text(&figure, (plot.across.1 + 10.0, middle), Anchor::Start, TICK, Role::Ink);
        }
    })
}

/// Logarithmic where the values differ by more than four times.
fn axis(extent: (f64, f64), narrow: bool) -> Axis {
    let ticks = if narrow { 3 } else { 6 };
    if extent.1 / extent.0 > 4.0 {
        return Axis::log(extent, ticks, "requests/s (logarithmic)", rate);
    }
    let unit = RateUnit::of(extent.1);
    let mut axis = Axis::linear(extent, (0.0, f64::INFINITY), ticks, "requests/s", |value, _| {
        format!("{} {}", written(value / unit.divisor), unit.prefix).trim_end().to_owned()
    });
    axis.scale = Scale::Linear;
    axis
}

fn draw_row(canvas: &mut Canvas<'_>, row: &Row, estimate: Estimate, plot: &Plot, top: f64) {
    let role = Role::Variant(row.place);
    let (first, last) = (top + 6.0, top + ROW - 6.0);
    let step = (last - first) / row.samples.len().saturating_sub(1).max(1) as f64;
    let (low, high) = (plot.across(estimate.low), plot.across(estimate.high));
    let middle = f64::midpoint(first, last);
    canvas.area(
        &[(low, first), (high.max(low + 1.0), first), (high.max(low + 1.0), last), (low, last)],
        role,
        0.22,
    );
    for (round, &sample) in row.samples.iter().enumerate().filter(|(_, sample)| **sample > 0.0) {
        let y = if row.samples.len() == 1 { middle } else { first + round as f64 * step };
        canvas.dot((plot.across(sample), y), 2.0, role, 0.75);
    }
    let median = plot.across(estimate.median);
    canvas.line(&[(median, first - 2.0), (median, last + 2.0)], Role::Ink, 2.0);
}
