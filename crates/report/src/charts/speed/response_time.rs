//! Chart of response time by request rate, at the same rates for every variant.

use bakeoff_protocol::results::{
    RateFigures, ResponseTimeFigures, ScenarioResults, VariantFigures,
};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::lines::{self, Line};
use crate::charts::draw::theme::{Role, TICK_SIZE};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::sentences::response_time::{limit, title};
use crate::text::number::{percent_with, rate, tick_duration, tick_rate};
use crate::text::phrases::{MISSING, highest_rate, time_with_spread};

/// Half of the width of the cross at a rate that a variant cannot sustain, in pixels.
const CROSS_HALF_WIDTH: f64 = 4.5;

type MeasuredVariant<'a> = (&'a VariantFigures, &'a ResponseTimeFigures);

/// Returns the chart; `None` if no response times were measured.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let measured: Vec<MeasuredVariant<'_>> = of
        .figures
        .iter()
        .filter_map(|row| Some((row, of.response_time(&row.variant)?)))
        .filter(|(_, figures)| figures.rates.iter().any(|at| at.percentiles.is_some()))
        .collect();
    if measured.is_empty() {
        return None;
    }
    let limit = limit(of);
    let spec = ChartSpec {
        kind: Kind::ResponseTime,
        scenario: Some(of),
        title: title(of),
        subtitle: format!(
            "99th percentile of the response time from the scheduled arrival (vertical) by request \
             rate (horizontal), both logarithmic; cross: the variant cannot sustain the rate; \
             dashed: {limit} · {}",
            of.scenario.name
        ),
        table: table(&measured, &limit),
    };
    let limit_ns = of.scenario.p99_limit_ns as f64;
    Some(Chart::new(spec, |width| draw(&measured, (limit_ns, &limit), width)))
}

/// Rates that any variant was measured at, ascending.
fn rates(measured: &[MeasuredVariant<'_>]) -> Vec<u32> {
    let all = measured.iter().flat_map(|(_, figures)| &figures.rates);
    let mut rates: Vec<u32> = all.map(|at| at.requests_per_second).collect();
    rates.sort_unstable();
    rates.dedup();
    rates
}

fn table(measured: &[MeasuredVariant<'_>], limit: &str) -> Table {
    let rates = rates(measured);
    let mut head = vec![String::from("variant"), format!("highest rate with p99 ≤ {limit}")];
    head.extend(rates.iter().map(|&at| format!("p99 at {}/s", rate(f64::from(at)))));
    let rows = measured.iter().map(|(row, figures)| {
        let highest = figures.highest_rate.as_ref();
        let highest = highest.map_or_else(|| MISSING.to_owned(), highest_rate);
        let at_rate = |&at: &u32| match figures.at(at) {
            Some(found) => p99(found),
            None if figures.saturated_at().is_some() => String::from("saturated"),
            None => MISSING.to_owned(),
        };
        [row.variant.clone(), highest].into_iter().chain(rates.iter().map(at_rate)).collect()
    });
    Table { head, rows: rows.collect() }
}

/// Formats p99 at a rate, or the share of the rate that a saturated variant completes.
fn p99(at: &RateFigures) -> String {
    if at.saturated {
        return format!("saturated ({} completed)", percent_with(at.completed_share, 0));
    }
    at.percentiles.as_ref().map_or_else(|| MISSING.to_owned(), |found| time_with_spread(found.p99))
}

/// Returns the rate and p99 in nanoseconds.
fn point(at: &RateFigures) -> Option<(f64, f64)> {
    let p99 = at.percentiles.as_ref()?.p99.value;
    (p99 > 0.0).then(|| (f64::from(at.requests_per_second), p99))
}

fn draw(
    measured: &[MeasuredVariant<'_>],
    (limit_ns, limit): (f64, &str),
    width: f64,
) -> Result<Drawing, String> {
    let lines: Vec<Line> = measured
        .iter()
        .map(|(row, figures)| Line {
            index: row.index,
            name: row.variant.clone(),
            points: figures.rates.iter().filter_map(point).collect(),
            marked: true,
        })
        .collect();
    let points = || lines.iter().flat_map(|line| &line.points);
    let along = extent(points().map(|point| point.0)).unwrap_or((1.0, 10.0));
    let up = extent(points().map(|point| point.1).chain([limit_ns])).unwrap_or((1.0, 10.0));
    let axes = |ticks| {
        (
            Axis::log(along, ticks, "requests/s", tick_rate),
            Axis::log(up, 5, "p99 of the response time", |ns| tick_duration(ns / 1e9)),
        )
    };
    lines::draw(&lines, width, axes, |canvas, plot| {
        let y = plot.at(along.0, limit_ns).1;
        let (from, to) = plot.across;
        canvas.dashed(&[(from, y), (to, y)], Role::Muted, 1.0);
        canvas.text(limit, (from + 4.0, y - 8.0), Anchor::Start, TICK_SIZE, Role::Muted);
        for at in measured.iter().flat_map(|(_, figures)| &figures.rates) {
            if at.saturated
                && let Some(point) = point(at)
            {
                draw_cross(canvas, plot, point);
            }
        }
    })
}

fn draw_cross(canvas: &mut Canvas<'_>, plot: &Plot, (along, up): (f64, f64)) {
    let (x, y) = plot.at(along, up);
    for slope in [-CROSS_HALF_WIDTH, CROSS_HALF_WIDTH] {
        canvas.line(
            &[(x - CROSS_HALF_WIDTH, y - slope), (x + CROSS_HALF_WIDTH, y + slope)],
            Role::Ink,
            1.5,
        );
    }
}
