//! Chart of all throughput samples: one dot per sample, relative to the median of its variant.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::theme::{LABEL_SIZE, Role, TICK_SIZE, shortened, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{counted, figures as written, fixed, percent, rate};
use crate::text::phrases::{estimate, throughput_intervals, timed_capacity};
use bakeoff_protocol::results::{Estimate, ScenarioResults, ThroughputFigures, VariantFigures};

type TimedVariant<'a> = (&'a VariantFigures, &'a ThroughputFigures);

/// Returns the chart; `None` if nothing was timed.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let timed: Vec<TimedVariant<'_>> = of
        .figures
        .iter()
        .filter_map(|row| Some((row, of.throughput(&row.variant)?)))
        .filter(|(_, found)| found.requests_per_second.median > 0.0)
        .collect();
    if timed.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::Samples,
        scenario: Some(of),
        title: title(&timed),
        subtitle: format!(
            "Each sample of the throughput relative to the median of its variant (first round on \
             top; line: median; bars: {}) · {} · {} · {}",
            throughput_intervals(of),
            of.scenario.name,
            timed_capacity(of),
            counted(u64::from(most_samples(&timed)), "round"),
        ),
        table: table(&timed),
    };
    Some(Chart::new(spec, |width| draw(&timed, width)))
}

fn most_samples(timed: &[TimedVariant<'_>]) -> u32 {
    timed.iter().map(|(_, found)| found.requests_per_second.samples).max().unwrap_or(0)
}

fn title(timed: &[TimedVariant<'_>]) -> String {
    let spread = |found: &ThroughputFigures| {
        let Estimate { median, low, high, .. } = found.requests_per_second;
        (high - low) / 2.0 / median
    };
    let mut by_spread: Vec<(&str, f64)> = timed
        .iter()
        .filter(|(_, found)| found.requests_per_second.samples > 1)
        .map(|(row, found)| (row.variant.as_str(), spread(found)))
        .collect();
    by_spread.sort_by(|a, b| a.1.total_cmp(&b.1));
    match by_spread.as_slice() {
        [] => String::from("One sample per variant, so there are no intervals"),
        [(only, spread)] => format!("The interval of {only} is within ±{}", percent(*spread)),
        [(narrow, least), .., (wide, most)] => format!(
            "Intervals are between ±{} ({narrow}) and ±{} ({wide})",
            percent(*least),
            percent(*most)
        ),
    }
}

fn table(timed: &[TimedVariant<'_>]) -> Table {
    Table {
        head: ["variant", "requests/s, median [interval]", "lowest", "highest", "samples"]
            .map(String::from)
            .to_vec(),
        rows: timed
            .iter()
            .map(|(row, found)| {
                let (low, high) = extent(found.samples.iter().copied())
                    .unwrap_or((found.requests_per_second.low, found.requests_per_second.high));
                vec![
                    row.variant.clone(),
                    estimate(found.requests_per_second),
                    written(low),
                    written(high),
                    found.requests_per_second.samples.to_string(),
                ]
            })
            .collect(),
    }
}

/// Height of a row, in pixels.
const ROW_HEIGHT: f64 = 44.0;

/// Draws each sample relative to the median of its variant; one scale for all medians would hide
/// the spread of the samples.
fn draw(timed: &[TimedVariant<'_>], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = timed.len() as f64 * ROW_HEIGHT + 8.0 + 46.0;
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 74.0 } else { 140.0 };
        let names = timed.iter().map(|(row, _)| text_width(&row.variant, LABEL_SIZE));
        let left = names.fold(0.0, f64::max).min(room) + 20.0;
        let margins = Margins { top: 8.0, right: 58.0, bottom: 46.0, left };
        let samples = canvas.plot((width, height), margins, deviation_axis(timed, narrow), None);
        for (index, (row, found)) in timed.iter().enumerate() {
            let top = samples.down.0 + index as f64 * ROW_HEIGHT;
            let middle = top + ROW_HEIGHT / 2.0;
            draw_samples(canvas, row, found, &samples, top);
            let name = shortened(&row.variant, LABEL_SIZE, left - 16.0);
            canvas.text(
                &name,
                (left - 14.0, middle),
                Anchor::End,
                LABEL_SIZE,
                Role::Label(row.index),
            );
            let figure = rate(found.requests_per_second.median);
            canvas.text(
                &figure,
                (samples.across.1 + 8.0, middle),
                Anchor::Start,
                TICK_SIZE,
                Role::Label(row.index),
            );
        }
    })
}

/// Axis of the samples relative to the median of their variant.
fn deviation_axis(timed: &[TimedVariant<'_>], narrow: bool) -> Axis {
    let shares = timed.iter().flat_map(|(_, found)| {
        found
            .samples
            .iter()
            .chain([&found.requests_per_second.low, &found.requests_per_second.high])
            .map(|sample| sample / found.requests_per_second.median - 1.0)
            .collect::<Vec<_>>()
    });
    let (low, high) = extent(shares).unwrap_or((0.0, 0.0));
    let around = (low.min(-0.01), high.max(0.01));
    let ticks = if narrow { 4 } else { 5 };
    Axis::linear(
        around,
        (-1.0, f64::INFINITY),
        ticks,
        "samples relative to their median",
        |value, step| {
            let text = fixed(value * 100.0, usize::from(step < 0.01));
            let plus = if value > step / 2.0 { "+" } else { "" };
            format!("{plus}{text} %")
        },
    )
}

fn draw_samples(
    canvas: &mut Canvas<'_>,
    row: &VariantFigures,
    found: &ThroughputFigures,
    plot: &Plot,
    top: f64,
) {
    let role = Role::Variant(row.index);
    let (first, last) = (top + 6.0, top + ROW_HEIGHT - 6.0);
    let at = |rate: f64| plot.across(rate / found.requests_per_second.median - 1.0);
    let (low, high) = (
        at(found.requests_per_second.low),
        at(found.requests_per_second.high).max(at(found.requests_per_second.low) + 1.0),
    );
    if found.samples.len() > 1 {
        canvas.area(&[(low, first), (high, first), (high, last), (low, last)], role, 0.2);
    }
    let step = (last - first) / found.samples.len().saturating_sub(1).max(1) as f64;
    for (round, &sample) in found.samples.iter().enumerate() {
        let y = if found.samples.len() == 1 {
            f64::midpoint(first, last)
        } else {
            first + round as f64 * step
        };
        canvas.dot((at(sample), y), 2.0, role, 0.8);
    }
    canvas.line(
        &[
            (at(found.requests_per_second.median), first - 2.0),
            (at(found.requests_per_second.median), last + 2.0),
        ],
        Role::Label(row.index),
        1.5,
    );
}
