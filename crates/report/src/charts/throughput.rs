//! Chart of throughput by variant: one dot per sample, the median and its interval.

use crate::charts::chart::{Chart, ChartSpec, Kind, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::theme::{LABEL, Role, TICK, shortened, text_width};
use crate::error::RenderError;
use crate::text::number::{counted, figures as written, fixed, rate, tick_rate, with_interval};
use crate::text::phrases::{listed, throughput_intervals, timed_capacity};
use bakeoff_protocol::results::{ScenarioResults, ThroughputFigures, VariantFigures};

type Timed<'a> = (&'a VariantFigures, &'a ThroughputFigures);

/// Returns the chart; `None` if nothing was timed.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let timed: Vec<Timed<'_>> = of
        .figures
        .iter()
        .filter_map(|row| Some((row, of.throughput(&row.variant)?)))
        .filter(|(_, found)| found.requests_per_second.median > 0.0)
        .collect();
    if timed.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::Throughput,
        scenario: Some(of),
        detail: None,
        title: title(of, &timed),
        subtitle: format!(
            "Requests per second: medians, and each sample relative to its variant's median (first \
             round on top; line: median; bars: {}) · {} · {} · {}",
            throughput_intervals(of),
            of.scenario.name,
            timed_capacity(of),
            counted(u64::from(most_samples(&timed)), "round"),
        ),
        table: table(&timed),
    };
    Some(Chart::new(spec, |width| draw(&timed, width)))
}

fn most_samples(timed: &[Timed<'_>]) -> u32 {
    timed.iter().map(|(_, found)| found.requests_per_second.samples).max().unwrap_or(0)
}

fn title(of: &ScenarioResults, timed: &[Timed<'_>]) -> String {
    let Some((low, high)) = extent(timed.iter().map(|(_, found)| found.requests_per_second.median))
    else {
        return String::new();
    };
    if let [(row, found)] = timed {
        return format!(
            "{} serves {} requests/s",
            row.variant,
            rate(found.requests_per_second.median)
        );
    }
    let range = format!("edians range from {} to {} requests/s", rate(low), rate(high));
    let limited = |row: &VariantFigures| row.allowed_entries.is_some();
    let bounded = timed.iter().filter(|(row, _)| limited(row)).count();
    let (fastest, scope) = if bounded == 0 || bounded == timed.len() {
        (of.fastest_of(|_| true), "")
    } else {
        (of.fastest_of(limited), " of the variants with a size limit")
    };
    match fastest.as_slice() {
        [] => format!("M{range}"),
        [one] => format!("{one} has the highest throughput{scope}; m{range}"),
        several => format!(
            "{} have the highest throughput{scope} and do not differ significantly; m{range}",
            listed(several)
        ),
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
            .map(|(row, found)| {
                let (low, high) = extent(found.samples.iter().copied())
                    .unwrap_or((found.requests_per_second.low, found.requests_per_second.high));
                vec![
                    row.variant.clone(),
                    with_interval(
                        found.requests_per_second.median,
                        found.requests_per_second.low,
                        found.requests_per_second.high,
                    ),
                    written(low),
                    written(high),
                    found.requests_per_second.samples.min(samples).to_string(),
                ]
            })
            .collect(),
    }
}

/// Height of a row, in pixels.
const ROW: f64 = 44.0;
/// Width between the panel of medians and the panel of samples, in pixels.
const GAP: f64 = 34.0;

/// Draws two panels: the medians, and each sample relative to the median of its variant.
///
/// A scale wide enough for all medians would hide the spread of the samples. On a narrow screen,
/// the medians are shown as numbers only.
fn draw(timed: &[Timed<'_>], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = timed.len() as f64 * ROW + 8.0 + 46.0;
    Drawing::new(width, height, |canvas| {
        let medians = extent(timed.iter().flat_map(|(_, found)| {
            [
                found.requests_per_second.low,
                found.requests_per_second.median,
                found.requests_per_second.high,
            ]
            .into_iter()
            .filter(|rate| *rate > 0.0)
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
        for (index, (row, found)) in timed.iter().enumerate() {
            let top = samples.down.0 + index as f64 * ROW;
            let middle = top + ROW / 2.0;
            if let Some(overview) = &overview {
                canvas.mark((overview.across(found.requests_per_second.median), middle), row.index);
            }
            draw_samples(canvas, row, found, &samples, top);
            let name = shortened(&row.variant, LABEL, left - 16.0);
            canvas.text(&name, (left - 14.0, middle), Anchor::End, LABEL, Role::Label(row.index));
            let figure = rate(found.requests_per_second.median);
            canvas.text(
                &figure,
                (samples.across.1 + 8.0, middle),
                Anchor::Start,
                TICK,
                Role::Label(row.index),
            );
        }
    })
}

/// Axis of the samples relative to the median of their variant.
fn deviations(timed: &[Timed<'_>], narrow: bool) -> Axis {
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
    let (first, last) = (top + 6.0, top + ROW - 6.0);
    let at = |rate: f64| plot.across(rate / found.requests_per_second.median - 1.0);
    let (low, high) = (
        at(found.requests_per_second.low),
        at(found.requests_per_second.high).max(at(found.requests_per_second.low) + 1.0),
    );
    canvas.area(&[(low, first), (high, first), (high, last), (low, last)], role, 0.2);
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
