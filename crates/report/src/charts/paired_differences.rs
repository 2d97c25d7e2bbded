//! Chart of paired differences from the baseline, with the A/A control as the first row.

use bakeoff_protocol::results::{Pair, Verdict};

use crate::charts::chart::{Chart, ChartSpec, Table};
use crate::charts::draw::axis::{Axis, extent};
use crate::charts::draw::canvas::{Anchor, Canvas, Margins, Plot};
use crate::charts::draw::drawing::Drawing;
use crate::charts::draw::theme::{LABEL_SIZE, Role, TICK_SIZE, shortened, text_width};
use crate::charts::kind::Kind;
use crate::error::RenderError;
use crate::text::number::{counted, percent_with, ratio};
use crate::text::phrases;
use crate::text::phrases::pair_intervals;
use bakeoff_protocol::results::ScenarioResults;

struct Line {
    /// `None` for the A/A control.
    index: Option<usize>,
    name: String,
    pair: Pair,
}

/// Returns the chart; `None` without comparisons.
pub fn chart(of: &ScenarioResults, baseline: &str) -> Option<Result<Chart, RenderError>> {
    let control = of.aa_control.iter().map(|pair| Line {
        index: None,
        name: format!("A/A {}", pair.baseline),
        pair: pair.clone(),
    });
    let others = of.figures.iter().filter_map(|row| {
        let pair = of.pair(&row.variant, baseline)?;
        Some(Line { index: Some(row.index), name: row.variant.clone(), pair })
    });
    let lines: Vec<Line> = control
        .chain(others)
        .filter(|line| line.pair.low > 0.0 && line.pair.high.is_finite())
        .collect();
    if lines.is_empty() {
        return None;
    }
    let delta = of.scenario.delta;
    let spec = ChartSpec {
        kind: Kind::PairedDifferences,
        scenario: Some(of),
        title: title(&lines, baseline, of.confirmed),
        subtitle: format!(
            "Requests per second of each variant against {baseline}, paired within {}, with \
             {}, one dot per round below; gray band: ±{}, the margin of equivalence; the scale is stretched \
             around zero · {}",
            counted(
                u64::from(lines.iter().map(|line| line.pair.rounds).max().unwrap_or(0)),
                "round"
            ),
            pair_intervals(lines.iter().map(|line| &line.pair)),
            percent_with(delta, if delta < 0.01 { 1 } else { 0 }),
            of.scenario.name
        ),
        table: table(&lines, baseline),
    };
    Some(Chart::new(spec, |width| draw(&lines, delta, width)))
}

