//! The weighted score: five criteria out of ten each, each by a rule that anyone can redo.

use bakeoff_protocol::PacedOutcome;

use bakeoff_analysis::figures::{Entrant, Report, ScenarioFigures};
use bakeoff_analysis::number::{bytes, counted, duration, entry_bytes, figures, fixed, percent};

use super::tiers::{mean, tiers};
use super::wish::Wish;

/// Names of the criteria, and the rule of each.
pub const CRITERIA: [(&str, &str); 5] = [
    (
        "performance",
        "10 for the lowest mean latency by tier, 5 less for every tenfold of it (geometric mean over \
         the scenarios that all were timed in)",
    ),
    (
        "simplicity",
        "10, less 2 for every tenfold of 10 lines of code, less half a point for every doubling of \
         1 + own dependencies, less 1 for every service",
    ),
    (
        "cost",
        "10, less 3 for every new service (1 where it is run already), less 1 for every doubling of \
         the least memory an entry takes",
    ),
    ("longevity", "10 from 15 years in production on, before that 10·√(years / 15)"),
    (
        "risk",
        "10, less 3 without a limit, less 2 for every service that can fail, less 1 where answers may \
         be stale, less 1 where users of a paced replay got 1 % of old answers and less 3 where they \
         got 10 %, the same again for requests that failed or found nobody, less half a point for \
         every tenfold of 1 + own dependencies, less 2 where the figures are unproven",
    ),
];

/// One criterion of one variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 0 to 10.
    pub points: f64,
    /// What it was made of.
    pub data: String,
}

/// One variant's scores, in the order of [`CRITERIA`].
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Its name.
    pub variant: String,
    /// The five.
    pub scores: [Score; 5],
}

impl Scored {
    /// The points alone.
    #[must_use]
    pub fn points(&self) -> [f64; 5] {
        [0, 1, 2, 3, 4].map(|index| self.scores[index].points)
    }

    /// The weighted total, out of 50.
    #[must_use]
    pub fn total(&self, weights: &[f64; 5]) -> f64 {
        let sum: f64 = weights.iter().sum();
        let weighted =
            self.points().into_iter().zip(weights).map(|(points, weight)| points * weight);
        5.0 * weighted.sum::<f64>() / sum
    }
}

/// Scores of some variants of the scenarios that count, the highest total first.
#[must_use]
pub fn scored(report: &Report, wish: &Wish, among: &[&Entrant]) -> Vec<Scored> {
    let scenarios = super::scenarios(report, wish);
    let latencies: Vec<Latencies> = among
        .iter()
        .map(|entrant| scenarios.iter().map(|of| latency(report, of, entrant, wish)).collect())
        .collect();
    let compared = compared(&latencies);
    let means: Vec<Option<f64>> = latencies.iter().map(|own| together(own, &compared)).collect();
    let least = means.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let memory: Vec<Option<f64>> =
        among.iter().map(|entrant| memory(&scenarios, entrant)).collect();
    let leanest = memory.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let mut scored: Vec<Scored> = among
        .iter()
        .enumerate()
        .map(|(index, entrant)| Scored {
            variant: entrant.name.clone(),
            scores: [
                performance(means[index], least, (compared.len(), scenarios.len())),
                simplicity(entrant),
                cost(entrant, wish, memory[index], leanest),
                longevity(entrant),
                risk(entrant, &scenarios),
            ],
        })
        .collect();
    let weights = wish.weights.all();
    scored.sort_by(|a, b| b.total(&weights).total_cmp(&a.total(&weights)));
    scored
}

fn score(points: f64, data: String) -> Score {
    Score { points: points.clamp(0.0, 10.0), data }
}

/// Mean latency by tier in each scenario, in nanoseconds.
type Latencies = Vec<Option<f64>>;

fn latency(report: &Report, of: &ScenarioFigures, entrant: &Entrant, wish: &Wish) -> Option<f64> {
    let tiers = tiers(report, of, of.rows.get(entrant.place)?, &wish.tiers)?;
    Some(mean(&tiers)).filter(|mean| *mean > 0.0)
}

/// Places of the scenarios in which everybody was timed who was timed at all: a mean over the easy
/// ones alone would flatter whoever failed in the others.
fn compared(latencies: &[Latencies]) -> Vec<usize> {
    let timed: Vec<&Latencies> =
        latencies.iter().filter(|own| own.iter().any(Option::is_some)).collect();
    let scenarios = timed.first().map_or(0, |own| own.len());
    (0..scenarios).filter(|&place| timed.iter().all(|own| own[place].is_some())).collect()
}

