//! Sections of the page that show charts, with their headings and introductions.

use bakeoff_protocol::results::Results;
use serde::Serialize;

use super::figure::{Figure, figure};
use super::first_screen::first_charts;
use crate::charts::{Chart, Kind, SECTIONS};

/// One section with its charts.
#[derive(Serialize)]
pub struct Section {
    /// Id of the section in the page's address.
    pub anchor: &'static str,
    pub heading: &'static str,
    /// Introduction below the heading.
    pub about: &'static str,
    /// True for details that are folded until the reader opens them.
    pub fold: bool,
    pub charts: Vec<Figure>,
}

/// Returns the sections that have a chart, without the charts of the first screen.
pub fn sections_with_charts(results: &Results, charts: &[Chart]) -> Vec<Section> {
    let is_first = |chart: &Chart| {
        let of = chart.scenario.as_ref().and_then(|name| results.scenario(name));
        of.is_some_and(|of| first_charts(of).contains(&chart.kind))
    };
    let further: Vec<&Chart> = charts.iter().filter(|chart| !is_first(chart)).collect();
    SECTIONS
        .into_iter()
        .map(|(kind, anchor, heading, about)| Section {
            anchor,
            heading,
            about,
            fold: matches!(kind, Kind::Tradeoff | Kind::PairedDifferences | Kind::Samples),
            charts: further
                .iter()
                .copied()
                .filter(|chart| chart.kind == kind)
                .map(figure)
                .collect(),
        })
        .filter(|section| !section.charts.is_empty())
        .collect()
}
