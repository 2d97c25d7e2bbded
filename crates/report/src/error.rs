//! Error type of the rendering functions.

/// Error while rendering results.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A chart could not be drawn.
    #[error("cannot draw chart {chart}: {reason}")]
    Chart {
        /// Kind of the chart, as in its file name.
        chart: String,
        /// Error message of the drawing library.
        reason: String,
    },
    /// The page template has an error.
    #[error("cannot render the page: {0}")]
    Template(#[from] minijinja::Error),
    /// The results cannot be written as JSON.
    #[error("cannot write results.json: {0}")]
    Json(#[from] serde_json::Error),
    /// The results cannot be written as CSV.
    #[error("cannot write results.csv: {0}")]
    Csv(#[from] csv::Error),
}
