//! Chart of mean access time against miss cost, at the measured network distance.

use bakeoff_protocol::results::{AccessTime, AccessTimeLine, DistanceRanking, ScenarioResults};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Canvas, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::lines::{self, Line};
use crate::charts::draw::theme::Role;
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::sentences::access_time::{crossover_sentence, parts};
use crate::text::number::{duration, tick_duration};

/// Number of intervals between the points of a line: ten per decade.
const STEPS: u32 = 60;
/// Miss costs of the table, in nanoseconds.
const TABLE_COSTS: [f64; 7] = [1e3, 1e5, 1e6, 5e6, 2e7, 1e8, 1e9];

/// Returns the chart; `None` for fewer than two variants with hit ratio and throughput.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let access_time = &of.access_time;
    if access_time.lines.len() < 2 {
        return None;
    }
    let ranking = access_time.as_measured()?;
    let bold = if of.confirmed { "; bold: lowest of the eligible variants" } else { "" };
    let spec = ChartSpec {
        kind: Kind::AccessTime,
        scenario: Some(of),
        title: title(of, ranking),
        subtitle: format!(
            "Mean access time per request (vertical) by miss cost (horizontal), both \
             logarithmic{bold}; network distance as measured · {}",
            of.scenario.name
        ),
        table: table(&access_time.lines),
    };
    Some(Chart::new(spec, |width| draw(of, ranking, width)))
}

/// Returns the title for a ranking; for an unconfirmed run it states no result.
pub fn title(of: &ScenarioResults, ranking: &DistanceRanking) -> String {
    let sentence = crossover_sentence(of, ranking);
    match sentence.trim_end_matches('.') {
        sentence if of.confirmed && !sentence.is_empty() => sentence.to_owned(),
        _ => String::from("Mean access time per request by miss cost"),
    }
}

fn table(lines: &[AccessTimeLine]) -> Table {
    let mut head = vec![String::from("variant")];
    head.extend(TABLE_COSTS.iter().map(|miss| format!("at {}", duration(miss / 1e9))));
    head.push(String::from("parts"));
    let rows = lines.iter().map(|line| {
        let mut cells = vec![line.variant.clone()];
        cells.extend(TABLE_COSTS.iter().map(|&miss| duration(line.at(miss, 0.0)[0] / 1e9)));
        cells.push(parts(line));
        cells
    });
    Table { head, rows: rows.collect() }
}

/// Miss costs of the points of a line, in nanoseconds.
fn steps() -> impl Iterator<Item = f64> {
    let [lowest, highest] = AccessTime::MISS_COST_RANGE_NS;
    let decades = (highest / lowest).log10();
    (0..=STEPS).map(move |step| lowest * 10f64.powf(decades * f64::from(step) / f64::from(STEPS)))
}

fn draw(of: &ScenarioResults, ranking: &DistanceRanking, width: f64) -> Result<Drawing, String> {
    let lines: Vec<Line> = of
        .access_time
        .lines
        .iter()
        .map(|line| Line {
            index: line.index,
            name: line.variant.clone(),
            points: steps().map(|miss| (miss, line.at(miss, 0.0)[0])).collect(),
            marked: false,
        })
        .collect();
    let times = extent(lines.iter().flat_map(|line| line.points.iter().map(|point| point.1)));
    let times = times.filter(|times| times.0 > 0.0).unwrap_or((1.0, 10.0));
    let [lowest, highest] = AccessTime::MISS_COST_RANGE_NS;
    let axes = |ticks| {
        let label = |ns: f64| tick_duration(ns / 1e9);
        (
            Axis::log((lowest, highest), ticks, "miss cost", label),
            Axis::log(times, 5, "mean access time per request", label),
        )
    };
    lines::draw(&lines, width, axes, |canvas, plot| {
        for line in lines.iter().filter(|_| of.confirmed) {
            draw_lowest(canvas, ranking, line, plot);
        }
    })
}

/// Emphasizes the part of a line on which it is the lowest of the eligible variants.
fn draw_lowest(canvas: &mut Canvas<'_>, ranking: &DistanceRanking, line: &Line, plot: &Plot) {
    let lowest: Vec<(f64, f64)> = line
        .points
        .iter()
        .filter(|(miss, _)| {
            ranking.segment(*miss).is_some_and(|segment| segment.lowest == Some(line.index))
        })
        .map(|&(miss, time)| plot.at(miss, time))
        .collect();
    if lowest.len() > 1 {
        canvas.line(&lowest, Role::Variant(line.index), 4.0);
    }
}
