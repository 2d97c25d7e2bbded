//! Chart of hit ratio by variant and scenario, with the optimal bound and the infinite cache.

use crate::charts::chart::{Chart, ChartSpec, Kind, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::theme::{LABEL, Role, TICK, shortened, text_width};
use crate::error::RenderError;
use crate::text::number::{count, fixed, percent, percent_with, tick_percent};
use bakeoff_protocol::results::{HitRatioBounds, Results, ScenarioResults};

/// Returns the chart; `None` without a hit ratio.
pub fn chart(results: &Results) -> Option<Result<Chart, RenderError>> {
    let scenarios: Vec<&ScenarioResults> = results
        .scenarios
        .iter()
        .filter(|of| of.figures.iter().any(|row| row.hit_ratio.is_some()))
        .collect();
    if scenarios.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::HitRatio,
        scenario: None,
        detail: None,
        title: title(&scenarios),
        subtitle: String::from(
            "Exact hit ratio at the timed capacity of each scenario; solid line: the optimal bound at \
             that capacity; dashed line: the infinite cache",
        ),
        table: table(&scenarios),
    };
    Some(Chart::new(spec, |width| draw(&scenarios, width)))
}

fn title(scenarios: &[&ScenarioResults]) -> String {
    let spans: Vec<(f64, &str)> = scenarios
        .iter()
        .filter_map(|of| {
            let limited = of.figures.iter().filter(|row| row.allowed_entries.is_some());
            let (low, high) = extent(limited.filter_map(|row| row.hit_ratio))?;
            Some((high - low, of.scenario.name.as_str()))
        })
        .collect();
    let widest = spans.iter().max_by(|a, b| a.0.total_cmp(&b.0));
    let narrowest = spans.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let points = |span: f64| format!("{} points", fixed(span * 100.0, 2));
    match (widest, narrowest) {
        (Some((most, here)), Some((least, there))) if here != there => format!(
            "Hit ratios of variants with a size limit differ by up to {} in {here}, and {} in {there}",
            points(*most),
            points(*least)
        ),
        (Some((most, here)), _) => {
            format!(
                "Hit ratios of variants with a size limit differ by up to {} in {here}",
                points(*most)
            )
        }
        _ => String::from("Hit ratios without a size limit"),
    }
}

fn table(scenarios: &[&ScenarioResults]) -> Table {
    let head = ["variant", "scenario", "hit ratio", "of optimal", "requests replayed"];
    let rows = scenarios.iter().flat_map(|of| {
        of.figures.iter().map(|row| {
            let requests = row.fewer_requests.unwrap_or(of.scenario.requests);
            vec![
                row.variant.clone(),
                of.scenario.name.clone(),
                row.hit_ratio.map_or_else(String::new, percent),
                row.share_of_optimal.map_or_else(String::new, |share| percent_with(share, 1)),
                row.hit_ratio.map_or_else(String::new, |_| count(requests)),
            ]
        })
    });
    Table { head: head.map(String::from).to_vec(), rows: rows.collect() }
}

/// Height of the row of a variant, in pixels.
const ROW: f64 = 22.0;
/// Height of the heading of a scenario, in pixels.
const HEAD: f64 = 26.0;

fn draw(scenarios: &[&ScenarioResults], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let rows = |of: &ScenarioResults| {
        of.figures.iter().filter(|row| row.hit_ratio.is_some()).count() as f64
    };
    let content: f64 = scenarios.iter().map(|of| rows(of) * ROW + HEAD).sum();
    let height = content + 8.0 + 46.0;
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 78.0 } else { 150.0 };
        let names = scenarios.iter().flat_map(|of| &of.figures);
        let left = names.map(|row| text_width(&row.variant, LABEL)).fold(0.0, f64::max).min(room);
        let Some(axis) = axis(scenarios, narrow) else { return };
        let margins = Margins { top: 4.0, right: 66.0, bottom: 46.0, left: left + 20.0 };
        let plot = canvas.plot((width, height), margins, axis, None);
        let mut top = plot.down.0;
        for of in scenarios {
            let bottom = top + HEAD + rows(of) * ROW;
            draw_scenario(canvas, of, &plot, (top, bottom), left);
            top = bottom;
        }
    })
}

fn axis(scenarios: &[&ScenarioResults], narrow: bool) -> Option<Axis> {
    let values = extent(scenarios.iter().flat_map(|of| {
        let bounds = timed_bounds(of);
        let bounds = bounds.into_iter().flat_map(|bounds| [bounds.optimal, bounds.infinite]);
        of.figures.iter().filter_map(|row| row.hit_ratio).chain(bounds).collect::<Vec<_>>()
    }))?;
    let ticks = if narrow { 4 } else { 6 };
    Some(Axis::linear(values, (0.0, 1.0), ticks, "hit ratio", |value, step| {
        tick_percent(value, usize::from(step < 0.01))
    }))
}

fn timed_bounds(of: &ScenarioResults) -> Option<HitRatioBounds> {
    let entries = of.timed_entries()?;
    of.bounds.iter().find(|bounds| bounds.capacity_entries == entries).copied()
}

fn draw_scenario(
    canvas: &mut Canvas<'_>,
    of: &ScenarioResults,
    plot: &Plot,
    (top, bottom): (f64, f64),
    left: f64,
) {
    // Hides the gridlines behind the heading of the scenario.
    canvas.rectangle((0.0, top), (plot.across.1 + 60.0, top + HEAD - 4.0), Role::Ground);
    let name = shortened(&of.scenario.name, TICK, plot.across.1);
    canvas.text(&name, (2.0, top + HEAD / 2.0), Anchor::Start, TICK, Role::Muted);
    if let Some(bounds) = timed_bounds(of) {
        let down = (top + HEAD - 2.0, bottom - 2.0);
        let optimal = plot.across(bounds.optimal);
        canvas.line(&[(optimal, down.0), (optimal, down.1)], Role::Muted, 1.5);
        let infinite = plot.across(bounds.infinite);
        canvas.dashed(&[(infinite, down.0), (infinite, down.1)], Role::Muted, 1.0);
    }
    let mut y = top + HEAD + ROW / 2.0 - 2.0;
    for row in &of.figures {
        let Some(hit_ratio) = row.hit_ratio else { continue };
        let name = shortened(&row.variant, LABEL, left + 4.0);
        canvas.text(&name, (left + 6.0, y), Anchor::End, LABEL, Role::Label(row.index));
        canvas.mark((plot.across(hit_ratio), y), row.index);
        let figure = percent(hit_ratio);
        canvas.text(&figure, (plot.across.1 + 8.0, y), Anchor::Start, TICK, Role::Label(row.index));
        y += ROW;
    }
}
