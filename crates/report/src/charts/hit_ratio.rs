//! Chart of hit ratio by variant, with the optimal bound and the infinite cache.

use bakeoff_protocol::results::{HitRatioBounds, ScenarioResults, VariantFigures};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, Scale};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::rows::{ROW_HEIGHT, TICK_LABEL_HEIGHT, name_column, row_name};
use crate::charts::draw::theme::{Role, TICK_SIZE, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{count, percent, tick_percent};
use crate::text::phrases::{listed, timed_capacity};

/// Difference of two hit ratios, as a share, up to which they count as equal.
const EQUAL_DIFFERENCE: f64 = 0.001;
/// Height of a bar, in pixels.
const BAR_HEIGHT: f64 = 16.0;

/// Returns the chart; `None` without a hit ratio.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let rows: Vec<(&VariantFigures, f64)> =
        of.figures.iter().filter_map(|row| Some((row, row.hit_ratio?))).collect();
    if rows.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: Kind::HitRatio,
        scenario: Some(of),
        title: title(&rows),
        subtitle: format!(
            "Hits per read, counted over all {} requests; {}",
            count(of.scenario.requests),
            timed_capacity(of)
        ),
        table: table(of, &rows),
    };
    Some(Chart::new(spec, |width| draw(of, &rows, width)))
}

/// States the bounded variants with the highest hit ratio, and its share of the optimal bound.
/// Unbounded variants count only if there are no others.
fn title(rows: &[(&VariantFigures, f64)]) -> String {
    let limited: Vec<(&VariantFigures, f64)> =
        rows.iter().filter(|(row, _)| row.allowed_entries.is_some()).copied().collect();
    let (ranked, all_of_them, condition) = if limited.is_empty() {
        (rows.to_vec(), "All variants", " without a size limit")
    } else {
        (limited, "All bounded variants", "")
    };
    let highest = ranked.iter().map(|(_, ratio)| *ratio).fold(0.0, f64::max);
    let best: Vec<&VariantFigures> = ranked
        .iter()
        .filter(|(_, ratio)| highest - ratio < EQUAL_DIFFERENCE)
        .map(|(row, _)| *row)
        .collect();
    let share = best.iter().filter_map(|row| row.share_of_optimal).reduce(f64::max);
    let share = share.map_or_else(String::new, |share| format!(", {} of optimal", percent(share)));
    let names: Vec<&str> = best.iter().map(|row| row.variant.as_str()).collect();
    let hits = format!("{} of the reads{share}{condition}", percent(highest));
    match names.as_slice() {
        all if all.len() == ranked.len() && all.len() > 1 => {
            format!("{all_of_them} answer about {hits}")
        }
        [one] => format!("{one} answers {hits}"),
        several => format!("{} answer {hits}", listed(several)),
    }
}

fn table(of: &ScenarioResults, rows: &[(&VariantFigures, f64)]) -> Table {
    let head = ["variant", "hit ratio", "of optimal"];
    let variants = rows.iter().map(|(row, ratio)| {
        vec![
            row.variant.clone(),
            percent(*ratio),
            row.share_of_optimal.map_or_else(String::new, percent),
        ]
    });
    let bounds = timed_bounds(of).into_iter().flat_map(|bounds| {
        [("optimal bound", bounds.optimal), ("infinite cache", bounds.infinite)]
            .map(|(name, ratio)| vec![name.into(), percent(ratio), String::new()])
    });
    Table { head: head.map(String::from).to_vec(), rows: variants.chain(bounds).collect() }
}

fn timed_bounds(of: &ScenarioResults) -> Option<HitRatioBounds> {
    let entries = of.timed_entries()?;
    of.bounds.iter().find(|bounds| bounds.capacity_entries == entries).copied()
}

fn draw(
    of: &ScenarioResults,
    rows: &[(&VariantFigures, f64)],
    width: f64,
) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = rows.len() as f64 * ROW_HEIGHT + TICK_LABEL_HEIGHT;
    let bounds = timed_bounds(of);
    Drawing::new(width, height, |canvas| {
        let left = name_column(rows.iter().map(|(row, _)| row.variant.as_str()), narrow);
        let margins = Margins { top: 0.0, right: 62.0, bottom: TICK_LABEL_HEIGHT, left };
        let plot = canvas.plot((width, height), margins, axis(bounds), None);
        for (index, (row, ratio)) in rows.iter().enumerate() {
            draw_row(canvas, &plot, (row, *ratio), (index as f64 + 0.5) * ROW_HEIGHT, left);
        }
        if let Some(bounds) = bounds {
            let optimal = plot.across(bounds.optimal);
            canvas.line(&[(optimal, plot.down.0), (optimal, plot.down.1)], Role::Ink, 1.5);
            let infinite = plot.across(bounds.infinite);
            canvas.dashed(&[(infinite, plot.down.0), (infinite, plot.down.1)], Role::Muted, 1.0);
        }
    })
}

/// Axis from 0 to 100 %. The labels of the bounds replace ticks that would overlap them.
fn axis(bounds: Option<HitRatioBounds>) -> Axis {
    let labels = bounds.into_iter().flat_map(|bounds| {
        [("optimal", bounds.optimal), ("infinite", bounds.infinite)]
            .map(|(name, ratio)| (ratio, format!("{name} {}", percent(ratio))))
    });
    let round = [0.0, 1.0, 0.5, 0.25, 0.75].map(|share| (share, tick_percent(share, 0)));
    Axis {
        scale: Scale::Linear,
        range: (0.0, 1.0),
        ticks: labels.chain(round).collect(),
        title: String::new(),
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    plot: &Plot,
    (row, ratio): (&VariantFigures, f64),
    middle: f64,
    left: f64,
) {
    row_name(canvas, &row.variant, row.index, middle, left);
    let (from, to) = (plot.across(0.0), plot.across(ratio));
    let (top, bottom) = (middle - BAR_HEIGHT / 2.0, middle + BAR_HEIGHT / 2.0);
    let role = Role::Variant(row.index);
    if row.allowed_entries.is_some() || row.server_capacity {
        canvas.rectangle((from, top), (to.max(from + 1.0), bottom), role);
    } else {
        let outline = [(from, top), (to, top), (to, bottom), (from, bottom), (from, top)];
        canvas.dashed(&outline, role, 1.5);
        if to - from > text_width("no limit", TICK_SIZE) + 12.0 {
            canvas.text("no limit", (from + 8.0, middle), Anchor::Start, TICK_SIZE, Role::Muted);
        }
    }
    let at = (plot.across.1 + 8.0, middle);
    canvas.text(&percent(ratio), at, Anchor::Start, TICK_SIZE, Role::Label(row.index));
}
