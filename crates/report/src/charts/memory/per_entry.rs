//! Chart of memory by variant: bytes per entry if measured, otherwise the peak resident size.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::Axis;
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::theme::{LABEL_SIZE, Role, TICK_SIZE, shortened, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{bytes, count, entry_bytes};
use crate::text::phrases::ONE_SAMPLE;
use bakeoff_protocol::results::{Estimate, ScenarioResults};

struct Bar {
    index: usize,
    name: String,
    value: f64,
    /// Bytes per entry; `None` for a peak size.
    per_entry: Option<Estimate>,
    held: Option<u64>,
}

impl Bar {
    /// Returns the interval of the bytes per entry; `None` for a single sample.
    fn interval(&self) -> Option<(f64, f64)> {
        let estimate = self.per_entry.filter(|estimate| estimate.samples > 1)?;
        Some((estimate.low, estimate.high))
    }

    fn formatted(&self) -> String {
        if self.per_entry.is_some() { entry_bytes(self.value) } else { bytes(self.value) }
    }
}

/// Returns the chart; `None` if no memory was measured.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let per_entry = of.figures.iter().any(|row| row.bytes_per_entry.is_some());
    let bars: Vec<Bar> = of
        .figures
        .iter()
        .filter_map(|row| {
            let estimate = row.bytes_per_entry.filter(|_| per_entry);
            let value = match estimate {
                Some(estimate) => estimate.median,
                None if per_entry => return None,
                None => row.peak_rss_bytes? as f64,
            };
            let held = row.held_entries;
            Some(Bar {
                index: row.index,
                name: row.variant.clone(),
                value,
                per_entry: estimate,
                held,
            })
        })
        .collect();
    if bars.is_empty() {
        return None;
    }
    let what = if per_entry { "Bytes per entry" } else { "Peak resident size of the runner" };
    let spec = ChartSpec {
        kind: Kind::Memory,
        scenario: Some(of),
        title: title(&bars, per_entry),
        subtitle: format!("{what} · {}", of.scenario.name),
        table: table(&bars, what),
    };
    Some(Chart::new(spec, |width| draw(&bars, width, &what.to_lowercase())))
}

fn title(bars: &[Bar], per_entry: bool) -> String {
    let of = if per_entry { " per entry" } else { " at its peak" };
    let least = bars.iter().min_by(|a, b| a.value.total_cmp(&b.value));
    let most = bars.iter().max_by(|a, b| a.value.total_cmp(&b.value));
    match (least, most) {
        (Some(least), Some(most)) if least.formatted() != most.formatted() => format!(
            "{} uses {}{of}, {} uses {}",
            least.name,
            least.formatted(),
            most.name,
            most.formatted()
        ),
        (Some(one), _) if bars.len() == 1 => format!("{} uses {}{of}", one.name, one.formatted()),
        (Some(one), _) => format!("Each variant uses {}{of}", one.formatted()),
        _ => String::new(),
    }
}

fn table(bars: &[Bar], what: &str) -> Table {
    let head = [String::from("variant"), what.to_lowercase(), String::from("entries held")];
    let rows = bars.iter().map(|bar| {
        let interval = match (bar.per_entry, bar.interval()) {
            (_, Some((low, high))) => format!(" [{}, {}]", entry_bytes(low), entry_bytes(high)),
            (Some(_), None) => format!(" {ONE_SAMPLE}"),
            (None, None) => String::new(),
        };
        vec![
            bar.name.clone(),
            format!("{}{interval}", bar.formatted()),
            bar.held.map_or_else(String::new, count),
        ]
    });
    Table { head: head.to_vec(), rows: rows.collect() }
}

/// Height of a row, in pixels.
const ROW_HEIGHT: f64 = 30.0;

fn draw(bars: &[Bar], width: f64, axis_title: &str) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = bars.len() as f64 * ROW_HEIGHT + 10.0 + 46.0;
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 74.0 } else { 150.0 };
        let left =
            bars.iter().map(|bar| text_width(&bar.name, LABEL_SIZE)).fold(0.0, f64::max).min(room);
        let highest = bars
            .iter()
            .map(|bar| bar.interval().map_or(bar.value, |(_, high)| high.max(bar.value)))
            .fold(0.0, f64::max);
        let margins = Margins { top: 6.0, right: 76.0, bottom: 46.0, left: left + 20.0 };
        let ticks = if narrow { 3 } else { 5 };
        let plot = canvas.plot((width, height), margins, axis(highest, ticks, axis_title), None);
        for (index, bar) in bars.iter().enumerate() {
            draw_bar(canvas, bar, &plot, plot.down.0 + (index as f64 + 0.5) * ROW_HEIGHT, left);
        }
    })
}

/// Axis from 0 with ticks that are round numbers in the unit of the labels.
fn axis(highest: f64, ticks: usize, title: &str) -> Axis {
    let unit = if highest < 10_000.0 {
        1.0
    } else {
        1024f64.powi((highest.ln() / 1024f64.ln()).floor() as i32)
    };
    let mut axis =
        Axis::linear((0.0, highest / unit), (0.0, f64::INFINITY), ticks, title, |_, _| {
            String::new()
        });
    axis.range = (0.0, axis.range.1 * unit);
    for (value, label) in &mut axis.ticks {
        *value *= unit;
        *label = if *value == 0.0 { String::from("0") } else { entry_bytes(*value) };
    }
    axis
}

fn draw_bar(canvas: &mut Canvas<'_>, bar: &Bar, plot: &Plot, y: f64, left: f64) {
    let (zero, end) = (plot.across(0.0), plot.across(bar.value));
    let (top, bottom) = (y - 7.0, y + 7.0);
    let role = Role::Variant(bar.index);
    canvas.area(&[(zero, top), (end, top), (end, bottom), (zero, bottom)], role, 0.35);
    if let Some((low, high)) = bar.interval() {
        canvas.line(&[(plot.across(low), y), (plot.across(high), y)], role, 2.0);
    }
    canvas.draw_variant_mark((end, y), bar.index);
    canvas.text(
        &shortened(&bar.name, LABEL_SIZE, left + 4.0),
        (left + 6.0, y),
        Anchor::End,
        LABEL_SIZE,
        Role::Label(bar.index),
    );
    canvas.text(
        &bar.formatted(),
        (plot.across.1 + 10.0, y),
        Anchor::Start,
        TICK_SIZE,
        Role::Label(bar.index),
    );
}
