//! Chart of staleness: share of the answers that were stale for longer than a given time.

use bakeoff_protocol::{DecidingQuantity, PacedOutcome};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::lines::{self, Line};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::sentences::quantity::finding;
use crate::text::number::{duration, figures as significant, percent, tick_duration};
use crate::text::phrases::MISSING;
use bakeoff_protocol::results::{ScenarioResults, VariantFigures};

/// Returns the chart; `None` if no answer was stale.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let rows: Vec<(&VariantFigures, &PacedOutcome)> =
        of.figures.iter().filter_map(|row| Some((row, of.paced(&row.variant)?))).collect();
    let lines: Vec<Line> = rows
        .iter()
        .map(|(row, seen)| Line {
            index: row.index,
            name: row.variant.clone(),
            points: points(seen),
            marked: false,
        })
        .filter(|line| !line.points.is_empty())
        .collect();
    if lines.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::Staleness,
        scenario: Some(of),
        title: title(of, &rows)?,
        subtitle: format!(
            "Share of all answers (vertical, logarithmic) that were stale for longer than a time \
             (horizontal, logarithmic) · {}",
            of.scenario.name
        ),
        table: table(&rows),
    };
    Some(Chart::new(spec, |width| draw(&lines, width)))
}

/// States the finding that decided, or else the variant with the fewest stale answers.
fn title(of: &ScenarioResults, rows: &[(&VariantFigures, &PacedOutcome)]) -> Option<String> {
    let shown = [DecidingQuantity::StaleReads, DecidingQuantity::LongestStaleness];
    if let Some(finding) = finding(of, &shown) {
        return Some(finding);
    }
    let (row, seen) = rows.iter().min_by(|a, b| a.1.stale_share().total_cmp(&b.1.stale_share()))?;
    Some(match seen.freshness.age.quantile_ms(1.0) {
        None => format!("{} has no stale answers", row.variant),
        Some(oldest) => format!(
            "{} has the fewest stale answers: {}, the oldest stale for {}",
            row.variant,
            percent(seen.stale_share()),
            duration(oldest / 1e3)
        ),
    })
}

/// Staleness in milliseconds, and the share of all answers that were stale for at least that long.
fn points(seen: &PacedOutcome) -> Vec<(f64, f64)> {
    let age = &seen.freshness.age;
    let answers = (seen.freshness.fresh + seen.freshness.stale).max(1) as f64;
    let mut left = age.count();
    let mut points = Vec::new();
    for (bucket, &count) in age.buckets.iter().enumerate().filter(|&(_, &count)| count > 0) {
        let bounds = bakeoff_protocol::paced::bucket_bounds_ms(bucket);
        let share = left as f64 / answers;
        points.push((bounds[0].max(1e-3), share));
        left -= count;
        if left == 0 {
            points.push((bounds[1].min(age.longest_us as f64 / 1e3).max(1e-3), share));
        }
    }
    points
}

fn draw(lines: &[Line], width: f64) -> Result<crate::charts::draw::drawing::Drawing, String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let ages = extent(points().map(|point| point.0)).unwrap_or((1.0, 10.0));
    let shares = extent(points().map(|point| point.1)).unwrap_or((0.01, 1.0));
    let axes = |ticks| {
        let share = |value: f64| format!("{} %", significant(value * 100.0));
        (
            Axis::log(ages, ticks, "stale for longer than", |ms| tick_duration(ms / 1e3)),
            Axis::log(shares, 4, "answers", share),
        )
    };
    lines::draw(lines, width, axes, |_, _| {})
}

fn table(rows: &[(&VariantFigures, &PacedOutcome)]) -> Table {
    let head = ["variant", "stale answers", "p50", "p90", "p99", "oldest"];
    let cells = |(row, seen): &(&VariantFigures, &PacedOutcome)| {
        let age = |share: f64| {
            let age = seen.freshness.age.quantile_ms(share);
            age.map_or_else(|| MISSING.to_owned(), |ms| duration(ms / 1e3))
        };
        let ages = [0.5, 0.9, 0.99, 1.0].map(age);
        let known = [row.variant.clone(), percent(seen.stale_share())];
        known.into_iter().chain(ages).collect()
    };
    Table { head: head.map(String::from).to_vec(), rows: rows.iter().map(cells).collect() }
}
