//! One chart: its kind, texts, table and drawings.

use bakeoff_protocol::results::ScenarioResults;

use super::draw::canvas::{self, Caption};
use super::draw::drawing::Drawing;
use crate::error::RenderError;

/// The content of a chart as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Heads of the columns; the first names the row.
    pub head: Vec<String>,
    /// One row per mark.
    pub rows: Vec<Vec<String>>,
}

/// Texts and table of a chart.
pub struct Plan<'a> {
    pub kind: Kind,
    pub scenario: Option<&'a ScenarioResults>,
    /// Distinguishes it from others of its kind and scenario.
    pub detail: Option<String>,
    pub title: String,
    pub subtitle: String,
    pub table: Table,
}

/// One chart, drawn for wide and for narrow screens.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Kind.
    pub kind: Kind,
    /// Its scenario; `None` for all.
    pub scenario: Option<String>,
    /// Distinguishes it from others of its kind and scenario.
    pub detail: Option<String>,
    /// Title.
    pub title: String,
    /// Description of axes and marks.
    pub subtitle: String,
    /// Content as a table.
    pub table: Table,
    wide: Drawing,
    narrow: Drawing,
}

/// Width of a chart next to another, or in a file.
const WIDE: f64 = 560.0;
/// Width of a chart on a phone.
const NARROW: f64 = 340.0;

/// The kinds of charts, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hit ratio against throughput.
    Tradeoff,
    /// Mean access time against miss cost.
    AccessTime,
    /// Hit ratio against capacity.
    Capacity,
    /// Latency by percentile, one chart per load.
    Latency,
    /// Throughput by the number of workers.
    Threads,
    /// Share of reads by tier.
    Tiers,
    /// Failed and slow requests over time.
    ErrorsOverTime,
    /// Loads from the origin over time.
    OriginLoad,
    /// Age of stale answers.
    Staleness,
    /// Paired differences.
    PairedDifferences,
    /// Throughput by variant.
    Throughput,
    /// Hit ratio by variant and scenario.
    HitRatio,
    /// Memory by variant.
    Memory,
    /// Bytes held against entries held.
    Footprint,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Tradeoff,
        Self::AccessTime,
        Self::Capacity,
        Self::Latency,
        Self::Threads,
        Self::Tiers,
        Self::ErrorsOverTime,
        Self::OriginLoad,
        Self::Staleness,
        Self::PairedDifferences,
        Self::Throughput,
        Self::HitRatio,
        Self::Memory,
        Self::Footprint,
    ];

    /// Returns the name in file names and anchors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tradeoff => "hit-ratio-against-throughput",
            Self::AccessTime => "mean-time-against-miss-cost",
            Self::Capacity => "hit-ratio-against-capacity",
            Self::Latency => "latency",
            Self::Threads => "thread-scaling",
            Self::Tiers => "tier-hits",
            Self::ErrorsOverTime => "errors-over-time",
            Self::OriginLoad => "origin-load-over-time",
            Self::Staleness => "age-of-stale-answers",
            Self::PairedDifferences => "paired-differences",
            Self::Throughput => "throughput",
            Self::HitRatio => "hit-ratio",
            Self::Memory => "memory",
            Self::Footprint => "memory-against-entries",
        }
    }
}

impl Chart {
    /// Draws a chart for both widths.
    ///
    /// # Errors
    /// [`RenderError::Chart`] if it cannot be drawn.
    pub fn new(
        plan: Plan<'_>,
        draw: impl Fn(f64) -> Result<Drawing, String>,
    ) -> Result<Self, RenderError> {
        let failed = |reason| RenderError::Chart { chart: plan.kind.name().to_owned(), reason };
        Ok(Self {
            wide: draw(WIDE).map_err(failed)?,
            narrow: draw(NARROW).map_err(failed)?,
            kind: plan.kind,
            scenario: plan.scenario.map(|of| of.scenario.name.clone()),
            detail: plan.detail,
            title: plan.title,
            subtitle: plan.subtitle,
            table: plan.table,
        })
    }

    /// Returns the name, unique on the page and in `charts/`.
    #[must_use]
    pub fn name(&self) -> String {
        let parts = self.scenario.iter().chain(&self.detail);
        let mut name = self.kind.name().to_owned();
        for part in parts {
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
        canvas::standalone(&self.wide.content, self.wide.width, self.wide.height, caption)
    }

    /// Returns the drawing for a wide page.
    #[must_use]
    pub fn wide(&self) -> String {
        self.inline(&self.wide, "w")
    }

    /// Returns the drawing for a phone.
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
