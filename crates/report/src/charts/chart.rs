//! Type of a chart: its kind, texts, table and two drawings.

use bakeoff_protocol::results::ScenarioResults;
use serde::Serialize;

use super::draw::canvas::{self, Caption};
use super::draw::drawing::Drawing;
use super::draw::standalone::standalone;
use super::kind::Kind;
use crate::error::RenderError;

/// Figures of a chart as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Heads of the columns; the first column names the row.
    pub head: Vec<String>,
    /// Rows in the order of the chart's lines or bars.
    pub rows: Vec<Vec<String>>,
}

/// Everything about a chart except its drawing.
pub struct ChartSpec<'a> {
    pub kind: Kind,
    pub scenario: Option<&'a ScenarioResults>,
    pub title: String,
    pub subtitle: String,
    pub table: Table,
}

/// One chart, drawn for wide and for narrow screens.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Kind of figures in the chart.
    pub kind: Kind,
    /// Name of the scenario; `None` for a chart of all scenarios.
    pub scenario: Option<String>,
    /// Title, which states the main result if the run is confirmed.
    pub title: String,
    /// Description of axes and marks.
    pub subtitle: String,
    /// Figures as a table.
    pub table: Table,
    /// Machine, date and confidence, because a chart is often shown without its page.
    pub footer: String,
    wide: Drawing,
    narrow: Drawing,
}

/// Width in pixels of a chart on a wide page and in a file.
const WIDE: f64 = 560.0;
/// Width in pixels of a chart on a phone.
const NARROW: f64 = 340.0;

impl Chart {
    /// Draws a chart for both widths.
    ///
    /// # Errors
    /// [`RenderError::Chart`] if the chart cannot be drawn.
    pub fn new(
        spec: ChartSpec<'_>,
        draw: impl Fn(f64) -> Result<Drawing, String>,
    ) -> Result<Self, RenderError> {
        let failed = |reason| RenderError::Chart { chart: spec.kind.name().to_owned(), reason };
        Ok(Self {
            wide: draw(WIDE).map_err(failed)?,
            narrow: draw(NARROW).map_err(failed)?,
            kind: spec.kind,
            scenario: spec.scenario.map(|of| of.scenario.name.clone()),
            title: spec.title,
            subtitle: spec.subtitle,
            table: spec.table,
            footer: String::new(),
        })
    }

    /// Returns the name of the chart, unique on the page and in `charts/`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.kind.name().to_owned();
        if let Some(part) = &self.scenario {
            let mut safe = part.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
            while safe.contains("--") {
                safe = safe.replace("--", "-");
            }
            name.push('-');
            name.push_str(safe.trim_matches('-'));
        }
        name
    }

    /// Returns a standalone SVG file.
    #[must_use]
    pub fn file(&self) -> String {
        let caption = Caption { id: "chart", title: &self.title, description: &self.subtitle };
        standalone(&self.wide, caption, &self.footer)
    }

    /// Returns the SVG for a wide page.
    #[must_use]
    pub fn wide(&self) -> String {
        self.inline(&self.wide, "w")
    }

    /// Returns the SVG for a phone.
    #[must_use]
    pub fn narrow(&self) -> String {
        self.inline(&self.narrow, "n")
    }

    fn inline(&self, drawing: &Drawing, suffix: &str) -> String {
        let id = format!("{}-{suffix}", self.name());
        let caption = Caption { id: &id, title: &self.title, description: &self.subtitle };
        canvas::inline(&drawing.content, drawing.width, drawing.height, caption)
    }
}
