//! Weighted score of each variant over five criteria, with up to ten points each.

use bakeoff_protocol::PacedOutcome;
use bakeoff_protocol::results::decision::{
    DecisionConfig, Score, ScoreEvidence, ShareInScenario, VariantScore,
};
use bakeoff_protocol::results::{Results, ScenarioResults, VariantResults};

use super::tiers::{mean, tiers};

/// Smallest share of stale answers or failed requests that costs one point.
const NOTICEABLE_SHARE: f64 = 0.01;
/// Smallest share of stale answers or failed requests that costs three points.
const SEVERE_SHARE: f64 = 0.1;

/// Points that a library loses in longevity if it is no longer maintained.
const UNMAINTAINED_PENALTY: f64 = 5.0;

/// Mean read latency of a variant in each scenario, in nanoseconds.
type Latencies = Vec<Option<f64>>;

/// Scores the variants and returns them by total, the highest first.
pub fn scores(
    results: &Results,
    scenarios: &[&ScenarioResults],
    config: &DecisionConfig,
    variants: &[&VariantResults],
) -> Vec<VariantScore> {
    let latencies: Vec<Latencies> = variants
        .iter()
        .map(|variant| scenarios.iter().map(|of| latency(results, of, variant, config)).collect())
        .collect();
    let compared = comparable_scenarios(&latencies);
    let means: Vec<Option<f64>> =
        latencies.iter().map(|own| geometric_mean(own, &compared)).collect();
    let lowest = means.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let memory: Vec<Option<f64>> =
        variants.iter().map(|variant| bytes_per_entry(scenarios, variant)).collect();
    let leanest = memory.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let weights = config.weights.all();
    let mut all: Vec<VariantScore> = variants
        .iter()
        .enumerate()
        .map(|(index, variant)| {
            let scores = vec![
                performance(means[index], lowest, (compared.len(), scenarios.len())),
                simplicity(variant),
                cost(variant, config, memory[index], leanest),
                longevity(variant),
                risk(variant, scenarios),
            ];
            let total = total(&scores, &weights);
            VariantScore { variant: variant.name.clone(), total, scores }
        })
        .collect();
    all.sort_by(|a, b| b.total.total_cmp(&a.total));
    all
}

/// Returns the weighted total of the known criteria, out of 50; 0 if none is known.
pub fn total(scores: &[Score], weights: &[f64; 5]) -> f64 {
    let known = || {
        let pairs = scores.iter().zip(weights);
        pairs.filter_map(|(score, weight)| Some((score.points?, weight)))
    };
    let sum: f64 = known().map(|(_, weight)| weight).sum();
    let weighted: f64 = known().map(|(points, weight)| points * weight).sum();
    if sum > 0.0 { 5.0 * weighted / sum } else { 0.0 }
}

fn score(points: impl Into<Option<f64>>, evidence: ScoreEvidence) -> Score {
    Score { points: points.into().map(|points| points.clamp(0.0, 10.0)), evidence }
}

fn latency(
    results: &Results,
    of: &ScenarioResults,
    variant: &VariantResults,
    config: &DecisionConfig,
) -> Option<f64> {
    let tiers = tiers(results, of, of.figures.get(variant.index)?, &config.tiers)?;
    Some(mean(&tiers)).filter(|mean| *mean > 0.0)
}

/// Indexes of the scenarios in which every variant has a latency; variants without any are ignored.
/// A mean over different scenarios would favor a variant that failed in the slow ones.
fn comparable_scenarios(latencies: &[Latencies]) -> Vec<usize> {
    let timed: Vec<&Latencies> =
        latencies.iter().filter(|own| own.iter().any(Option::is_some)).collect();
    let scenarios = timed.first().map_or(0, |own| own.len());
    (0..scenarios).filter(|&index| timed.iter().all(|own| own[index].is_some())).collect()
}

