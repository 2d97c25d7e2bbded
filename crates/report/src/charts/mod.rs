//! The charts: one file each, one look, each with the table that says the same.

mod axis;
mod canvas;
mod capacity;
mod cost;
mod dots;
mod forest;
mod held;
mod hit_ratio;
mod labels;
mod latency;
mod lines;
pub mod look;
mod memory;
mod staleness;
mod straight;
mod threads;
mod throughput;
mod tiers;
mod timeline;
mod tradeoff;
mod trouble;

use crate::ReportError;
use bakeoff_analysis::figures::{Report, ScenarioFigures};
use canvas::{Canvas, Said};

/// The table twin of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Heads of the columns; the first names the row.
    pub head: Vec<String>,
    /// One row a mark.
    pub rows: Vec<Vec<String>>,
}

/// One drawing of a chart.
#[derive(Clone, Debug)]
struct Drawing {
    width: f64,
    height: f64,
    drawn: String,
}

impl Drawing {
    /// Draws on a surface of that size.
    fn make(width: f64, height: f64, draw: impl FnOnce(&mut Canvas<'_>)) -> Result<Self, String> {
        let mut drawn = String::new();
        let mut canvas = Canvas::new(&mut drawn, width, height);
        draw(&mut canvas);
        canvas.finish()?;
        Ok(Self { width, height, drawn })
    }
}

/// What is drawn, before it is drawn.
struct Plan<'a> {
    kind: Kind,
    scenario: Option<&'a ScenarioFigures>,
    /// What tells it from others of its kind and scenario, in a few words.
    detail: Option<String>,
    title: String,
    subtitle: String,
    table: Table,
}

/// One chart, drawn for wide and for narrow screens.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Which chart it is.
    pub kind: Kind,
    /// The scenario that it is of; `None` where it shows all.
    pub scenario: Option<String>,
    /// What tells it from others of its kind and scenario, in a few words.
    pub detail: Option<String>,
    /// What it shows.
    pub title: String,
    /// What is drawn.
    pub subtitle: String,
    /// The same as a table.
    pub table: Table,
    wide: Drawing,
    narrow: Drawing,
}

/// Width of a chart that stands beside another, or in a file.
const WIDE: f64 = 560.0;
/// Width of a chart on a phone.
const NARROW: f64 = 340.0;

/// The kinds of charts, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hit ratio against throughput.
    Tradeoff,
    /// Mean time against the cost of a miss.
    Cost,
    /// Hit ratio against capacity.
    Capacity,
    /// Latency by percentile, one a load.
    Latency,
    /// Throughput by the number of workers.
    Threads,
    /// Who answers.
    Tiers,
    /// What users saw over time.
    Trouble,
    /// Loads from the origin over time.
    Timeline,
    /// How old stale answers were.
    Staleness,
    /// Paired differences.
    Forest,
    /// Throughput by variant.
    Throughput,
    /// Hit ratio by variant and scenario.
    HitRatio,
    /// Memory by variant.
    Memory,
    /// Bytes held against entries held.
    Held,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Tradeoff,
        Self::Cost,
        Self::Capacity,
        Self::Latency,
        Self::Threads,
        Self::Tiers,
        Self::Trouble,
        Self::Timeline,
        Self::Staleness,
        Self::Forest,
        Self::Throughput,
        Self::HitRatio,
        Self::Memory,
        Self::Held,
    ];

    /// Its name in file names and anchors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tradeoff => "hit-ratio-against-throughput",
            Self::Cost => "mean-time-against-miss-cost",
            Self::Capacity => "hit-ratio-against-capacity",
            Self::Latency => "latency",
            Self::Threads => "thread-scaling",
            Self::Tiers => "tier-hits",
            Self::Trouble => "users-in-trouble",
            Self::Timeline => "origin-load-over-time",
            Self::Staleness => "age-of-stale-answers",
            Self::Forest => "paired-differences",
            Self::Throughput => "throughput",
            Self::HitRatio => "hit-ratio",
            Self::Memory => "memory",
            Self::Held => "memory-against-entries",
        }
    }
}

