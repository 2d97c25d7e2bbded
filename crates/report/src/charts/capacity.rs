//! Chart of hit ratio against capacity, with the optimal bound.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::labels::spread;
use crate::charts::draw::theme::{LABEL_SIZE, Role, TICK_SIZE, shortened, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{count, percent, percent_with, tick_percent};
use crate::text::phrases::listed;
use bakeoff_protocol::results::{ScenarioResults, VariantFigures};

/// Returns the chart; `None` if no replay had a size limit.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    limited(of).next()?;
    let spec = ChartSpec {
        kind: Kind::Capacity,
        scenario: Some(of),
        title: title(of),
        subtitle: subtitle(of),
        table: table(of),
    };
    Some(Chart::new(spec, |width| draw(of, width)))
}

/// Returns the variant, capacity in entries and hit ratio of every replay with a size limit.
fn limited(of: &ScenarioResults) -> impl Iterator<Item = (&VariantFigures, u64, f64)> {
    of.figures.iter().flat_map(|row| {
        row.curve.iter().filter_map(move |point| {
            Some((row, point.capacity_entries.filter(|&entries| entries > 0)?, point.hit_ratio))
        })
    })
}

fn title(of: &ScenarioResults) -> String {
    let shares: Vec<(&str, f64)> = of
        .figures
        .iter()
        .filter_map(|row| Some((row.variant.as_str(), row.share_of_optimal?)))
        .collect();
    let highest = extent(shares.iter().map(|(_, share)| *share)).map(|(_, highest)| highest);
    if let (Some(highest), Some(entries)) = (highest, of.timed_entries()) {
        let written = percent_with(highest, 1);
        let nearest: Vec<&str> = shares
            .iter()
            .filter(|(_, share)| percent_with(*share, 1) == written)
            .map(|(name, _)| *name)
            .collect();
        let verb = if nearest.len() == 1 { "reaches" } else { "reach" };
        let most = if shares.len() > nearest.len() { ", the highest share" } else { "" };
        return format!(
            "At {} entries, {} {verb} {written} of the optimal hit ratio{most}",
            count(entries),
            listed(&nearest)
        );
    }
    let best = limited(of).max_by(|a, b| a.2.total_cmp(&b.2));
    best.map_or_else(String::new, |(row, entries, hit_ratio)| {
        format!(
            "The highest hit ratio with a size limit is {} ({}, {} entries)",
            percent(hit_ratio),
            row.variant,
            count(entries)
        )
    })
}

fn subtitle(of: &ScenarioResults) -> String {
    let mut text = String::from(
        "Exact hit ratio (vertical) against capacity in entries (horizontal, logarithmic)",
    );
    if !of.bounds.is_empty() {
        text.push_str("; gray area: below the optimal bound");
    }
    text.push_str(&format!(" · {}", of.scenario.name));
    text
}

fn table(of: &ScenarioResults) -> Table {
    let mut capacities: Vec<u64> = limited(of)
        .map(|(_, entries, _)| entries)
        .chain(of.bounds.iter().map(|bounds| bounds.capacity_entries))
        .collect();
    capacities.sort_unstable();
    capacities.dedup();
    let mut head = vec![String::from("entries")];
    head.extend(of.figures.iter().map(|row| row.variant.clone()));
    if !of.bounds.is_empty() {
        head.extend(["optimal", "infinite"].map(String::from));
    }
    let mut rows: Vec<Vec<String>> = capacities
        .iter()
        .map(|&entries| {
            let mut cells = vec![count(entries)];
            cells.extend(of.figures.iter().map(|row| {
                let point = row.curve.iter().find(|point| point.capacity_entries == Some(entries));
                point.map_or_else(String::new, |point| percent(point.hit_ratio))
            }));
            if !of.bounds.is_empty() {
                let bounds = of.bounds.iter().find(|b| b.capacity_entries == entries);
                cells.push(bounds.map_or_else(String::new, |b| percent(b.optimal)));
                cells.push(bounds.map_or_else(String::new, |b| percent(b.infinite)));
            }
            cells
        })
        .collect();
    if of.figures.iter().any(|row| unlimited(row).is_some()) {
        let mut cells = vec![String::from("no size limit")];
        cells.extend(of.figures.iter().map(|row| unlimited(row).map_or_else(String::new, percent)));
        cells.resize(head.len(), String::new());
        rows.push(cells);
    }
    Table { head, rows }
}

/// Returns the hit ratio of a replay without a size limit.
fn unlimited(row: &VariantFigures) -> Option<f64> {
    row.curve.iter().find(|point| point.capacity_entries.is_none()).map(|point| point.hit_ratio)
}

/// Label of a line at the right edge.
struct Label {
    text: String,
    wanted: f64,
    /// Index of the variant; `None` for a bound.
    index: Option<usize>,
    from: (f64, f64),
}

fn draw(of: &ScenarioResults, width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = if narrow { 300.0 } else { 340.0 };
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 96.0 } else { 140.0 };
        let widest = of
            .figures
            .iter()
            .filter(|row| !row.curve.is_empty())
            .map(|row| text_width(&row.variant, LABEL_SIZE) + 8.0)
            .chain(of.figures.iter().filter(|row| unlimited(row).is_some()).map(|row| {
                text_width(&row.variant, LABEL_SIZE) + text_width(" (no size limit)", LABEL_SIZE)
            }))
            .fold(text_width("optimal", LABEL_SIZE), f64::max)
            .min(room)
            .ceil();
        let Some(plot) = axes(canvas, of, (width, height), widest + 38.0) else { return };
        let mut labels = Vec::new();
        draw_bounds(canvas, of, &plot, &mut labels);
        draw_timed(canvas, of, &plot);
        for row in &of.figures {
            draw_curve(canvas, row, &plot, &mut labels);
        }
        draw_labels(canvas, &labels, &plot, widest);
    })
}

