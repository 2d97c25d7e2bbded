//! Charts of the report. Each module draws one chart and returns its figures as a table too.

mod access_time;
mod capacity;
mod chart;
mod draw;
mod hit_ratio;
mod kind;
mod memory;
mod paced;
mod paired_differences;
mod speed;
mod tiers;
mod tradeoff;

use bakeoff_protocol::results::{DistanceRanking, Results, ScenarioResults};

use crate::error::RenderError;
use crate::sentences::confidence::RunQuality;
use crate::tables;
pub use chart::{Chart, Table};
use draw::canvas::{self, Canvas};
pub use draw::theme::custom_properties;
pub use kind::{Kind, SECTIONS};
use memory::{curve, footprint, per_entry};
use paced::{errors_over_time, origin_load, staleness};
use speed::{latency, response_time, samples, threads, throughput};

/// Returns all charts in the order of the page; charts without data are left out.
///
/// # Errors
/// [`RenderError::Chart`] if a chart cannot be drawn.
pub fn all(results: &Results) -> Result<Vec<Chart>, RenderError> {
    let mut charts: Vec<Chart> = Vec::new();
    for kind in Kind::ALL {
        for of in &results.scenarios {
            let chart = match kind {
                Kind::Tradeoff => tradeoff::chart(of),
                Kind::AccessTime => access_time::chart(of),
                Kind::Capacity => capacity::chart(of),
                Kind::MemoryCurve => curve::chart(of),
                Kind::PairedDifferences => {
                    paired_differences::chart(of, &results.exploration.baseline)
                }
                Kind::Throughput => throughput::chart(of),
                Kind::HitRatio => hit_ratio::chart(of),
                Kind::Samples => samples::chart(of),
                Kind::Latency => latency::chart(of),
                Kind::ResponseTime => response_time::chart(of),
                Kind::Threads => threads::chart(of),
                Kind::Tiers => tiers::chart(of),
                Kind::ErrorsOverTime => errors_over_time::chart(of),
                Kind::OriginLoad => origin_load::chart(of),
                Kind::Staleness => staleness::chart(of),
                Kind::Footprint => footprint::chart(of),
                Kind::Memory => per_entry::chart(of),
            };
            charts.extend(chart.transpose()?);
        }
    }
    for chart in &mut charts {
        chart.footer = footer(results, chart);
    }
    Ok(charts)
}

/// Returns machine, date and confidence of a chart.
fn footer(results: &Results, chart: &Chart) -> String {
    let mut parts = vec![tables::machine(results)];
    parts.extend(results.trials.span.map(|(_, last)| last.strftime("%Y-%m-%d").to_string()));
    let of = chart.scenario.as_ref().and_then(|name| results.scenario(name));
    match (chart.kind, of) {
        (Kind::HitRatio | Kind::Capacity, _) => parts.push(String::from("exact counts")),
        (_, Some(of)) => parts.push(RunQuality::from_results(of).badge().to_owned()),
        (_, None) => {}
    }
    parts.join(" · ")
}

/// Returns the chart of paired differences from `baseline`; `None` without comparisons.
///
/// # Errors
/// [`RenderError::Chart`] if the chart cannot be drawn.
#[must_use]
pub fn paired_differences(
    results: &Results,
    of: &ScenarioResults,
    baseline: &str,
) -> Option<Result<Chart, RenderError>> {
    let mut chart = paired_differences::chart(of, baseline);
    if let Some(Ok(chart)) = &mut chart {
        chart.footer = footer(results, chart);
    }
    chart
}

/// Returns the title of the chart of mean access time at the distance of a ranking.
#[must_use]
pub fn access_time_title(of: &ScenarioResults, ranking: &DistanceRanking) -> String {
    access_time::title(of, ranking)
}

/// Returns the SVG mark of a variant, by its index in the user's order, for tables and legends.
#[must_use]
pub fn variant_mark_svg(index: usize) -> String {
    let mut drawn = String::new();
    let mut canvas = Canvas::new(&mut drawn, 16.0, 16.0);
    canvas.draw_variant_mark((8.0, 8.0), index);
    if canvas.finish().is_err() {
        return String::new();
    }
    canvas::ornament(&drawn, 16.0)
}
