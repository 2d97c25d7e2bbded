//! Bytes held against entries held: with the values where that was weighed, and what keys and
//! bookkeeping take at every capacity that was replayed.

use crate::charts::chart::{Chart, Kind, Plan, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Canvas, Plot};
use crate::charts::draw::lines::{self, Line};
use crate::charts::draw::theme::Role;
use crate::error::RenderError;
use crate::text::number::{bytes, count, entry_bytes};
use bakeoff_protocol::results::{MemoryPoint, ScenarioResults, VariantFigures};

/// The chart; `None` where nothing was weighed with its values.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    of.figures.iter().find_map(whole)?;
    let lines: Vec<Line> = of.figures.iter().filter_map(line).collect();
    let plan = Plan {
        kind: Kind::Footprint,
        scenario: Some(of),
        detail: None,
        title: title(of),
        subtitle: format!(
            "Bytes held (up) by entries held (right), both logarithmic; large marks: with values; \
             lines: without those in the process · {}",
            of.scenario.name
        ),
        table: table(of),
    };
    Some(Chart::new(plan, |width| {
        let held = || of.figures.iter().flat_map(|row| &row.memory);
        let along = extent(held().map(|weight| weight.entries as f64)).unwrap_or((1.0, 10.0));
        let up = extent(held().map(|weight| weight.bytes as f64)).unwrap_or((1.0, 10.0));
        let axes = |ticks| {
            let entries = |value: f64| count(value.round() as u64);
            (Axis::log(along, ticks + 2, "entries held", entries), sizes(up))
        };
        lines::draw(&lines, width, axes, |canvas, plot| {
            for row in &of.figures {
                draw_whole(canvas, row, plot);
            }
        })
    }))
}

/// What was weighed with the values, the most entries last.
fn whole(row: &VariantFigures) -> Option<MemoryPoint> {
    row.memory.iter().rev().find(|weight| weight.with_values).copied()
}

/// What was weighed without those in the process.
fn bare(row: &VariantFigures) -> impl Iterator<Item = &MemoryPoint> {
    row.memory.iter().filter(|weight| !weight.with_values)
}

fn line(row: &VariantFigures) -> Option<Line> {
    let point = |weight: &MemoryPoint| (weight.entries as f64, weight.bytes as f64);
    let mut points: Vec<(f64, f64)> = bare(row).map(point).collect();
    if points.len() < 2 {
        points = vec![point(&whole(row)?)];
    }
    Some(Line { index: row.index, name: row.variant.clone(), points, marked: false })
}

/// A large mark, tied to the point of its line with as many entries.
fn draw_whole(canvas: &mut Canvas<'_>, row: &VariantFigures, plot: &Plot) {
    for weight in row.memory.iter().filter(|weight| weight.with_values) {
        let at = plot.at(weight.entries as f64, weight.bytes as f64);
        let nearest = bare(row).min_by_key(|other| other.entries.abs_diff(weight.entries));
        if let Some(other) = nearest {
            let foot = plot.at(other.entries as f64, other.bytes as f64);
            canvas.dashed(&[at, foot], Role::Variant(row.index), 1.0);
            canvas.mark_of(foot, row.index, 2.5);
        }
        canvas.mark(at, row.index);
    }
}

/// Powers of two as ticks, as sizes in memory are written.
fn sizes(extent: (f64, f64)) -> Axis {
    let mut axis = Axis::log(extent, 5, "bytes held", |_| String::new());
    let (low, high) = (axis.range.0.log2().ceil() as i32, axis.range.1.log2().floor() as i32);
    let every = if high - low > 12 { 4 } else { 2 };
    let powers = (low..=high).filter(|power| power % every == 0).map(|power| 2f64.powi(power));
    axis.ticks = powers.map(|size| (size, size_tick(size))).collect();
    axis
}

/// A power of two in its unit, without decimals.
fn size_tick(size: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = ((size.log2() / 10.0) as usize).min(units.len() - 1);
    format!("{} {}", size / 1024f64.powi(step as i32), units[step])
}

fn title(of: &ScenarioResults) -> String {
    let mut wholes: Vec<(&str, MemoryPoint)> =
        of.figures.iter().filter_map(|row| Some((row.variant.as_str(), whole(row)?))).collect();
    wholes.sort_by_key(|(_, weight)| weight.bytes);
    let said = |(name, weight): &(&str, MemoryPoint)| {
        format!("{name} holds {} entries in {}", count(weight.entries), bytes(weight.bytes as f64))
    };
    match &wholes[..] {
        [] => String::new(),
        [only] => said(only),
        [least, .., most] => format!("{}, {}", said(least), said(most)),
    }
}

fn table(of: &ScenarioResults) -> Table {
    let head = ["variant", "entries held", "with values", "without values", "that by entry"];
    let rows = of.figures.iter().flat_map(|row| {
        row.memory.iter().map(|weight| {
            let size = bytes(weight.bytes as f64);
            let (with, without) =
                if weight.with_values { (size, String::new()) } else { (String::new(), size) };
            let by_entry = entry_bytes(weight.bytes as f64 / weight.entries as f64);
            vec![row.variant.clone(), count(weight.entries), with, without, by_entry]
        })
    });
    Table { head: head.map(String::from).to_vec(), rows: rows.collect() }
}
