//! Chart of throughput by variant: medians with their intervals, on a logarithmic axis.

use bakeoff_protocol::results::{Estimate, ScenarioResults, VariantFigures};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::rows::{ROW_HEIGHT, TICK_LABEL_HEIGHT, name_column, row_name};
use crate::charts::draw::theme::{Role, TICK_SIZE};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{counted, figures, rate, tick_rate};
use crate::text::phrases::{estimate, listed, throughput_intervals};

type TimedVariant<'a> = (&'a VariantFigures, Estimate);

/// Returns the chart; `None` if nothing was timed.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let timed: Vec<TimedVariant<'_>> = of.timed().filter(|(_, rate)| rate.median > 0.0).collect();
    if timed.is_empty() {
        return None;
    }
    let load = of.scenario.load;
    let spec = ChartSpec {
        kind: Kind::Throughput,
        scenario: Some(of),
        title: title(of, &timed),
        subtitle: format!(
            "Requests per second, logarithmic; {}, closed loop; bars: {} over {}",
            counted(u64::from(load.workers), "worker"),
            throughput_intervals(of),
            counted(u64::from(of.rounds), "round"),
        ),
        table: table(&timed),
    };
    Some(Chart::new(spec, |width| draw(&timed, width)))
}

/// States the fastest variant and how much faster it is; for an unconfirmed run only the range.
fn title(of: &ScenarioResults, timed: &[TimedVariant<'_>]) -> String {
    if let [(row, found)] = timed {
        return format!("{} serves {} requests per second", row.variant, rate(found.median));
    }
    let limited = |row: &VariantFigures| row.allowed_entries.is_some();
    let bounded = timed.iter().filter(|(row, _)| limited(row)).count();
    let (fastest, scope) = if bounded < 2 || bounded == timed.len() {
        (of.fastest_of(|_| true), "")
    } else {
        (of.fastest_of(limited), " of the variants with a size limit")
    };
    match fastest.as_slice() {
        [] => {
            let medians = extent(timed.iter().map(|(_, found)| found.median));
            let (low, high) = medians.unwrap_or_default();
            format!("Medians range from {} to {} requests per second", rate(low), rate(high))
        }
        [one] => format!("{one} has the highest throughput{scope}{}", factor(of, one, timed)),
        several => format!(
            "{} have the highest throughput{scope}, without a significant difference",
            listed(several)
        ),
    }
}

/// Compares the fastest variant with the recommended one; if both are the same, with the slowest
/// variant.
fn factor(of: &ScenarioResults, fastest: &str, timed: &[TimedVariant<'_>]) -> String {
    let slowest = || {
        let medians = timed.iter().min_by(|a, b| a.1.median.total_cmp(&b.1.median));
        medians.map(|(row, _)| row.variant.as_str())
    };
    let other = of.recommended().filter(|one| *one != fastest).or_else(slowest);
    let pair = other.and_then(|other| of.pair(fastest, other)).filter(|pair| pair.ratio >= 1.05);
    pair.map_or_else(String::new, |pair| {
        format!(": {} times that of {}", figures(pair.ratio), pair.baseline)
    })
}

fn table(timed: &[TimedVariant<'_>]) -> Table {
    Table {
        head: ["variant", "requests/s, median [interval]", "samples"].map(String::from).to_vec(),
        rows: timed
            .iter()
            .map(|(row, found)| {
                vec![row.variant.clone(), estimate(*found), found.samples.to_string()]
            })
            .collect(),
    }
}

fn draw(timed: &[TimedVariant<'_>], width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = timed.len() as f64 * ROW_HEIGHT + TICK_LABEL_HEIGHT;
    Drawing::new(width, height, |canvas| {
        let values = timed.iter().flat_map(|(_, found)| [found.low, found.median, found.high]);
        let Some(range) = extent(values.filter(|rate| *rate > 0.0)) else { return };
        let axis = Axis::log(range, if narrow { 3 } else { 5 }, "", tick_rate);
        let left = name_column(timed.iter().map(|(row, _)| row.variant.as_str()), narrow);
        let margins = Margins { top: 0.0, right: 62.0, bottom: TICK_LABEL_HEIGHT, left };
        let plot = canvas.plot((width, height), margins, axis, None);
        for (index, row) in timed.iter().enumerate() {
            draw_row(canvas, &plot, *row, (index as f64 + 0.5) * ROW_HEIGHT, left);
        }
    })
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    plot: &Plot,
    (row, found): TimedVariant<'_>,
    middle: f64,
    left: f64,
) {
    row_name(canvas, &row.variant, row.index, middle, left);
    let ends = [found.low, found.high].map(|rate| (plot.across(rate.max(plot.x.range.0)), middle));
    if found.samples > 1 {
        canvas.line(&ends, Role::Variant(row.index), 3.0);
    }
    canvas.draw_variant_mark((plot.across(found.median), middle), row.index);
    let figure = rate(found.median);
    let at = (plot.across.1 + 8.0, middle);
    canvas.text(&figure, at, Anchor::Start, TICK_SIZE, Role::Label(row.index));
}