/// Returns the geometric mean over `scenarios`; `None` if a latency is missing or there are no
/// scenarios.
fn geometric_mean(latencies: &Latencies, scenarios: &[usize]) -> Option<f64> {
    let logs: Option<Vec<f64>> =
        scenarios.iter().map(|&index| latencies[index].map(f64::ln)).collect();
    let logs = logs.filter(|logs| !logs.is_empty())?;
    Some((logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

/// Returns the highest number of bytes per entry over the scenarios.
fn bytes_per_entry(scenarios: &[&ScenarioResults], variant: &VariantResults) -> Option<f64> {
    scenarios
        .iter()
        .filter_map(|of| Some(of.figures.get(variant.index)?.bytes_per_entry?.median))
        .filter(|size| *size > 0.0)
        .max_by(f64::total_cmp)
}

fn performance(
    mean_latency_ns: Option<f64>,
    lowest: f64,
    (compared_scenarios, scenarios): (usize, usize),
) -> Score {
    let points = mean_latency_ns.map(|mean| 10.0 - 5.0 * (mean / lowest).log10());
    score(points, ScoreEvidence::Performance { mean_latency_ns, compared_scenarios, scenarios })
}

fn simplicity(variant: &VariantResults) -> Score {
    let services = variant.manifest.services.len();
    let Some(facts) = &variant.facts else {
        return score(None, ScoreEvidence::Simplicity { code: None, services });
    };
    let lines = (facts.lines_of_code as f64 / 10.0).max(1.0).log10();
    let crates = (1.0 + facts.own_dependencies as f64).log2();
    let code = Some([facts.lines_of_code, facts.own_dependencies]);
    score(
        10.0 - 2.0 * lines - 0.5 * crates - services as f64,
        ScoreEvidence::Simplicity { code, services },
    )
}

fn cost(
    variant: &VariantResults,
    config: &DecisionConfig,
    bytes_per_entry: Option<f64>,
    leanest: f64,
) -> Score {
    let services = &variant.manifest.services;
    let operated = |name: &&String| config.constraints.operated.contains(name);
    let operated_services = services.iter().filter(operated).count();
    let new_services = services.len() - operated_services;
    // Without the memory of any variant, only the services count.
    let doublings = match bytes_per_entry {
        None if leanest.is_finite() => None,
        size => Some(size.map_or(0.0, |size| (size / leanest).log2())),
    };
    let of_services = 3.0 * new_services as f64 + operated_services as f64;
    score(
        doublings.map(|doublings| 10.0 - of_services - doublings),
        ScoreEvidence::Cost { new_services, operated_services, bytes_per_entry },
    )
}

fn longevity(variant: &VariantResults) -> Score {
    let years = variant.manifest.years_in_production;
    let unmaintained = variant.manifest.maintained == Some(false);
    let deduction = if unmaintained { UNMAINTAINED_PENALTY } else { 0.0 };
    let points = years.map(|years| 10.0 * (years.max(0.0) / 15.0).sqrt() - deduction);
    let last_release = variant.manifest.last_release;
    score(points, ScoreEvidence::Longevity { years, last_release, unmaintained })
}

fn risk(variant: &VariantResults, scenarios: &[&ScenarioResults]) -> Score {
    let services = variant.manifest.services.len();
    let unbounded = variant.declares_limit() == Some(false);
    let may_be_stale = variant.properties.as_ref().is_some_and(|declared| !declared.fresh);
    let own_dependencies = variant.facts.as_ref().map_or(0, |facts| facts.own_dependencies);
    let unconfirmed = !scenarios.iter().all(|of| of.confirmed);
    let stale = highest_share(scenarios, variant, PacedOutcome::stale_share);
    let errors = highest_share(scenarios, variant, PacedOutcome::error_share);
    let mut points = 10.0 - 2.0 * services as f64 - 0.5 * (1.0 + own_dependencies as f64).log10();
    for (applies, deduction) in [(unbounded, 3.0), (may_be_stale, 1.0), (unconfirmed, 2.0)] {
        if applies {
            points -= deduction;
        }
    }
    for share in stale.iter().chain(&errors) {
        points -= if share.share >= SEVERE_SHARE { 3.0 } else { 1.0 };
    }
    score(
        points,
        ScoreEvidence::Risk {
            services,
            unbounded,
            may_be_stale,
            unconfirmed,
            stale,
            errors,
            own_dependencies,
        },
    )
}

/// Returns the highest share over the scenarios with paced replays; `None` if it costs no point.
fn highest_share(
    scenarios: &[&ScenarioResults],
    variant: &VariantResults,
    share: fn(&PacedOutcome) -> f64,
) -> Option<ShareInScenario> {
    scenarios
        .iter()
        .filter_map(|of| {
            let share = share(of.paced(&variant.name)?);
            Some(ShareInScenario { share, scenario: of.scenario.name.clone() })
        })
        .max_by(|a, b| a.share.total_cmp(&b.share))
        .filter(|highest| highest.share >= NOTICEABLE_SHARE)
}
