//! What the page's scripts work with: precomputed, embedded, compressed.

use std::collections::BTreeMap;

use minijinja::Environment;
use serde::Serialize;

use super::sections::figure;
use crate::ReportError;
use crate::charts;
use crate::tables;
use bakeoff_analysis::crossovers::{self as cost, Costs, Line};
use bakeoff_analysis::figures::{Report, ScenarioFigures};

/// All of it.
#[derive(Serialize)]
pub struct Data<'a> {
    baseline: &'a str,
    /// Names, by place.
    variants: Vec<&'a str>,
    /// The cost of a miss that the page begins with, in nanoseconds.
    miss_ns: f64,
    scenarios: Vec<Scenario<'a>>,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    /// Whether the run can be believed.
    proven: bool,
    lines: Vec<Priced>,
    pairs: Vec<Told>,
    /// By baseline: the words of each row, by place.
    against: BTreeMap<&'a str, Vec<[String; 2]>>,
    /// By baseline: the figure of paired differences.
    forest: BTreeMap<&'a str, String>,
}

/// See [`Line`].
#[derive(Serialize)]
struct Priced {
    place: usize,
    time: [f64; 3],
    misses: [f64; 2],
    trips: f64,
    eligible: bool,
    parts: String,
}

/// See [`bakeoff_protocol::results::MeanTime`].
#[derive(Serialize)]
struct Told {
    variant: usize,
    baseline: usize,
    time: f64,
    low: f64,
    high: f64,
    fewer: [f64; 2],
}

impl<'a> Data<'a> {
    /// Gathers it, drawing the paired differences against every possible baseline.
    pub fn of(report: &'a Report, environment: &Environment<'_>) -> Result<Self, ReportError> {
        let scenarios = report.scenarios.iter().map(|of| scenario(report, of, environment));
        Ok(Self {
            baseline: &report.exploration.baseline,
            variants: report.entrants.iter().map(|entrant| entrant.name.as_str()).collect(),
            miss_ns: cost::MISS_NS,
            scenarios: scenarios.collect::<Result<_, _>>()?,
        })
    }
}

fn scenario<'a>(
    report: &'a Report,
    of: &'a ScenarioFigures,
    environment: &Environment<'_>,
) -> Result<Scenario<'a>, ReportError> {
    let costs = Costs::of(report, of);
    let template = environment.get_template("figure.html")?;
    let mut against = BTreeMap::new();
    let mut forest = BTreeMap::new();
    for (row, _) in of.timed() {
        let baseline = row.variant.as_str();
        let words = of.rows.iter().map(|other| tables::against(of, &other.variant, baseline));
        against.insert(baseline, words.collect());
        if let Some(chart) = charts::forest(of, baseline).transpose()? {
            let value = minijinja::value::Value::from(minijinja::value::Serde(figure(&chart)));
            forest.insert(baseline, template.render(minijinja::context! { chart => value })?);
        }
    }
    Ok(Scenario {
        name: &of.scenario.name,
        proven: costs.proven,
        pairs: costs
            .pairs
            .iter()
            .map(|&(variant, baseline, told)| Told {
                variant,
                baseline,
                time: told.time_ns,
                low: told.low_ns,
                high: told.high_ns,
                fewer: told.fewer_misses,
            })
            .collect(),
        lines: costs.lines.iter().map(priced).collect(),
        against,
        forest,
    })
}

fn priced(line: &Line) -> Priced {
    Priced {
        place: line.place,
        time: line.time_ns,
        misses: line.misses,
        trips: line.trips,
        eligible: line.eligible,
        parts: cost::parts(line),
    }
}
