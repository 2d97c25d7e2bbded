//! Chart of thread scaling: throughput by the number of workers.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::lines::{self, Line};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{count, figures, percent_with, rate, tick_rate};
use crate::text::phrases::estimate;
use bakeoff_protocol::results::{Reversal, ScalingStep, ScenarioResults};

/// Returns the chart; `None` if no variant was timed with several numbers of workers.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let scaled = || of.figures.iter().filter(|row| row.scaling.len() > 1);
    let lines: Vec<Line> = scaled()
        .map(|row| Line {
            index: row.index,
            name: row.variant.clone(),
            points: row
                .scaling
                .iter()
                .map(|step| (f64::from(step.workers), step.rate.median))
                .collect(),
            marked: true,
        })
        .collect();
    let most = scaled().flat_map(|row| row.scaling.iter().map(|step| step.workers)).max()?;
    let spec = ChartSpec {
        kind: Kind::Threads,
        scenario: Some(of),
        title: title(of, most),
        subtitle: format!(
            "Requests per second of all workers together (vertical) by their number (horizontal), \
             both logarithmic · {}",
            of.scenario.name
        ),
        table: table(of),
    };
    Some(Chart::new(spec, |width| {
        let points = || lines.iter().flat_map(|line| &line.points);
        let along = extent(points().map(|point| point.0)).unwrap_or((1.0, 2.0));
        let up = extent(points().map(|point| point.1)).unwrap_or((1.0, 10.0));
        let axes = |ticks| {
            let mut x = Axis::log(along, ticks, "workers", |_| String::new());
            let mut workers: Vec<u64> = points().map(|point| point.0 as u64).collect();
            workers.sort_unstable();
            workers.dedup();
            x.ticks = workers.into_iter().map(|number| (number as f64, count(number))).collect();
            (x, Axis::log(up, 5, "requests/s", tick_rate))
        };
        lines::draw(&lines, width, axes, |_, _| {})
    }))
}

/// States which variant leads with more workers, or else which one keeps most of its speed; for an
/// unconfirmed run only the range of throughputs.
fn title(of: &ScenarioResults, most: u32) -> String {
    let lead = of.reversals.iter().find_map(|reversal| match reversal {
        Reversal::Threads { variant, workers, ratio } => Some((variant, workers, ratio)),
        _ => None,
    });
    if let (Some((variant, workers, ratio)), Some(leader)) = (lead, of.leader()) {
        let ratio = figures(*ratio);
        return format!(
            "With {workers} workers, {variant} has {ratio} times the throughput of {leader}"
        );
    }
    let mut steps: Vec<(&str, &ScalingStep)> = of
        .figures
        .iter()
        .filter(|row| row.scaling.len() > 1)
        .filter_map(|row| {
            let step = row.scaling.iter().find(|step| step.workers == most)?;
            Some((row.variant.as_str(), step))
        })
        .collect();
    let kept = |step: &ScalingStep| step.efficiency.map(|kept| kept.median);
    let efficient = steps.iter().filter_map(|(name, step)| Some((*name, *step, kept(step)?)));
    let best = efficient.max_by(|a, b| a.2.total_cmp(&b.2)).filter(|_| of.confirmed);
    if let Some((name, step, kept)) = best {
        return format!(
            "{name} scales best: with {most} workers, each keeps {} of its speed, {} requests/s in total",
            percent_with(kept, 0),
            rate(step.rate.median)
        );
    }
    steps.sort_by(|a, b| a.1.rate.median.total_cmp(&b.1.rate.median));
    let total = |(name, step): &(&str, &ScalingStep)| {
        format!("{} requests/s ({name})", rate(step.rate.median))
    };
    match steps.as_slice() {
        [] => String::new(),
        [only] => format!("Throughput with {most} workers is {}", total(only)),
        [slowest, .., fastest] => {
            format!("Throughput with {most} workers is {} to {}", total(slowest), total(fastest))
        }
    }
}

fn table(of: &ScenarioResults) -> Table {
    let head = ["variant", "workers", "requests/s [interval]", "speed kept by each worker"];
    let rows = of.figures.iter().filter(|row| row.scaling.len() > 1).flat_map(|row| {
        row.scaling.iter().map(|step| {
            vec![
                row.variant.clone(),
                step.workers.to_string(),
                estimate(step.rate),
                step.efficiency.map_or_else(String::new, |kept| percent_with(kept.median, 1)),
            ]
        })
    });
    Table { head: head.map(String::from).to_vec(), rows: rows.collect() }
}
