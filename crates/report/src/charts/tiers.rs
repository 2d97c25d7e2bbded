//! Chart of the share of the reads that each tier and the origin answer.

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::Axis;
use crate::charts::draw::canvas::{Anchor, Canvas, Margins};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::theme::{LABEL_SIZE, Role, TICK_SIZE, shortened, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{percent, percent_with, tick_percent};
use bakeoff_protocol::results::{ScenarioResults, VariantFigures};

/// Height of a row, in pixels.
const ROW_HEIGHT: f64 = 34.0;
/// Opacity of the bars of near tier, further tiers and origin.
const OPACITIES: [f64; 3] = [0.5, 0.28, 0.14];

/// Returns the chart; `None` if no variant has tiers.
pub fn chart(of: &ScenarioResults) -> Option<Result<Chart, RenderError>> {
    let rows: Vec<&VariantFigures> =
        of.figures.iter().filter(|row| row.hit_ratio.is_some()).collect();
    let (first, near) = rows
        .iter()
        .filter(|row| row.tiers.len() > 1)
        .map(|row| (row.variant.as_str(), row.tiers[0]))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let spec = ChartSpec {
        kind: Kind::Tiers,
        scenario: Some(of),
        title: format!("The near tier of {first} answers {} of the reads", percent(near)),
        subtitle: format!(
            "Share of the reads by the tier that answers: near (dark), further (lighter), origin (gray), \
             at the timed capacity · {}",
            of.scenario.name
        ),
        table: table(&rows),
    };
    Some(Chart::new(spec, |width| draw(&rows, width)))
}

/// Shares of the reads that near tier, further tiers and origin answer.
fn shares(row: &VariantFigures) -> [f64; 3] {
    let hit = row.hit_ratio.unwrap_or(0.0);
    let near = if row.tiers.len() > 1 { row.tiers[0].min(hit) } else { hit };
    [near, (hit - near).max(0.0), (1.0 - hit).max(0.0)]
}

fn table(rows: &[&VariantFigures]) -> Table {
    let head = ["variant", "near tier", "further tiers", "origin"];
    let cells = |row: &&VariantFigures| {
        let mut cells = vec![row.variant.clone()];
        cells.extend(shares(row).map(percent));
        cells
    };
    Table { head: head.map(String::from).to_vec(), rows: rows.iter().map(cells).collect() }
}

fn draw(rows: &[&VariantFigures], width: f64) -> Result<Drawing, String> {
    let height = rows.len() as f64 * ROW_HEIGHT + 28.0 + 46.0;
    Drawing::new(width, height, |canvas| {
        let room = if width < 400.0 { 78.0 } else { 150.0 };
        let names = rows.iter().map(|row| text_width(&row.variant, LABEL_SIZE));
        let left = names.fold(0.0, f64::max).min(room);
        let label = |value: f64, _| tick_percent(value, 0);
        let axis = Axis::linear((0.0, 1.0), (0.0, 1.0), 4, "share of the reads", label);
        let margins = Margins { top: 20.0, right: 24.0, bottom: 46.0, left: left + 20.0 };
        let plot = canvas.plot((width, height), margins, axis, None);
        for (index, row) in rows.iter().enumerate() {
            let y = plot.down.0 + (index as f64 + 0.5) * ROW_HEIGHT;
            let name = shortened(&row.variant, LABEL_SIZE, left + 4.0);
            let role = Role::Label(row.index);
            canvas.text(&name, (left + 6.0, y), Anchor::End, LABEL_SIZE, role);
            let mut from = 0.0;
            for (share, opacity) in shares(row).into_iter().zip(OPACITIES) {
                let ends = (plot.across(from), plot.across(from + share));
                let role =
                    if opacity == OPACITIES[2] { Role::Muted } else { Role::Variant(row.index) };
                bar(canvas, ends, y, role, opacity);
                if share > 0.12 {
                    let middle = (f64::midpoint(ends.0, ends.1), y);
                    let text = percent_with(share, 0);
                    canvas.text(&text, middle, Anchor::Middle, TICK_SIZE, Role::Label(row.index));
                }
                from += share;
            }
        }
    })
}

fn bar(canvas: &mut Canvas<'_>, ends: (f64, f64), y: f64, role: Role, opacity: f64) {
    let (top, bottom) = (y - 10.0, y + 10.0);
    let corners = [(ends.0, top), (ends.1, top), (ends.1, bottom), (ends.0, bottom)];
    canvas.area(&corners, role, opacity);
}
