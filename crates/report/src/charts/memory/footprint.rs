//! Chart of bytes held against entries held, with and without the values.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Canvas, Plot};
use crate::charts::draw::lines::{self, Line};
use crate::charts::draw::theme::Role;
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{bytes, count, entry_bytes};
use bakeoff_protocol::results::{MemoryPoint, ScenarioResults, VariantFigures};

/// Returns the chart; `None` if no memory was measured with values.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    of.figures.iter().find_map(largest_with_values)?;
    let lines: Vec<Line> = of.figures.iter().filter_map(line).collect();
    let spec = ChartSpec {
        kind: Kind::Footprint,
        scenario: Some(of),
        title: title(of),
        subtitle: format!(
            "Bytes held (vertical) by entries held (horizontal), both logarithmic; large marks: \
             values included; lines: without the values that the process holds · {}",
            of.scenario.name
        ),
        table: table(of),
    };
    Some(Chart::new(spec, |width| {
        let held = || of.figures.iter().flat_map(|row| &row.memory);
        let along = extent(held().map(|point| point.entries as f64)).unwrap_or((1.0, 10.0));
        let up = extent(held().map(|point| point.bytes as f64)).unwrap_or((1.0, 10.0));
        let axes = |ticks| {
            let entries = |value: f64| count(value.round() as u64);
            (Axis::log(along, ticks + 2, "entries held", entries), byte_axis(up, "bytes held"))
        };
        lines::draw(&lines, width, axes, |canvas, plot| {
            for row in &of.figures {
                draw_with_values(canvas, row, plot);
            }
        })
    }))
}

/// Returns the measurement with values at the highest number of entries.
fn largest_with_values(row: &VariantFigures) -> Option<MemoryPoint> {
    row.memory.iter().rev().find(|point| point.with_values).copied()
}

/// Measurements without values in the process.
fn without_values(row: &VariantFigures) -> impl Iterator<Item = &MemoryPoint> {
    row.memory.iter().filter(|point| !point.with_values)
}

fn line(row: &VariantFigures) -> Option<Line> {
    let point = |point: &MemoryPoint| (point.entries as f64, point.bytes as f64);
    let mut points: Vec<(f64, f64)> = without_values(row).map(point).collect();
    if points.len() < 2 {
        points = vec![point(&largest_with_values(row)?)];
    }
    Some(Line { index: row.index, name: row.variant.clone(), points, marked: false })
}

/// Draws a large mark per measurement with values. A dashed line leads from it to the point of the
/// variant's line with the nearest number of entries.
fn draw_with_values(canvas: &mut Canvas<'_>, row: &VariantFigures, plot: &Plot) {
    for point in row.memory.iter().filter(|point| point.with_values) {
        let at = plot.at(point.entries as f64, point.bytes as f64);
        let nearest = without_values(row).min_by_key(|other| other.entries.abs_diff(point.entries));
        if let Some(other) = nearest {
            let foot = plot.at(other.entries as f64, other.bytes as f64);
            canvas.dashed(&[at, foot], Role::Variant(row.index), 1.0);
            canvas.draw_variant_mark_of_radius(foot, row.index, 2.5);
        }
        canvas.draw_variant_mark(at, row.index);
    }
}

/// Returns a logarithmic axis of bytes with powers of two as ticks.
pub fn byte_axis(extent: (f64, f64), title: &str) -> Axis {
    let mut axis = Axis::log(extent, 5, title, |_| String::new());
    let (low, high) = (axis.range.0.log2().ceil() as i32, axis.range.1.log2().floor() as i32);
    let every = if high - low > 12 { 4 } else { 2 };
    let powers = (low..=high).filter(|power| power % every == 0).map(|power| 2f64.powi(power));
    axis.ticks = powers.map(|size| (size, size_tick(size))).collect();
    axis
}

/// Formats a power of two in its unit, without decimals.
fn size_tick(size: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = ((size.log2() / 10.0) as usize).min(units.len() - 1);
    format!("{} {}", size / 1024f64.powi(step as i32), units[step])
}

fn title(of: &ScenarioResults) -> String {
    let mut wholes: Vec<(&str, MemoryPoint)> = of
        .figures
        .iter()
        .filter_map(|row| Some((row.variant.as_str(), largest_with_values(row)?)))
        .collect();
    wholes.sort_by_key(|(_, point)| point.bytes);
    let sentence = |(name, point): &(&str, MemoryPoint)| {
        format!("{name} holds {} entries in {}", count(point.entries), bytes(point.bytes as f64))
    };
    match &wholes[..] {
        [] => String::new(),
        [only] => sentence(only),
        [least, .., most] => format!("{}, {}", sentence(least), sentence(most)),
    }
}

fn table(of: &ScenarioResults) -> Table {
    let head =
        ["variant", "entries held", "with values", "without values", "without values, per entry"];
    let rows = of.figures.iter().flat_map(|row| {
        row.memory.iter().map(|point| {
            let size = bytes(point.bytes as f64);
            let (with, without) =
                if point.with_values { (size, String::new()) } else { (String::new(), size) };
            let by_entry = entry_bytes(point.bytes as f64 / point.entries as f64);
            vec![row.variant.clone(), count(point.entries), with, without, by_entry]
        })
    });
    Table { head: head.map(String::from).to_vec(), rows: rows.collect() }
}
