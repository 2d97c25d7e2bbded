//! Chart of latency by percentile in the closed loop.

use bakeoff_protocol::results::LatencyPercentiles;

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, Scale, extent};
use crate::charts::draw::canvas::Anchor;
use crate::charts::draw::lines::{self, Line};
use crate::charts::draw::theme::{Role, TICK_SIZE};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{duration, tick_duration};
use crate::text::phrases::{clock_time, time_with_spread};
use bakeoff_protocol::results::{ScenarioResults, VariantFigures};

/// Returns the chart of a scenario; `None` if latency was not measured.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let rows: Vec<(&VariantFigures, &LatencyPercentiles)> =
        of.figures.iter().filter_map(|row| Some((row, of.latency(&row.variant)?))).collect();
    let lines: Vec<Line> = rows.iter().filter_map(|(row, found)| line(row, found)).collect();
    let clock = rows.iter().filter_map(|(_, found)| found.significant_clock_ns).reduce(f64::max);
    let clock_text = clock_time(rows.iter().map(|(_, found)| *found));
    let floor = clock_text
        .map_or_else(String::new, |clock| format!("; dashed: clock overhead, {clock} per request"));
    let spec = ChartSpec {
        kind: Kind::Latency,
        scenario: Some(of),
        title: title(of, &rows)?,
        subtitle: format!(
            "Time per request (vertical, logarithmic) by the share of requests that took no longer \
             (horizontal, stretched towards 100 %), all rounds pooled{floor} · {}",
            of.scenario.name
        ),
        table: table(&rows),
    };
    (!lines.is_empty()).then(|| Chart::new(spec, |width| draw(&lines, clock, width)))
}

/// Returns a title about p99. It names the variant with the lowest p99 only if the run is confirmed
/// and the slowest round of that variant is faster than every round of the others. Variants without
/// a size limit are left out, unless all are without.
fn title(of: &ScenarioResults, rows: &[(&VariantFigures, &LatencyPercentiles)]) -> Option<String> {
    let limited = |row: &VariantFigures| row.allowed_entries.is_some();
    let mut ranked: Vec<(&VariantFigures, &LatencyPercentiles)> =
        rows.iter().copied().filter(|(row, _)| limited(row)).collect();
    let scope = if ranked.is_empty() || ranked.len() == rows.len() {
        ranked = rows.to_vec();
        ""
    } else {
        " of the variants with a size limit"
    };
    ranked.sort_by(|a, b| a.1.p99.value.total_cmp(&b.1.p99.value));
    let within = |found: &LatencyPercentiles| duration(found.p99.value / 1e9);
    let ((first, least), others) = ranked.split_first()?;
    let Some((last, most)) = others.last() else {
        let first = &first.variant;
        return Some(format!("p99 of {first} is {} at full speed", within(least)));
    };
    let has_spread = |found: &LatencyPercentiles| found.p99.samples > 1;
    let apart = |found: &LatencyPercentiles| has_spread(found) && least.p99.high < found.p99.low;
    let (name, time) = (&first.variant, within(least));
    if of.confirmed && has_spread(least) && others.iter().all(|(_, found)| apart(found)) {
        return Some(format!("{name} has the lowest p99{scope}: {time} at full speed"));
    }
    let scope = scope.replace(" of the", " for");
    let (most, last) = (within(most), &last.variant);
    Some(format!("p99{scope} is {time} ({name}) to {most} ({last}) at full speed"))
}

/// Converts a percentile to its position on the axis: p99 is 100, as 1 of 100 requests takes
/// longer.
fn one_in(percentile: f64) -> f64 {
    1.0 / (1.0 - percentile / 100.0)
}

fn line(row: &VariantFigures, found: &LatencyPercentiles) -> Option<Line> {
    let points: Vec<(f64, f64)> = found
        .curve
        .iter()
        .filter(|[percentile, ns]| (50.0..100.0).contains(percentile) && *ns > 0.0)
        .map(|&[percentile, ns]| (one_in(percentile), ns))
        .collect();
    (points.len() > 1).then(|| Line {
        index: row.index,
        name: row.variant.clone(),
        points,
        marked: false,
    })
}

fn draw(
    lines: &[Line],
    clock: Option<f64>,
    width: f64,
) -> Result<crate::charts::draw::drawing::Drawing, String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let most = points().map(|point| point.0).fold(100.0, f64::max);
    let times = extent(points().map(|point| point.1).chain(clock)).unwrap_or((1.0, 10.0));
    let axes = |_| {
        let percentiles = [50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999];
        let ticks = percentiles
            .into_iter()
            .filter(|&percentile| one_in(percentile) <= most * 1.001)
            .map(|percentile| (one_in(percentile), format!("{percentile} %")))
            .collect();
        let title = String::from("requests that took no longer");
        let x = Axis { scale: Scale::Log, range: (2.0, most), ticks, title };
        (x, Axis::log(times, 5, "time per request", |ns| tick_duration(ns / 1e9)))
    };
    lines::draw(lines, width, axes, |canvas, plot| {
        let Some(clock) = clock else { return };
        let y = plot.at(2.0, clock).1;
        let (from, to) = plot.across;
        canvas.dashed(&[(from, y), (to, y)], Role::Muted, 1.0);
        canvas.text("clock overhead", (to - 4.0, y - 8.0), Anchor::End, TICK_SIZE, Role::Muted);
    })
}

fn table(rows: &[(&VariantFigures, &LatencyPercentiles)]) -> Table {
    let head = ["variant", "p50", "p90", "p99 [rounds]", "p99.9", "longest"];
    let cells = |(row, found): &(&VariantFigures, &LatencyPercentiles)| {
        let ns = |ns: f64| duration(ns / 1e9);
        let clock = clock_time(std::iter::once(*found));
        let clock = clock.map_or_else(String::new, |ns| format!("; {ns} of it is clock overhead"));
        vec![
            row.variant.clone(),
            format!("{}{clock}", ns(found.p50.value)),
            ns(found.p90.value),
            time_with_spread(found.p99),
            ns(found.p99_9.value),
            ns(found.max.value),
        ]
    };
    Table { head: head.map(String::from).to_vec(), rows: rows.iter().map(cells).collect() }
}