impl Chart {
    fn make(
        plan: Plan<'_>,
        draw: impl Fn(f64) -> Result<Drawing, String>,
    ) -> Result<Self, ReportError> {
        let failed = |reason| ReportError::Chart { chart: plan.kind.name().to_owned(), reason };
        Ok(Self {
            wide: draw(WIDE).map_err(failed)?,
            narrow: draw(NARROW).map_err(failed)?,
            kind: plan.kind,
            scenario: plan.scenario.map(|figures| figures.scenario.name.clone()),
            detail: plan.detail,
            title: plan.title,
            subtitle: plan.subtitle,
            table: plan.table,
        })
    }

    /// Its name: unique on the page, and that of its file in `charts/`.
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

    /// A file of its own.
    #[must_use]
    pub fn file(&self) -> String {
        let said = Said { id: "chart", title: &self.title, description: &self.subtitle };
        canvas::standalone(&self.wide.drawn, self.wide.width, self.wide.height, said)
    }

    /// The drawing for a wide page.
    #[must_use]
    pub fn wide(&self) -> String {
        self.inline(&self.wide, "w")
    }

    /// The drawing for a phone.
    #[must_use]
    pub fn narrow(&self) -> String {
        self.inline(&self.narrow, "n")
    }

    fn inline(&self, drawing: &Drawing, suffix: &str) -> String {
        let id = format!("{}-{suffix}", self.name());
        let said = Said { id: &id, title: &self.title, description: &self.subtitle };
        canvas::inline(&drawing.drawn, drawing.width, drawing.height, said)
    }
}

/// All charts that the figures allow, in the order of the page; those without data are absent.
///
/// # Errors
/// [`ReportError::Chart`] if one cannot be drawn.
pub fn all(report: &Report) -> Result<Vec<Chart>, ReportError> {
    let mut charts = Vec::new();
    for kind in Kind::ALL {
        if kind == Kind::HitRatio {
            charts.extend(hit_ratio::chart(report).transpose()?);
            continue;
        }
        for figures in &report.scenarios {
            if kind == Kind::Latency {
                charts.extend(latency::charts(figures).into_iter().collect::<Result<Vec<_>, _>>()?);
                continue;
            }
            let chart = match kind {
                Kind::Tradeoff => tradeoff::chart(figures),
                Kind::Cost => cost::chart(report, figures),
                Kind::Capacity => capacity::chart(figures),
                Kind::Forest => forest::chart(figures, &report.exploration.baseline),
                Kind::Throughput => throughput::chart(figures),
                Kind::Threads => threads::chart(figures),
                Kind::Tiers => tiers::chart(figures),
                Kind::Trouble => trouble::chart(figures),
                Kind::Timeline => timeline::chart(figures),
                Kind::Staleness => staleness::chart(figures),
                Kind::Held => held::chart(figures),
                Kind::Memory | Kind::HitRatio | Kind::Latency => memory::chart(figures),
            };
            charts.extend(chart.transpose()?);
        }
    }
    Ok(charts)
}

/// The paired differences of a scenario against any of its variants; `None` where nothing was
/// compared with it.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
#[must_use]
pub fn forest(figures: &ScenarioFigures, baseline: &str) -> Option<Result<Chart, ReportError>> {
    forest::chart(figures, baseline)
}

/// The mark of a variant alone, for tables and legends.
#[must_use]
pub fn mark(place: usize) -> String {
    let mut drawn = String::new();
    let mut canvas = Canvas::new(&mut drawn, 16.0, 16.0);
    canvas.mark((8.0, 8.0), place);
    if canvas.finish().is_err() {
        return String::new();
    }
    canvas::ornament(&drawn, 16.0)
}
