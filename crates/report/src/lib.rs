//! Renders results as page, charts, summary, decision record, tables and terminal text.
//!
//! [`render`] returns the files and the caller writes them. The only input is `results.json`.

pub mod charts;
pub mod text;

mod decision;
mod error;
mod features;
mod formats;
mod paced_replay_table;
mod page;
mod run_comparison;
mod sentences;
mod sizing_tables;
mod summary;
mod tables;
mod terminal;

use std::path::PathBuf;

use bakeoff_protocol::results::Results;

pub use error::RenderError;
pub use formats::{Format, UnknownFormat, format};
pub use run_comparison::{Run, compare_runs};
pub use sentences::gate::finding as gate_finding;
pub use terminal::terminal;

/// One file of a report, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFile {
    /// Path relative to the exploration's directory.
    pub path: PathBuf,
    /// Bytes to write to `path`.
    pub bytes: Vec<u8>,
}

/// Path of the page, relative to the exploration's directory.
pub const PAGE: &str = "report.html";
/// Path of the decision record, relative to the exploration's directory.
pub const DECISION: &str = "decision.md";
/// Path of the appendix of the decision record, relative to the exploration's directory.
pub const DECISION_APPENDIX: &str = "decision-appendix.md";
/// Directory of the charts, relative to the exploration's directory.
pub const CHARTS: &str = "charts";

/// Renders every file of a report. The page is last, so that a new page has new files next to it.
///
/// # Errors
/// [`RenderError`] if a file cannot be rendered.
pub fn render(results: &Results) -> Result<Vec<RenderedFile>, RenderError> {
    let charts = charts::all(results)?;
    let csv = formats::csv(results)?;
    let page = page::page(results, &charts, &csv)?;
    let file = |path: &str, text: String| RenderedFile {
        path: PathBuf::from(path),
        bytes: text.into_bytes(),
    };
    let mut files = vec![
        file("results.csv", csv),
        file("summary.md", summary::summary(results)),
        file(DECISION, decision::decision(results)),
        file(DECISION_APPENDIX, decision::appendix(results)),
    ];
    for chart in &charts {
        files.push(file(&format!("{CHARTS}/{}.svg", chart.name()), chart.file()));
    }
    files.push(file(PAGE, page));
    Ok(files)
}
