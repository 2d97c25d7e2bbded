//! Mean time a request against what a miss costs: who takes least, and where that turns.

use super::axis::{Axis, extent};
use super::canvas::{Anchor, Canvas, Margins, Plot};
use super::labels::spread;
use super::look::{LABEL, Role, shortened, text_width};
use super::{Chart, Drawing, Kind, Plan, Table};
use crate::ReportError;
use crate::cost::{Costs, Line, RANGE_NS, parts};
use crate::model::{Report, ScenarioFigures};
use crate::number::{duration, tick_duration};

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
        "" => "Mean time a request by the cost of a miss",
        sentence => sentence,
    };
    let plan = Plan {
        kind: Kind::Cost,
        scenario: Some(figures),
        title: title.to_owned(),
        subtitle: format!(
            "Mean time a request (up) by what a miss costs (right), both logarithmic; bold: the \
             bounded variant that takes least; shared caches as near as they were measured · {}",
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
    let narrow = width < 400.0;
    let height = if narrow { 300.0 } else { 340.0 };
    Drawing::make(width, height, |canvas| {
        let ends = |line: &Line| [RANGE_NS.0, RANGE_NS.1].map(|miss| line.at(miss, 0.0)[0]);
        let Some(times) = extent(costs.lines.iter().flat_map(ends)) else { return };
        if times.0 <= 0.0 {
            return;
        }
        let room = if narrow { 96.0 } else { 140.0 };
        let names = costs.lines.iter().map(|line| text_width(&line.variant, LABEL) + 8.0);
        let widest = names.fold(0.0, f64::max).min(room).ceil();
        let ticks = if narrow { 3 } else { 6 };
        let label = |ns: f64| tick_duration(ns / 1e9);
        let x = Axis::log(RANGE_NS, ticks, "what a miss costs", label);
        let y = Axis::log(times, 5, "mean time a request", label);
        let margins = Margins { top: 32.0, right: widest + 38.0, bottom: 46.0, left: 60.0 };
        let plot = canvas.plot((width, height), margins, x, Some(y));
        for line in &costs.lines {
            draw_line(canvas, costs, line, &plot);
        }
        draw_names(canvas, costs, &plot, widest);
    })
}

fn draw_line(canvas: &mut Canvas<'_>, costs: &Costs, line: &Line, plot: &Plot) {
    let points: Vec<(f64, f64)> =
        steps().map(|miss| plot.at(miss, line.at(miss, 0.0)[0])).collect();
    canvas.line(&points, Role::Variant(line.place), 1.5);
    let least: Vec<(f64, f64)> = steps()
        .zip(&points)
        .filter(|(miss, _)| {
            let ranked = costs.ranked(*miss, 0.0);
            ranked.iter().find(|other| other.eligible).is_some_and(|one| one.place == line.place)
        })
        .map(|(_, &point)| point)
        .collect();
    if least.len() > 1 {
        canvas.line(&least, Role::Variant(line.place), 4.0);
    }
}

fn draw_names(canvas: &mut Canvas<'_>, costs: &Costs, plot: &Plot, room: f64) {
    let ends: Vec<(f64, f64)> =
        costs.lines.iter().map(|line| plot.at(RANGE_NS.1, line.at(RANGE_NS.1, 0.0)[0])).collect();
    let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let places = spread(&wanted, LABEL + 3.0, plot.down);
    let x = plot.across.1 + 18.0;
    for ((line, end), y) in costs.lines.iter().zip(&ends).zip(places) {
        canvas.line(&[*end, (x - 8.0, end.1), (x - 3.0, y)], Role::Grid, 1.0);
        canvas.mark_of((x + 5.0, y), line.place, 4.0);
        let name = shortened(&line.variant, LABEL, room);
        canvas.text(&name, (x + 14.0, y), Anchor::Start, LABEL, Role::Label(line.place));
    }
}
