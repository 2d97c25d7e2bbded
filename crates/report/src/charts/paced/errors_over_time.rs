//! Chart of failed, slow and unserved requests over time, with the fault events marked.

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::paced::outcome::{PacedOutcome, TimelineBucket};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::Anchor;
use crate::charts::draw::lines::{self, Line};
use crate::charts::draw::theme::{Role, TICK_SIZE};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::sentences::quantity::finding;
use crate::text::number::{duration, fixed, percent, percent_with, tick_percent};
use crate::text::phrases::{MISSING, listed};
use bakeoff_protocol::results::paced::RequestShares;
use bakeoff_protocol::results::{ScenarioResults, VariantFigures};

/// Returns the chart; `None` without fault events.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let rows: Vec<(&VariantFigures, &PacedOutcome)> = of
        .figures
        .iter()
        .filter_map(|row| Some((row, of.paced(&row.variant)?)))
        .filter(|(_, paced)| paced.bucket_ms > 0 && paced.timeline.len() > 1)
        .collect();
    let events = &rows.iter().find(|(_, paced)| !paced.events.is_empty())?.1.events;
    let lines: Vec<Line> = rows
        .iter()
        .map(|(row, paced)| Line {
            index: row.index,
            name: row.variant.clone(),
            points: points(paced),
            marked: false,
        })
        .collect();
    let kinds: Vec<String> = events.iter().map(|event| event.kind.to_string()).collect();
    let spec = ChartSpec {
        kind: Kind::ErrorsOverTime,
        scenario: Some(of),
        title: title(of, &rows, &kinds.join(", ")),
        subtitle: format!(
            "Share of the requests that failed, were slow or were not served (vertical) over time \
             (horizontal) · {}",
            of.scenario.name
        ),
        table: table(&rows),
    };
    let events = events.clone();
    Some(Chart::new(spec, move |width| {
        let along = extent(lines.iter().flat_map(|line| line.points.iter().map(|point| point.0)))
            .unwrap_or((0.0, 1.0));
        let axes = |ticks| {
            let seconds = |value: f64, step: f64| fixed(value, usize::from(step < 1.0));
            let percent = |value: f64, _| tick_percent(value, 0);
            (
                Axis::linear(along, (0.0, along.1), ticks, "seconds", seconds),
                Axis::linear((0.0, 1.0), (0.0, 1.0), 4, "failed, slow or not served", percent),
            )
        };
        lines::draw(&lines, width, axes, |canvas, plot| {
            for event in &events {
                let x = plot.across(event.at_ms as f64 / 1e3);
                canvas.dashed(&[(x, plot.down.0), (x, plot.down.1)], Role::Muted, 1.0);
                let at = (x, plot.down.0 - 8.0);
                canvas.text(&event.kind.to_string(), at, Anchor::Middle, TICK_SIZE, Role::Muted);
            }
        })
    }))
}

/// States the finding that decided, or else the variants with the lowest share of bad answers.
fn title(of: &ScenarioResults, rows: &[(&VariantFigures, &PacedOutcome)], events: &str) -> String {
    let shown = [
        DecidingQuantity::FailedRequests,
        DecidingQuantity::SlowRequests,
        DecidingQuantity::RecoveryTime,
    ];
    if let Some(finding) = finding(of, &shown) {
        return format!("{finding} ({events})");
    }
    let worst = |paced: &PacedOutcome| paced.timeline.iter().map(bad_share).fold(0.0, f64::max);
    let least = rows.iter().map(|(_, paced)| worst(paced)).fold(f64::INFINITY, f64::min);
    let written = percent_with(least, 0);
    let best: Vec<&str> = rows
        .iter()
        .filter(|(_, paced)| percent_with(worst(paced), 0) == written)
        .map(|(row, _)| row.variant.as_str())
        .collect();
    let verb = if best.len() == 1 { "has" } else { "have" };
    format!(
        "{events}: {} {verb} the fewest failed or slow requests, at most {written} at any time",
        listed(&best)
    )
}

/// Returns the share of a bucket's requests that failed, were slow or were not served.
fn bad_share(bucket: &TimelineBucket) -> f64 {
    let bad = bucket.errors + bucket.slow + bucket.unserved;
    bad as f64 / bucket.requests.max(1) as f64
}

fn points(paced: &PacedOutcome) -> Vec<(f64, f64)> {
    let buckets = paced.timeline.iter().enumerate();
    let second = |index: usize| index as f64 * paced.bucket_ms as f64 / 1e3;
    buckets.map(|(index, bucket)| (second(index), bad_share(bucket).min(1.0))).collect()
}

/// Shares of failed, slow and unserved requests, during the fault and over the whole replay.
fn table(rows: &[(&VariantFigures, &PacedOutcome)]) -> Table {
    let head = [
        "variant",
        "failed during the fault",
        "slow during the fault",
        "not served during the fault",
        "failed in total",
        "slow in total",
        "not served in total",
        "recovered after",
        "events",
    ];
    let cells = |(row, seen): &(&VariantFigures, &PacedOutcome)| {
        let shares = |budget: Option<RequestShares>| {
            let parts = budget.map(|budget| [budget.failed, budget.slow, budget.unserved]);
            parts.map_or([(); 3].map(|()| MISSING.to_owned()), |parts| parts.map(percent))
        };
        let events: Vec<String> = seen
            .events
            .iter()
            .map(|event| format!("{} at {} s", event.kind, fixed(event.at_ms as f64 / 1e3, 1)))
            .collect();
        let recovery = seen.users.recovery_ms;
        let recovery = recovery.map_or_else(|| MISSING.to_owned(), |ms| duration(ms as f64 / 1e3));
        let mut cells = vec![row.variant.clone()];
        cells.extend(shares(RequestShares::during(seen, |_| true)));
        cells.extend(shares(Some(RequestShares::whole(seen))));
        cells.extend([recovery, events.join(", ")]);
        cells
    };
    Table { head: head.map(String::from).to_vec(), rows: rows.iter().map(cells).collect() }
}
