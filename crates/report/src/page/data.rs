//! Precomputed texts and figures for the scripts of the page.
//!
//! The scripts compute no figures: this data has the text and the means of every slider position.

use std::collections::BTreeMap;

use bakeoff_protocol::results::{
    AccessTime, AccessTimeLine, DistanceRanking, NetworkDistance, Results, ScenarioResults,
};
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::figure::figure;
use crate::charts;
use crate::error::RenderError;
use crate::sentences::access_time::{
    crossover_sentence, distance_name, mean, parts, ranking_sentence,
};
use crate::tables;
use crate::text::number::tick_duration;

/// Positions of the miss-cost slider within one decade, as factors of its lowest value.
const STEPS: [f64; 10] = [1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 7.9];
/// Number of decades of the miss-cost slider, from 1 µs to 1 s.
const DECADES: i32 = 6;
/// Names of the axes of the chart of mean access time.
pub const AXES: [&str; 2] = ["miss cost", "mean access time per request"];

#[derive(Serialize)]
pub struct ScriptData<'a> {
    baseline: &'a str,
    /// Names of the variants, in the user's order.
    variants: Vec<&'a str>,
    /// Positions of the miss-cost slider.
    pub miss_costs: Vec<Step>,
    /// Index in `miss_costs` of the first scenario's miss cost.
    pub default_miss: usize,
    /// Positions of the distance slider.
    distances: Vec<Distance>,
    /// Powers of ten from 1 ns, as tick marks of both axes.
    ticks: Vec<Step>,
    axes: [&'static str; 2],
    scenarios: Vec<Scenario<'a>>,
}

/// Time in nanoseconds with its text.
#[derive(Clone, Serialize)]
pub struct Step {
    pub ns: f64,
    pub text: String,
}

#[derive(Clone, Serialize)]
struct Distance {
    /// Value of `distance` in the page's address.
    name: NetworkDistance,
    text: &'static str,
}

#[derive(Serialize)]
struct Scenario<'a> {
    name: &'a str,
    confirmed: bool,
    lines: Vec<Line>,
    /// One ranking for each network distance.
    distances: Vec<Ranking>,
    /// For each baseline: short difference, difference with interval, and verdict of each variant.
    against: BTreeMap<&'a str, Vec<[String; 3]>>,
    /// For each baseline: the chart of paired differences as HTML.
    differences: BTreeMap<&'a str, String>,
}

/// Mean access times of one variant; without round trips they do not depend on the distance.
#[derive(Serialize)]
struct Line {
    index: usize,
    /// Nanoseconds by distance (only one without round trips) and miss cost.
    means: Vec<Vec<f64>>,
    /// The means with their intervals as text.
    texts: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Ranking {
    /// Sentence on the crossovers.
    sentence: String,
    /// Title of the chart.
    title: String,
    /// Description of the chart for screen readers.
    label: String,
    segments: Vec<Segment>,
}

#[derive(Serialize)]
struct Segment {
    /// Highest miss cost of the segment, in nanoseconds.
    to: f64,
    ranking: Vec<usize>,
    lowest: Option<usize>,
    sentence: String,
}

/// Ranking of one scenario at the default miss cost and distance, for the static page.
#[derive(Serialize)]
pub struct StaticRanking<'a> {
    scenario: &'a str,
    ranking: String,
    crossovers: String,
    rows: Vec<StaticRow<'a>>,
}

#[derive(Serialize)]
struct StaticRow<'a> {
    index: usize,
    variant: &'a str,
    mean: String,
    parts: String,
}

impl<'a> ScriptData<'a> {
    /// Computes the data and draws the paired differences against every possible baseline.
    pub fn from_results(
        results: &'a Results,
        environment: &Environment<'_>,
    ) -> Result<Self, RenderError> {
        let miss_costs = miss_costs(results);
        // The slider starts at the miss cost of the first scenario, which is one of its steps.
        let first = results.scenarios.first().map_or(0.0, |of| of.scenario.miss_cost_ns);
        let is_default = |step: &Step| step.ns >= first;
        let scenarios =
            results.scenarios.iter().map(|of| scenario(results, of, &miss_costs, environment));
        Ok(Self {
            baseline: &results.exploration.baseline,
            variants: results.variants.iter().map(|variant| variant.name.as_str()).collect(),
            scenarios: scenarios.collect::<Result<_, _>>()?,
            default_miss: miss_costs.iter().position(is_default).unwrap_or(0),
            miss_costs,
            distances: NetworkDistance::ALL
                .map(|name| Distance { name, text: distance_name(name) })
                .to_vec(),
            ticks: (0..13).map(|power| step(10f64.powi(power))).collect(),
            axes: AXES,
        })
    }
}