/// Geometric mean over some scenarios; `None` where one of them was not timed, or there are none.
fn together(latencies: &Latencies, places: &[usize]) -> Option<f64> {
    let logs: Option<Vec<f64>> =
        places.iter().map(|&place| latencies[place].map(f64::ln)).collect();
    let logs = logs.filter(|logs| !logs.is_empty())?;
    Some((logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

/// Bytes an entry takes, the most over the scenarios.
fn memory(scenarios: &[&ScenarioFigures], entrant: &Entrant) -> Option<f64> {
    scenarios
        .iter()
        .filter_map(|of| Some(of.rows.get(entrant.place)?.bytes_per_entry?.median))
        .filter(|size| *size > 0.0)
        .max_by(f64::total_cmp)
}

/// `compared` of all scenarios are those that all were timed in.
fn performance(latency: Option<f64>, least: f64, (compared, all): (usize, usize)) -> Score {
    match latency {
        Some(mean) => {
            let over = if compared < all {
                format!(" over the {compared} of {all} scenarios that all were timed in")
            } else {
                String::new()
            };
            let data = format!("mean latency {}{over}", duration(mean / 1e9));
            score(10.0 - 5.0 * (mean / least).log10(), data)
        }
        None => score(
            0.0,
            String::from(if compared == 0 {
                "no scenario has the latency of all"
            } else {
                "latency was not measured"
            }),
        ),
    }
}

fn simplicity(entrant: &Entrant) -> Score {
    let services = entrant.manifest.services.len();
    let Some(facts) = &entrant.facts else {
        return score(0.0, String::from("its code was not counted"));
    };
    let lines = (facts.lines_of_code as f64 / 10.0).max(1.0).log10();
    let crates = (1.0 + facts.own_dependencies as f64).log2();
    let data = format!(
        "{}, {} of its own, {}",
        counted(facts.lines_of_code, "line"),
        counted(facts.own_dependencies, "crate"),
        counted(services as u64, "service")
    );
    score(10.0 - 2.0 * lines - 0.5 * crates - services as f64, data)
}

fn cost(entrant: &Entrant, wish: &Wish, memory: Option<f64>, leanest: f64) -> Score {
    let services = &entrant.manifest.services;
    let run = |name: &&String| wish.constraints.operated.contains(name);
    let old = services.iter().filter(run).count();
    let new = services.len() - old;
    let doublings = memory.map_or(0.0, |size| (size / leanest).log2());
    let held = memory.map_or_else(
        || String::from("memory was not measured"),
        |size| format!("{} an entry", entry_bytes(size)),
    );
    let mut data = format!("{}, {held}", counted(new as u64, "new service"));
    if old > 0 {
        data.push_str(&format!(", {} run already", counted(old as u64, "service")));
    }
    score(10.0 - 3.0 * new as f64 - old as f64 - doublings, data)
}

fn longevity(entrant: &Entrant) -> Score {
    match entrant.manifest.years_in_production {
        Some(years) => {
            let unit = if (years - 1.0).abs() < f64::EPSILON { "year" } else { "years" };
            score(10.0 * (years.max(0.0) / 15.0).sqrt(), format!("{} {unit}", short(years)))
        }
        None => score(0.0, String::from("no years in production are declared")),
    }
}

/// Years without needless zeros.
fn short(years: f64) -> String {
    if years.fract() == 0.0 { fixed(years, 0) } else { figures(years) }
}

fn risk(entrant: &Entrant, scenarios: &[&ScenarioFigures]) -> Score {
    let services = entrant.manifest.services.len();
    let unlimited = entrant.bounded() == Some(false);
    let stale = entrant.properties.as_ref().is_some_and(|declared| !declared.fresh);
    let own = entrant.facts.as_ref().map_or(0, |facts| facts.own_dependencies);
    let unproven = !scenarios.iter().all(|of| of.proven());
    let mut points = 10.0 - 2.0 * services as f64 - 0.5 * (1.0 + own as f64).log10();
    let noun = if services == 1 { "point" } else { "points" };
    let mut data = vec![format!("{services} {noun} of failure")];
    for (holds, less, words) in [
        (unlimited, 3.0, "no limit"),
        (stale, 1.0, "may answer stale"),
        (unproven, 2.0, "figures unproven"),
    ] {
        if holds {
            points -= less;
            data.push(String::from(words));
        }
    }
    let kinds: [(Share, &str); 2] = [
        (PacedOutcome::stale_share, "of the answers old"),
        (PacedOutcome::error_share, "of the requests not served"),
    ];
    for (share, words) in kinds {
        let Some((worst, scenario)) = worst(scenarios, entrant, share) else { continue };
        if worst >= 0.01 {
            points -= if worst >= 0.1 { 3.0 } else { 1.0 };
            data.push(format!("{} {words} ({scenario})", percent(worst)));
        }
    }
    data.push(format!("{} of its own", counted(own, "crate")));
    score(points, data.join(", "))
}

/// What users of a paced replay put up with.
type Share = fn(&PacedOutcome) -> f64;

/// The greatest share over the scenarios with a paced replay, and where.
fn worst<'a>(
    scenarios: &[&'a ScenarioFigures],
    entrant: &Entrant,
    share: Share,
) -> Option<(f64, &'a str)> {
    let shares = scenarios.iter().filter_map(|of| {
        let seen = of.rows.get(entrant.place)?.behaviour.as_deref()?;
        Some((share(seen), of.scenario.name.as_str()))
    });
    shares.max_by(|(a, _), (b, _)| a.total_cmp(b))
}

/// What memory a variant takes when it is full, in bytes: the most over the scenarios.
#[must_use]
pub fn filled(scenarios: &[&ScenarioFigures], entrant: &Entrant) -> Option<f64> {
    scenarios
        .iter()
        .filter_map(|of| {
            let row = of.rows.get(entrant.place)?;
            Some(row.bytes_per_entry?.median * row.held_entries? as f64)
        })
        .max_by(f64::total_cmp)
}

/// That memory in words.
#[must_use]
pub fn filled_words(size: f64) -> String {
    format!("takes {} when full", bytes(size))
}
