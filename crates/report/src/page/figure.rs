//! Chart as the template `figure.html` expects it.

use minijinja::value::Value;
use serde::Serialize;

use crate::charts::{Chart, Table};

/// Texts, drawings and table of a chart.
#[derive(Serialize)]
pub struct Figure {
    name: String,
    scenario: Option<String>,
    title: String,
    subtitle: String,
    wide: Value,
    narrow: Value,
    footer: String,
    table: Table,
}

/// Converts a chart for the template.
pub fn figure(chart: &Chart) -> Figure {
    Figure {
        name: chart.name(),
        scenario: chart.scenario.clone(),
        title: chart.title.clone(),
        subtitle: chart.subtitle.clone(),
        wide: Value::from_safe_string(chart.wide()),
        narrow: Value::from_safe_string(chart.narrow()),
        footer: chart.footer.clone(),
        table: chart.table.clone(),
    }
}