fn step(ns: f64) -> Step {
    Step { ns, text: tick_duration(ns / 1e9) }
}

/// Returns the steps of the slider: a grid, and the miss cost of every scenario.
fn miss_costs(results: &Results) -> Vec<Step> {
    let lowest = AccessTime::MISS_COST_RANGE_NS[0];
    let decades = (0..DECADES).flat_map(|decade| STEPS.map(|step| step * 10f64.powi(decade)));
    let grid = decades.chain([10f64.powi(DECADES)]).map(|factor| (lowest * factor).round());
    let own = results.scenarios.iter().map(|of| of.scenario.miss_cost_ns.round());
    let mut costs: Vec<f64> = grid.chain(own).collect();
    costs.sort_by(f64::total_cmp);
    costs.dedup();
    costs.into_iter().map(step).collect()
}

fn scenario<'a>(
    results: &Results,
    of: &'a ScenarioResults,
    miss_costs: &[Step],
    environment: &Environment<'_>,
) -> Result<Scenario<'a>, RenderError> {
    let template = environment.get_template("figure.html")?;
    let mut against = BTreeMap::new();
    let mut differences = BTreeMap::new();
    for (row, _) in of.timed() {
        let baseline = row.variant.as_str();
        let texts = of.figures.iter().map(|other| {
            let [full, verdict] = tables::difference_and_verdict(of, &other.variant, baseline);
            [tables::short_difference(&full, &verdict), full, verdict]
        });
        against.insert(baseline, texts.collect());
        if let Some(chart) = charts::paired_differences(results, of, baseline).transpose()? {
            let value = Value::from(Serde(figure(&chart)));
            differences.insert(baseline, template.render(minijinja::context! { chart => value })?);
        }
    }
    Ok(Scenario {
        name: &of.scenario.name,
        confirmed: of.confirmed,
        lines: of.access_time.lines.iter().map(|line| means(line, miss_costs)).collect(),
        distances: of.access_time.by_distance.iter().map(|one| ranking(of, one)).collect(),
        against,
        differences,
    })
}

fn means(line: &AccessTimeLine, miss_costs: &[Step]) -> Line {
    let distances: Vec<f64> = if line.round_trips > 0.0 {
        NetworkDistance::ALL.map(NetworkDistance::nanoseconds).to_vec()
    } else {
        vec![0.0]
    };
    let at = |distance: f64| miss_costs.iter().map(move |step| (step.ns, distance));
    // Four digits are finer than a pixel.
    let rounded = |value: f64| format!("{value:.3e}").parse().unwrap_or(value);
    Line {
        index: line.index,
        means: distances
            .iter()
            .map(|&far| at(far).map(|(miss, far)| rounded(line.at(miss, far)[0])).collect())
            .collect(),
        texts: distances
            .iter()
            .map(|&far| at(far).map(|(miss, far)| mean(line, miss, far)).collect())
            .collect(),
    }
}

fn ranking(of: &ScenarioResults, ranking: &DistanceRanking) -> Ranking {
    let sentence = crossover_sentence(of, ranking);
    Ranking {
        title: charts::access_time_title(of, ranking),
        label: format!("{sentence} The table shows the means at the chosen miss cost."),
        sentence,
        segments: ranking
            .segments
            .iter()
            .map(|segment| Segment {
                to: segment.to_miss_ns,
                ranking: segment.ranking.clone(),
                lowest: segment.lowest,
                sentence: ranking_sentence(of, segment),
            })
            .collect(),
    }
}

/// Returns the rankings of all scenarios with at least two variants.
pub fn static_rankings(results: &Results) -> Vec<StaticRanking<'_>> {
    results
        .scenarios
        .iter()
        .filter(|of| of.access_time.lines.len() > 1)
        .filter_map(|of| {
            let measured = of.access_time.as_measured()?;
            let miss_ns = of.scenario.miss_cost_ns;
            let segment = measured.segment(miss_ns)?;
            let rows = segment.ranking.iter().filter_map(|index| of.access_time.line(*index));
            Some(StaticRanking {
                scenario: &of.scenario.name,
                ranking: ranking_sentence(of, segment),
                crossovers: crossover_sentence(of, measured),
                rows: rows
                    .map(|line| StaticRow {
                        index: line.index,
                        variant: &line.variant,
                        mean: mean(line, miss_ns, 0.0),
                        parts: parts(line),
                    })
                    .collect(),
            })
        })
        .collect()
}
