//! Throughput by variant: every sample a dot, the median, its interval.

use bakeoff_protocol::results::Estimate;

use super::axis::{Axis, extent};
use super::canvas::{Anchor, Canvas, Margins, Plot};
use super::look::{LABEL, Role, TICK, shortened, text_width};
use super::{Chart, Drawing, Kind, Plan, Table};
use crate::ReportError;
use bakeoff_analysis::figures::{Row, ScenarioFigures};
use bakeoff_analysis::number::{
    counted, figures as written, fixed, rate, tick_rate, with_interval,
};
use bakeoff_analysis::words::listed;

type Timed<'a> = (&'a Row, Estimate);

/// The chart; `None` where nothing was timed.
pub(super) fn chart(figures: &ScenarioFigures) -> Option<Result<Chart, ReportError>> {
    let timed: Vec<Timed<'_>> = figures.timed().filter(|(_, rate)| rate.median > 0.0).collect();
    if timed.is_empty() {
        return None;
    }
    let plan = Plan {
        kind: Kind::Throughput,
        scenario: Some(figures),
        detail: None,
        title: title(figures, &timed),
        subtitle: format!(
            "Requests per second: medians, and every sample against its variant's median (first \
             round on top; stroke: median; bars: {}) · {} · {} · {}",
            figures.intervals(),
            figures.scenario.name,
            figures.at_timed_capacity(),
            counted(u64::from(most_samples(&timed)), "round"),
        ),
        table: table(&timed),
    };
    Some(Chart::make(plan, |width| draw(&timed, width)))
}

fn most_samples(timed: &[Timed<'_>]) -> u32 {
    timed.iter().map(|(_, estimate)| estimate.samples).max().unwrap_or(0)
}

fn title(figures: &ScenarioFigures, timed: &[Timed<'_>]) -> String {
    let Some((low, high)) = extent(timed.iter().map(|(_, estimate)| estimate.median)) else {
        return String::new();
    };
    if let [(row, estimate)] = timed {
        return format!("{} serves {} requests/s", row.variant, rate(estimate.median));
    }
    let range = format!("edians run from {} to {} requests/s", rate(low), rate(high));
    let limited = |row: &Row| row.allowed_entries.is_some();
    let bounded = timed.iter().filter(|(row, _)| limited(row)).count();
    let (fastest, scope) = if bounded == 0 || bounded == timed.len() {
        (figures.fastest_of(|_| true), "")
    } else {
        (figures.fastest_of(limited), " of those with a limit")
    };
    match fastest.as_slice() {
        [] => format!("M{range}"),
        [one] => format!("{one} is fastest{scope}; m{range}"),
        several => format!("{} are not separated at the top{scope}; m{range}", listed(several)),
    }
}

fn table(timed: &[Timed<'_>]) -> Table {
    let samples = most_samples(timed);
    Table {
        head: ["variant", "requests/s, median [interval]", "lowest", "highest", "samples"]
            .map(String::from)
            .to_vec(),
        rows: timed
            .iter()
            .map(|(row, estimate)| {
                let (low, high) =
                    extent(row.samples.iter().copied()).unwrap_or((estimate.low, estimate.high));
                vec![
                    row.variant.clone(),
                    with_interval(estimate.median, estimate.low, estimate.high),
                    written(low),
                    written(high),
                    estimate.samples.min(samples).to_string(),
                ]
            })
            .collect(),
    }
}

/// Pixels of one row.
const ROW: f64 = 44.0;
/// Pixels between the two panels.
const GAP: f64 = 34.0;

/// Medians on one scale; beside them every sample by its own variant's median, since a scale wide
/// enough for all medians hides how samples spread. On a phone the samples alone, with the
/// medians in figures.
fn draw(timed: &[Timed<'_>], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = timed.len() as f64 * ROW + 8.0 + 46.0;
    Drawing::make(width, height, |canvas| {
        let medians = extent(timed.iter().flat_map(|(_, estimate)| {
            [estimate.low, estimate.median, estimate.high].into_iter().filter(|rate| *rate > 0.0)
        }));
        let Some(medians) = medians else { return };
        let room = if narrow { 74.0 } else { 140.0 };
        let left = timed
            .iter()
            .map(|(row, _)| text_width(&row.variant, LABEL))
            .fold(0.0, f64::max)
            .min(room)
            + 20.0;
        let margins = |left: f64, right: f64| Margins { top: 8.0, right, bottom: 46.0, left };
        let figures = 58.0;
        let samples_left =
            if narrow { left } else { left + (width - left - figures - GAP) / 2.0 + GAP };
        let samples = canvas.plot(
            (width, height),
            margins(samples_left, figures),
            deviations(timed, narrow),
            None,
        );
        let axis = Axis::log(medians, 3, "median requests/s (logarithmic)", tick_rate);
        let overview = (!narrow)
            .then(|| canvas.plot((samples_left - GAP, height), margins(left, 0.0), axis, None));
        for (index, (row, estimate)) in timed.iter().enumerate() {
            let top = samples.down.0 + index as f64 * ROW;
            let middle = top + ROW / 2.0;
            if let Some(overview) = &overview {
                canvas.mark((overview.across(estimate.median), middle), row.place);
            }
            draw_samples(canvas, row, *estimate, &samples, top);
            let name = shortened(&row.variant, LABEL, left - 16.0);
            canvas.text(&name, (left - 14.0, middle), Anchor::End, LABEL, Role::Label(row.place));
            let figure = rate(estimate.median);
            canvas.text(
                &figure,
                (samples.across.1 + 8.0, middle),
                Anchor::Start,
                TICK,
                Role::Label(row.place),
            );
        }
    })
}

/// The axis of samples by their median.
fn deviations(timed: &[Timed<'_>], narrow: bool) -> Axis {
    let shares = timed.iter().flat_map(|(row, estimate)| {
        row.samples
            .iter()
            .chain([&estimate.low, &estimate.high])
            .map(|sample| sample / estimate.median - 1.0)
            .collect::<Vec<_>>()
    });
    let (low, high) = extent(shares).unwrap_or((0.0, 0.0));
    let around = (low.min(-0.01), high.max(0.01));
    let ticks = if narrow { 4 } else { 5 };
    Axis::linear(
        around,
        (-1.0, f64::INFINITY),
        ticks,
        "samples against their median",
        |value, step| {
            let text = fixed(value * 100.0, usize::from(step < 0.01));
            let plus = if value > step / 2.0 { "+" } else { "" };
            format!("{plus}{text} %")
        },
    )
}

fn draw_samples(canvas: &mut Canvas<'_>, row: &Row, estimate: Estimate, plot: &Plot, top: f64) {
    let role = Role::Variant(row.place);
    let (first, last) = (top + 6.0, top + ROW - 6.0);
    let at = |rate: f64| plot.across(rate / estimate.median - 1.0);
    let (low, high) = (at(estimate.low), at(estimate.high).max(at(estimate.low) + 1.0));
    canvas.area(&[(low, first), (high, first), (high, last), (low, last)], role, 0.2);
    let step = (last - first) / row.samples.len().saturating_sub(1).max(1) as f64;
    for (round, &sample) in row.samples.iter().enumerate() {
        let y = if row.samples.len() == 1 {
            f64::midpoint(first, last)
        } else {
            first + round as f64 * step
        };
        canvas.dot((at(sample), y), 2.0, role, 0.8);
    }
    canvas.line(
        &[(at(estimate.median), first - 2.0), (at(estimate.median), last + 2.0)],
        Role::Label(row.place),
        1.5,
    );
}
