//! Chart of hit ratio against the memory that the entries need.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::lines::{self, Line};
use crate::charts::kind::Kind;
use crate::charts::memory::footprint::byte_axis;
use crate::error::RenderError;
use crate::text::number::{bytes, count, percent, tick_percent};
use bakeoff_protocol::results::{MemoryHitRatio, ScenarioResults, Sizing};

/// Returns the chart; `None` if no variant has two capacities and a measured memory.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let lines: Vec<Line> = of.sizing.iter().filter_map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::MemoryCurve,
        scenario: Some(of),
        title: title(of),
        subtitle: format!(
            "Exact hit ratio (vertical) against memory of the entries (horizontal, logarithmic) · \
             {}",
            of.scenario.name
        ),
        table: table(of),
    };
    Some(Chart::new(spec, |width| {
        let points = || lines.iter().flat_map(|line| &line.points);
        let along = extent(points().map(|point| point.0)).unwrap_or((1.0, 10.0));
        let highest = points().map(|point| point.1).fold(0.01, f64::max);
        let axes = |_| {
            let up = Axis::linear((0.0, highest), (0.0, 1.0), 5, "hit ratio", |share, step| {
                tick_percent(share, usize::from(step < 0.01))
            });
            (byte_axis(along, "memory"), up)
        };
        lines::draw(&lines, width, axes, |_, _| {})
    }))
}

fn line(sizing: &Sizing) -> Option<Line> {
    // The axis is logarithmic.
    let measured = sizing.curve.iter().filter(|point| point.bytes > 0.0 && point.bytes.is_finite());
    let points: Vec<(f64, f64)> = measured.map(|point| (point.bytes, point.hit_ratio)).collect();
    (points.len() > 1).then(|| Line {
        index: sizing.index,
        name: sizing.variant.clone(),
        points,
        marked: false,
    })
}

/// Names the variant with the highest hit ratio in as much memory as the smallest timed cache uses.
fn title(of: &ScenarioResults) -> String {
    let entries = of.timed_entries();
    let timed = |sizing: &Sizing| {
        let at = sizing.curve.iter().find(|point| Some(point.entries) == entries);
        at.map(|point| point.bytes)
    };
    let Some(budget) = of.sizing.iter().filter_map(timed).reduce(f64::min) else {
        return String::from("Hit ratio by memory");
    };
    let best = of
        .sizing
        .iter()
        .filter_map(|sizing| Some((sizing.variant.as_str(), at(&sizing.curve, budget)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or_else(
        || String::from("Hit ratio by memory"),
        |(variant, hit_ratio)| {
            format!(
                "With {} of memory, {variant} has the highest hit ratio: {}",
                bytes(budget),
                percent(hit_ratio)
            )
        },
    )
}

/// Returns the hit ratio in a budget, interpolated; `None` outside of the curve.
fn at(curve: &[MemoryHitRatio], budget: f64) -> Option<f64> {
    let pair = curve.windows(2).find(|pair| pair[0].bytes <= budget && budget <= pair[1].bytes)?;
    let share = (budget / pair[0].bytes).ln() / (pair[1].bytes / pair[0].bytes).ln();
    let share = if share.is_finite() { share } else { 0.0 };
    Some(pair[0].hit_ratio + share * (pair[1].hit_ratio - pair[0].hit_ratio))
}

fn table(of: &ScenarioResults) -> Table {
    let rows = of.sizing.iter().flat_map(|sizing| {
        sizing.curve.iter().map(|point| {
            let suffix = if point.memory_extrapolated { " (estimated)" } else { "" };
            vec![
                sizing.variant.clone(),
                count(point.entries),
                format!("{}{suffix}", bytes(point.bytes)),
                percent(point.hit_ratio),
            ]
        })
    });
    Table {
        head: ["variant", "entries", "memory", "hit ratio"].map(String::from).to_vec(),
        rows: rows.collect(),
    }
}
