//! Errors of rendering.

/// Error while rendering results.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A chart could not be drawn.
    #[error("cannot draw chart {chart}: {reason}")]
    Chart {
        /// Name of the chart.
        chart: String,
        /// The cause.
        reason: String,
    },
    /// The template of the page failed.
    #[error("cannot render the page: {0}")]
    Template(#[from] minijinja::Error),
    /// The results cannot be written as JSON.
    #[error("cannot write results.json: {0}")]
    Json(#[from] serde_json::Error),
    /// The table of cells cannot be written.
    #[error("cannot write results.csv: {0}")]
    Csv(#[from] csv::Error),
}