/// Returns a title with the number of variants per verdict, or without verdicts if the run is
/// unconfirmed.
fn title(lines: &[Line], baseline: &str, confirmed: bool) -> String {
    let variants = || lines.iter().filter(|line| line.index.is_some());
    let with = |verdicts: &[Verdict]| {
        variants().filter(|line| verdicts.contains(&line.pair.verdict)).count()
    };
    let parts: Vec<String> = [
        (with(&[Verdict::Faster, Verdict::SlightlyFaster]), "faster than"),
        (with(&[Verdict::Slower, Verdict::SlightlySlower]), "slower than"),
        (with(&[Verdict::Equivalent]), "equivalent to"),
        (with(&[Verdict::Inconclusive]), "not separated from"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word} {baseline}"))
    .collect();
    let unconfirmed = format!("Differences from {baseline} in an unconfirmed run");
    let parts = if confirmed { parts } else { vec![unconfirmed] };
    let control = lines.iter().find(|line| line.index.is_none());
    let control = control.map(|Line { pair, .. }| format!("A/A control: {}", ratio(pair.ratio)));
    parts.into_iter().chain(control).collect::<Vec<_>>().join("; ")
}

fn table(lines: &[Line], baseline: &str) -> Table {
    Table {
        head: [
            String::from("variant"),
            format!("against {baseline} [{}]", pair_intervals(lines.iter().map(|line| &line.pair))),
            String::from("verdict"),
            String::from("rounds"),
        ]
        .to_vec(),
        rows: lines
            .iter()
            .map(|line| {
                let pair = &line.pair;
                vec![
                    line.name.clone(),
                    phrases::pair_ratio(pair),
                    phrases::verdict(pair.verdict).to_owned(),
                    pair.rounds.to_string(),
                ]
            })
            .collect(),
    }
}

/// Height of a row, in pixels.
const ROW_HEIGHT: f64 = 34.0;

fn draw(lines: &[Line], delta: f64, width: f64) -> Result<Drawing, String> {
    let narrow = width < 400.0;
    let height = lines.len() as f64 * ROW_HEIGHT + 28.0 + 46.0;
    Drawing::new(width, height, |canvas| {
        let room = if narrow { 78.0 } else { 150.0 };
        let widest = |texts: &mut dyn Iterator<Item = String>, size: f64| {
            texts.map(|text| text_width(&text, size)).fold(0.0, f64::max)
        };
        let left = widest(&mut lines.iter().map(|line| line.name.clone()), LABEL_SIZE).min(room);
        let right = widest(&mut lines.iter().map(|line| verdict_text(line, narrow)), TICK_SIZE);
        let reach = lines.iter().flat_map(|line| {
            let ends = [line.pair.low, line.pair.ratio, line.pair.high];
            ends.into_iter().chain(line.pair.ratios.iter().copied().filter(|&ratio| ratio > 0.0))
        });
        let Some(extent) = extent(reach) else { return };
        let axis = Axis::ratio(extent, delta, "difference in requests/s");
        let margins = Margins { top: 20.0, right: right + 22.0, bottom: 46.0, left: left + 20.0 };
        let band = [1.0 - delta, 1.0 + delta];
        let plot = Plot::new((width, height), margins, axis, None);
        let (from, to) = (plot.across(band[0]), plot.across(band[1]));
        canvas.rectangle((from, plot.down.0), (to, plot.down.1), Role::Area);
        plot.draw_grid(canvas);
        let zero = plot.across(1.0);
        canvas.line(&[(zero, plot.down.0), (zero, plot.down.1)], Role::Muted, 1.0);
        for (index, line) in lines.iter().enumerate() {
            let y = plot.down.0 + (index as f64 + 0.5) * ROW_HEIGHT;
            draw_line(canvas, line, &plot, y, left);
            let text = verdict_text(line, narrow);
            let role = line.index.map_or(Role::Ink, Role::Label);
            canvas.text(&text, (plot.across.1 + 12.0, y), Anchor::Start, TICK_SIZE, role);
        }
    })
}

fn verdict_text(line: &Line, narrow: bool) -> String {
    let verdict = phrases::verdict(line.pair.verdict);
    if line.index.is_none() || narrow {
        return ratio(line.pair.ratio);
    }
    match verdict {
        "not comparable" => format!("{}, {verdict}", ratio(line.pair.ratio)),
        _ => phrases::ratio_and_verdict(&ratio(line.pair.ratio), verdict),
    }
}

fn draw_line(canvas: &mut Canvas<'_>, line: &Line, plot: &Plot, y: f64, left: f64) {
    let role = line.index.map_or(Role::Muted, Role::Variant);
    let (low, high) = (plot.across(line.pair.low), plot.across(line.pair.high));
    for &ratio in line.pair.ratios.iter().filter(|&&ratio| ratio > 0.0) {
        canvas.dot((plot.across(ratio), y + 8.0), 1.5, role, 0.6);
    }
    if line.pair.rounds > 1 {
        canvas.line(&[(low, y), (high, y)], role, 2.0);
        for end in [low, high] {
            canvas.line(&[(end, y - 4.0), (end, y + 4.0)], role, 2.0);
        }
    }
    let centre = (plot.across(line.pair.ratio), y);
    match line.index {
        Some(place) => canvas.draw_variant_mark(centre, place),
        None => canvas.dot(centre, 4.0, Role::Muted, 1.0),
    }
    let name = shortened(&line.name, LABEL_SIZE, left + 4.0);
    let role = line.index.map_or(Role::Muted, Role::Label);
    canvas.text(&name, (left + 6.0, y), Anchor::End, LABEL_SIZE, role);
}
