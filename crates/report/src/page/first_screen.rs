//! First screen: one panel per scenario with two charts, the table and the reasons.

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::results::{Results, ScenarioResults};
use minijinja::value::Value;
use serde::Serialize;

use super::figure::{Figure, figure};
use crate::charts::{Chart, Kind};
use crate::sentences::choice::choice;
use crate::sentences::conclusion::{conclusion, remarks, reversals};
use crate::sentences::confidence::{RunQuality, confidence};
use crate::tables::{self, MeasuredRow, ReferenceText};

/// Panel of one scenario.
#[derive(Serialize)]
pub struct Panel<'a> {
    /// Position of the scenario, from 1.
    number: usize,
    scenario: &'a str,
    question: &'a str,
    /// Choice of the scenario, or the reason why there is none, in a few words.
    choice: String,
    quality: &'static str,
    charts: Vec<Figure>,
    /// True if timed rounds are still to come.
    untimed: bool,
    table: MeasuredTable,
    sentence: String,
    confidence: String,
    reversals: Vec<String>,
    remarks: Vec<String>,
}

/// Table of a scenario.
#[derive(Serialize)]
pub struct MeasuredTable {
    caption: String,
    confirmed: bool,
    recommended: Option<String>,
    rate_head: String,
    has_latency: bool,
    rows: Vec<MeasuredRow>,
    references: Vec<ReferenceText>,
}

/// Returns the panels in the order of the scenarios.
pub fn panels<'a>(results: &'a Results, charts: &[Chart]) -> Vec<Panel<'a>> {
    let numbered = (1..).zip(&results.scenarios);
    numbered.map(|(number, of)| panel(results, number, of, charts)).collect()
}

fn panel<'a>(
    results: &'a Results,
    number: usize,
    of: &'a ScenarioResults,
    charts: &[Chart],
) -> Panel<'a> {
    let name = of.scenario.name.as_str();
    let shown = |kind: Kind| {
        charts.iter().find(|chart| chart.kind == kind && chart.scenario.as_deref() == Some(name))
    };
    Panel {
        number,
        scenario: name,
        question: &of.scenario.question,
        choice: choice_or_reason(of),
        quality: RunQuality::from_results(of).badge(),
        charts: first_charts(of).into_iter().filter_map(shown).map(figure).collect(),
        untimed: of.scenario.timed && of.rounds == 0,
        table: table(results, of),
        sentence: conclusion(of),
        confidence: confidence(results, of),
        reversals: reversals(of),
        remarks: remarks(of),
    }
}

/// Returns the kinds of chart on the first screen: those of the quantity that decides first.
pub fn first_charts(of: &ScenarioResults) -> [Kind; 2] {
    match of.deciding.first().map(|first| first.quantity) {
        None | Some(DecidingQuantity::MeanAccessTime) => [Kind::HitRatio, Kind::Throughput],
        Some(
            DecidingQuantity::FailedRequests
            | DecidingQuantity::RecoveryTime
            | DecidingQuantity::SlowRequests
            | DecidingQuantity::LostWrites,
        ) => [Kind::ErrorsOverTime, Kind::OriginLoad],
        Some(
            DecidingQuantity::OriginLoads
            | DecidingQuantity::PeakOriginLoads
            | DecidingQuantity::PeakLoadsOfOneKey,
        ) => [Kind::OriginLoad, Kind::ErrorsOverTime],
        Some(DecidingQuantity::StaleReads | DecidingQuantity::LongestStaleness) => {
            [Kind::Staleness, Kind::OriginLoad]
        }
    }
}

/// Returns the choice, or the reason why there is none.
fn choice_or_reason(of: &ScenarioResults) -> String {
    let quality = RunQuality::from_results(of);
    match choice(of) {
        Some(choice) if quality == RunQuality::Confirmed => choice,
        _ if quality == RunQuality::Unconfirmed && of.rounds == 0 => String::from("not timed yet"),
        _ => quality.badge().to_owned(),
    }
}

fn table(results: &Results, of: &ScenarioResults) -> MeasuredTable {
    MeasuredTable {
        caption: tables::caption(of),
        confirmed: of.confirmed,
        recommended: of.recommended().map(String::from),
        rate_head: tables::rate_head(of),
        has_latency: of.figures.iter().any(|row| of.latency(&row.variant).is_some()),
        rows: tables::measured_rows(results, of),
        references: tables::reference_rows(of),
    }
}

/// Returns one line on the run checks, the failed checks, and all checks.
pub fn run_checks(results: &Results) -> Value {
    let checks = crate::sentences::run_checks::run_checks(results);
    let text = |check: &crate::sentences::run_checks::CheckText| {
        let state = check.passed.map_or("", |passed| if passed { "good" } else { "bad" });
        minijinja::context! {
            label => check.label.clone(),
            value => check.value.clone(),
            note => check.note.clone(),
            state,
        }
    };
    let judged = checks.iter().filter(|check| check.passed.is_some()).count();
    let failed: Vec<Value> =
        checks.iter().filter(|check| check.passed == Some(false)).map(text).collect();
    minijinja::context! {
        judged,
        passed => judged - failed.len(),
        failed,
        all => checks.iter().map(text).collect::<Vec<_>>(),
    }
}
