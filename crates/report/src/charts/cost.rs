//! Mean time a request against what a miss costs: who takes least, and where that turns.

use super::axis::{Axis, extent};
use super::canvas::{Canvas, Plot};
use super::lines::{self, Line};
use super::look::Role;
use super::{Chart, Drawing, Kind, Plan, Table};
use crate::ReportError;
use bakeoff_analysis::crossovers::{Costs, RANGE_NS, parts};
use bakeoff_analysis::figures::{Report, ScenarioFigures};
use bakeoff_analysis::number::{duration, tick_duration};

/// Points that a line is drawn through: ten a decade.
const STEPS: u32 = 60;

/// The chart; `None` where fewer than two variants have both figures.
pub(super) fn chart(
    report: &Report,
    figures: &ScenarioFigures,
) -> Option<Result<Chart, ReportError>> {
    let costs = Costs::of(report, figures);
    if costs.lines.len() < 2 {
        return None;
    }
    let sentence = costs.turning_sentence(0.0);
    let title = match sentence.trim_end_matches('.') {
        sentence if costs.proven && !sentence.is_empty() => sentence,
        _ => "Mean time a request by the cost of a miss",
    };
    let bold = if costs.proven { "; bold: the bounded variant that takes least" } else { "" };
    let plan = Plan {
        kind: Kind::Cost,
        scenario: Some(figures),
        detail: None,
        title: title.to_owned(),
        subtitle: format!(
            "Mean time a request (up) by what a miss costs (right), both logarithmic{bold}; shared \
             caches as near as they were measured · {}",
            figures.scenario.name
        ),
        table: table(&costs),
    };
    Some(Chart::make(plan, |width| draw(&costs, width)))
}

fn table(costs: &Costs) -> Table {
    let stops = [1e3, 1e5, 1e6, 5e6, 2e7, 1e8, 1e9];
    let mut head = vec![String::from("variant")];
    head.extend(stops.iter().map(|miss| format!("at {}", duration(miss / 1e9))));
    head.push(String::from("made of"));
    let rows = costs.lines.iter().map(|line| {
        let mut cells = vec![line.variant.clone()];
        cells.extend(stops.iter().map(|&miss| duration(line.at(miss, 0.0)[0] / 1e9)));
        cells.push(parts(line));
        cells
    });
    Table { head, rows: rows.collect() }
}

/// Costs at which lines are drawn.
fn steps() -> impl Iterator<Item = f64> {
    let decades = (RANGE_NS.1 / RANGE_NS.0).log10();
    (0..=STEPS)
        .map(move |step| RANGE_NS.0 * 10f64.powf(decades * f64::from(step) / f64::from(STEPS)))
}

fn draw(costs: &Costs, width: f64) -> Result<Drawing, String> {
    let lines: Vec<Line> = costs
        .lines
        .iter()
        .map(|line| Line {
            place: line.place,
            name: line.variant.clone(),
            points: steps().map(|miss| (miss, line.at(miss, 0.0)[0])).collect(),
            marked: false,
        })
        .collect();
    let times = extent(lines.iter().flat_map(|line| line.points.iter().map(|point| point.1)));
    let times = times.filter(|times| times.0 > 0.0).unwrap_or((1.0, 10.0));
    let axes = |ticks| {
        let label = |ns: f64| tick_duration(ns / 1e9);
        (
            Axis::log(RANGE_NS, ticks, "what a miss costs", label),
            Axis::log(times, 5, "mean time a request", label),
        )
    };
    lines::draw(&lines, width, axes, |canvas, plot| {
        for line in lines.iter().filter(|_| costs.proven) {
            draw_least(canvas, costs, line, plot);
        }
    })
}

/// The stretch of a line on which it takes least of those that may be named.
fn draw_least(canvas: &mut Canvas<'_>, costs: &Costs, line: &Line, plot: &Plot) {
    let least: Vec<(f64, f64)> = line
        .points
        .iter()
        .filter(|(miss, _)| {
            let ranked = costs.ranked(*miss, 0.0);
            ranked.iter().find(|other| other.eligible).is_some_and(|one| one.place == line.place)
        })
        .map(|&(miss, time)| plot.at(miss, time))
        .collect();
    if least.len() > 1 {
        canvas.line(&least, Role::Variant(line.place), 4.0);
    }
}
