//! Latency by percentile, one chart a load: closed loop, and each share of the capacity.

use bakeoff_protocol::results::LatencyFigures;

use super::axis::{Axis, Scale, extent};
use super::canvas::Anchor;
use super::lines::{self, Line};
use super::look::{Role, TICK};
use super::{Chart, Kind, Plan, Table};
use crate::ReportError;
use crate::clock;
use bakeoff_analysis::figures::{Row, ScenarioFigures};
use bakeoff_analysis::number::{duration, percent, tick_duration};

/// The charts of a scenario; none where no time was taken of single requests.
pub(super) fn charts(figures: &ScenarioFigures) -> Vec<Result<Chart, ReportError>> {
    let mut shares: Vec<Option<u32>> = figures
        .rows
        .iter()
        .flat_map(|row| row.latencies.iter().map(|(load, _)| load.open_loop_percent))
        .collect();
    shares.sort_unstable();
    shares.dedup();
    shares.into_iter().filter_map(|share| chart(figures, share)).collect()
}

/// A variant's figures at a share of the capacity: those with the fewest workers.
fn at(row: &Row, share: Option<u32>) -> Option<&LatencyFigures> {
    let fitting = row.latencies.iter().filter(|(load, _)| load.open_loop_percent == share);
    fitting.min_by_key(|(load, _)| *load).map(|(_, figures)| figures)
}

fn chart(figures: &ScenarioFigures, share: Option<u32>) -> Option<Result<Chart, ReportError>> {
    let rows: Vec<(&Row, &LatencyFigures)> =
        figures.rows.iter().filter_map(|row| Some((row, at(row, share)?))).collect();
    let lines: Vec<Line> = rows.iter().filter_map(|(row, found)| line(row, found)).collect();
    let load = load_word(share);
    let clock = rows.iter().filter_map(|(_, found)| clock::part(found)).reduce(f64::max);
    let said = clock::said(rows.iter().map(|(_, found)| *found));
    let floor = said
        .map_or_else(String::new, |clock| format!("; dashed: the clock, {clock} of every time"));
    let plan = Plan {
        kind: Kind::Latency,
        scenario: Some(figures),
        detail: Some(load.clone()),
        title: title(figures, &rows, &load)?,
        subtitle: format!(
            "Time a request (up, logarithmic) by the share of requests that took no longer (right, \
             stretched towards 100 %), all rounds together{floor} · {}",
            figures.scenario.name
        ),
        table: table(&rows),
    };
    (!lines.is_empty()).then(|| Chart::make(plan, |width| draw(&lines, clock, width)))
}

/// Who answers 99 of 100 requests soonest, of those that have a limit where not all do: in a run
/// that can be believed, where the slowest of its rounds lies below the quickest of every other's.
fn title(
    figures: &ScenarioFigures,
    rows: &[(&Row, &LatencyFigures)],
    load: &str,
) -> Option<String> {
    let limited = |row: &Row| row.allowed_entries.is_some();
    let mut ranked: Vec<(&Row, &LatencyFigures)> =
        rows.iter().copied().filter(|(row, _)| limited(row)).collect();
    let scope = if ranked.is_empty() || ranked.len() == rows.len() {
        ranked = rows.to_vec();
        ""
    } else {
        " of those with a limit"
    };
    ranked.sort_by(|a, b| a.1.p99.value.total_cmp(&b.1.p99.value));
    let within = |found: &LatencyFigures| duration(found.p99.value / 1e9);
    let ((first, least), others) = ranked.split_first()?;
    let Some((last, most)) = others.last() else {
        let first = &first.variant;
        return Some(format!(
            "{first} answers 99 of 100 requests within {} at {load}",
            within(least)
        ));
    };
    // One round alone has no spread to tell by.
    let spreads = |found: &LatencyFigures| found.p99.low < found.p99.high;
    let apart = |found: &LatencyFigures| spreads(found) && least.p99.high < found.p99.low;
    let (name, time) = (&first.variant, within(least));
    if figures.proven() && spreads(least) && others.iter().all(|(_, found)| apart(found)) {
        return Some(format!(
            "{name} answers 99 of 100 requests within {time}, the least{scope}, at {load}"
        ));
    }
    let requests = if scope.is_empty() { "99 of 100" } else { "With a limit, 99 of 100" };
    Some(format!(
        "{requests} requests are answered within {time} ({name}) to {} ({}) at {load}",
        within(most),
        last.variant
    ))
}

/// What a load is called.
fn load_word(share: Option<u32>) -> String {
    share.map_or_else(
        || String::from("full speed"),
        |percent| format!("{percent} % of its own capacity"),
    )
}

/// One request in so many takes longer: where a percentile stands along the axis.
fn one_in(percentile: f64) -> f64 {
    1.0 / (1.0 - percentile / 100.0)
}

fn line(row: &Row, found: &LatencyFigures) -> Option<Line> {
    let points: Vec<(f64, f64)> = found
        .curve
        .iter()
        .filter(|[percentile, ns]| (50.0..100.0).contains(percentile) && *ns > 0.0)
        .map(|&[percentile, ns]| (one_in(percentile), ns))
        .collect();
    (points.len() > 1).then(|| Line {
        place: row.place,
        name: row.variant.clone(),
        points,
        marked: false,
    })
}

fn draw(lines: &[Line], clock: Option<f64>, width: f64) -> Result<super::Drawing, String> {
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
        (x, Axis::log(times, 5, "time a request", |ns| tick_duration(ns / 1e9)))
    };
    lines::draw(lines, width, axes, |canvas, plot| {
        let Some(clock) = clock else { return };
        let y = plot.at(2.0, clock).1;
        let (from, to) = plot.across;
        canvas.dashed(&[(from, y), (to, y)], Role::Muted, 1.0);
        canvas.text("the clock", (to - 4.0, y - 8.0), Anchor::End, TICK, Role::Muted);
    })
}

fn table(rows: &[(&Row, &LatencyFigures)]) -> Table {
    let head = ["variant", "p50", "p90", "p99 [rounds]", "p99.9", "longest", "issued late"];
    let told = |(row, found): &(&Row, &LatencyFigures)| {
        let ns = |ns: f64| duration(ns / 1e9);
        let p99 = found.p99;
        let clock = clock::said(std::iter::once(*found));
        let clock = clock.map_or_else(String::new, |ns| format!(", {ns} of it the clock"));
        vec![
            row.variant.clone(),
            format!("{}{clock}", ns(found.p50.value)),
            ns(found.p90.value),
            format!("{} [{} to {}]", ns(p99.value), ns(p99.low), ns(p99.high)),
            ns(found.p99_9.value),
            ns(found.max.value),
            percent(found.missed_share),
        ]
    };
    Table { head: head.map(String::from).to_vec(), rows: rows.iter().map(told).collect() }
}