fn axes(
    canvas: &mut Canvas<'_>,
    of: &ScenarioResults,
    size: (f64, f64),
    right: f64,
) -> Option<Plot> {
    let entries = extent(
        limited(of)
            .map(|(_, entries, _)| entries)
            .chain(of.bounds.iter().map(|bounds| bounds.capacity_entries))
            .map(|entries| entries as f64),
    )?;
    let ratios = extent(
        limited(of)
            .map(|(_, _, ratio)| ratio)
            .chain(of.figures.iter().filter_map(unlimited))
            .chain(of.bounds.iter().flat_map(|bounds| [bounds.optimal, bounds.infinite])),
    )?;
    let ticks = 5;
    let x = Axis::log(entries, ticks, "capacity (entries)", |value| count(value.round() as u64));
    let y = Axis::linear(ratios, (0.0, 1.0), 5, "hit ratio", |value, step| {
        tick_percent(value, usize::from(step < 0.01))
    });
    let margins = Margins { top: 32.0, right, bottom: 46.0, left: 52.0 };
    Some(canvas.plot(size, margins, x, Some(y)))
}

fn draw_bounds(
    canvas: &mut Canvas<'_>,
    of: &ScenarioResults,
    plot: &Plot,
    labels: &mut Vec<Label>,
) {
    let edge: Vec<(f64, f64)> = of
        .bounds
        .iter()
        .map(|bounds| plot.at(bounds.capacity_entries as f64, bounds.optimal))
        .collect();
    if let (Some(&first), Some(&last)) = (edge.first(), edge.last()) {
        let mut area = vec![(first.0, plot.down.1)];
        area.extend(&edge);
        area.push((last.0, plot.down.1));
        if edge.len() > 1 {
            canvas.area(&area, Role::Area, 1.0);
            canvas.line(&edge, Role::Muted, 1.0);
        } else {
            canvas.line(&[(first.0 - 10.0, first.1), (first.0 + 10.0, first.1)], Role::Muted, 1.5);
        }
        labels.push(Label {
            text: String::from("optimal"),
            wanted: last.1,
            index: None,
            from: last,
        });
    }
    if let Some(bounds) = of.bounds.last() {
        let y = plot.at(bounds.capacity_entries as f64, bounds.infinite).1;
        canvas.dashed(&[(plot.across.0, y), (plot.across.1, y)], Role::Muted, 1.0);
        labels.push(Label {
            text: String::from("infinite"),
            wanted: y,
            index: None,
            from: (plot.across.1, y),
        });
    }
}

fn draw_timed(canvas: &mut Canvas<'_>, of: &ScenarioResults, plot: &Plot) {
    let Some(entries) = of.timed_entries() else { return };
    let x = plot.across(entries as f64);
    if (plot.across.0..=plot.across.1).contains(&x) {
        canvas.dashed(&[(x, plot.down.0 - 6.0), (x, plot.down.1)], Role::Muted, 0.75);
        canvas.text("timed here", (x, plot.down.0 - 14.0), Anchor::Middle, TICK_SIZE, Role::Muted);
    }
}

fn draw_curve(canvas: &mut Canvas<'_>, row: &VariantFigures, plot: &Plot, labels: &mut Vec<Label>) {
    let mut points: Vec<(f64, f64)> = row
        .curve
        .iter()
        .filter_map(|point| Some(plot.at(point.capacity_entries? as f64, point.hit_ratio)))
        .collect();
    if let Some(ratio) = unlimited(row) {
        points.push((plot.across.1, plot.at(plot.x.range.1, ratio).1));
    }
    let Some(&last) = points.last() else { return };
    if points.len() > 1 {
        canvas.line(&points, Role::Variant(row.index), 2.0);
    }
    // Many lines run close together: small marks leave them visible.
    for &point in &points {
        canvas.draw_variant_mark_of_radius(point, row.index, 3.5);
    }
    let no_limit = if unlimited(row).is_some() { " (no size limit)" } else { "" };
    let text = format!("{}{no_limit}", row.variant);
    labels.push(Label { text, wanted: last.1, index: Some(row.index), from: last });
}

fn draw_labels(canvas: &mut Canvas<'_>, labels: &[Label], plot: &Plot, room: f64) {
    let wanted: Vec<f64> = labels.iter().map(|label| label.wanted).collect();
    let places = spread(&wanted, LABEL_SIZE + 3.0, (plot.down.0, plot.down.1));
    let x = plot.across.1 + 18.0;
    for (label, y) in labels.iter().zip(places) {
        canvas.line(
            &[(label.from.0 + 6.0, label.from.1), (x - 8.0, label.from.1), (x - 3.0, y)],
            Role::Grid,
            1.0,
        );
        let text = shortened(&label.text, LABEL_SIZE, room);
        match label.index {
            Some(index) => {
                canvas.draw_variant_mark_of_radius((x + 5.0, y), index, 4.0);
                let role = Role::Label(index);
                canvas.text(&text, (x + 14.0, y), Anchor::Start, LABEL_SIZE, role);
            }
            None => canvas.text(&text, (x, y), Anchor::Start, LABEL_SIZE, Role::Muted),
        }
    }
}
