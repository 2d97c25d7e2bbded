//! Charts, the page, the summary and the decision record of an exploration.
//!
//! Reads `results/<NAME>/` and never measures: every figure comes out of the samples. [`render`]
//! writes all files, [`load`] gathers without writing, `format` and [`terminal`] say it in text.

pub mod beside;
pub mod charts;
pub mod decision;
pub mod sure;
pub mod tables;

mod behaviour;
mod clock;
mod columns;
mod doubt;
mod formats;
mod health;
mod input;
mod markdown;
mod overall;
mod page;
mod place;
mod summary;
mod terminal;
mod undecided;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub use bakeoff_analysis::figures::Report;
use bakeoff_protocol::results::Results;
use decision::{Wish, WishError};
pub use formats::{Format, UnknownFormat, format};
pub use terminal::terminal;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what its name promises.
    #[error("cannot read {}, line {line}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Cause.
        source: bakeoff_protocol::schema::RecordError,
    },
    /// A chart could not be drawn.
    #[error("chart {chart}: {reason}")]
    Chart {
        /// The chart's name.
        chart: String,
        /// Why.
        reason: String,
    },
    /// The page's template failed.
    #[error("the page's template: {0}")]
    Template(#[from] minijinja::Error),
    /// The results could not be written as JSON.
    #[error("results.json: {0}")]
    Json(serde_json::Error),
    /// A `decision.toml` cannot be used.
    #[error(transparent)]
    Wish(#[from] WishError),
    /// The table of cells could not be written.
    #[error("results.csv: {0}")]
    Csv(#[from] csv::Error),
}

impl ReportError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Gathers the report of an exploration's folder, and writes nothing.
///
/// # Errors
/// [`ReportError`] if a file cannot be read or is malformed.
pub fn load(folder: &Path) -> Result<Report, ReportError> {
    Ok(Report::of(input::load(folder)?))
}

/// What [`render`] wrote.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// What it was made of.
    pub report: Report,
    /// Every file that was written.
    pub files: Vec<PathBuf>,
    /// The page among them.
    pub page: PathBuf,
    /// The decision record among them.
    pub decision: PathBuf,
}

impl Rendered {
    /// `results.json` as a value.
    #[must_use]
    pub fn results(&self) -> &Results {
        &self.report.results
    }
}

/// The `decision.toml` that lies in an exploration's folder, if one does.
fn wish(folder: &Path, report: &Report) -> Result<Option<Wish>, ReportError> {
    let path = folder.join("decision.toml");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let scenarios: Vec<&str> =
                report.scenarios.iter().map(|of| of.scenario.name.as_str()).collect();
            Ok(Some(Wish::parse(&text, &path, &scenarios)?))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::io(&path, source)),
    }
}

/// Puts a `decision.toml` into an exploration's folder, where [`render`] finds it now and later.
///
/// # Errors
/// [`ReportError`] if it cannot be read, is not one, or the folder cannot be written to.
pub fn adopt_decision(folder: &Path, file: &Path) -> Result<(), ReportError> {
    let text = fs::read_to_string(file).map_err(|source| ReportError::io(file, source))?;
    let report = load(folder)?;
    let scenarios: Vec<&str> =
        report.scenarios.iter().map(|of| of.scenario.name.as_str()).collect();
    Wish::parse(&text, file, &scenarios)?;
    place::place(&folder.join("decision.toml"), text.as_bytes())
}

/// Writes every output of an exploration's folder anew, each whole or not at all, and removes
/// charts that this run no longer has.
///
/// # Errors
/// [`ReportError`] if the folder cannot be read, is malformed, or cannot be written to.
pub fn render(folder: &Path) -> Result<Rendered, ReportError> {
    let report = load(folder)?;
    let wish = wish(folder, &report)?;
    let charts = charts::all(&report)?;
    let mut files = vec![
        (PathBuf::from("results.json"), formats::json(&report)?),
        (PathBuf::from("results.csv"), formats::csv(&report)?),
        (PathBuf::from("summary.md"), summary::summary(&report)),
        (PathBuf::from("decision.md"), decision::decision(&report, wish.as_ref())),
    ];
    for chart in &charts {
        files.push((Path::new("charts").join(format!("{}.svg", chart.name())), chart.file()));
    }
    // Last, since it is what people wait for: when it is new, everything is.
    files.push((PathBuf::from("report.html"), page::page(&report, &charts)?));
    for (file, content) in &files {
        place::place(&folder.join(file), content.as_bytes())?;
    }
    let files: Vec<PathBuf> = files.into_iter().map(|(file, _)| folder.join(file)).collect();
    place::remove_others(&folder.join("charts"), "svg", &files)?;
    Ok(Rendered {
        page: folder.join("report.html"),
        decision: folder.join("decision.md"),
        report,
        files,
    })
}
