//! Evidence for the headline: mean access times, range of validity, certainty.

use bakeoff_protocol::results::{AccessTimeLine, Results, ScenarioResults};

use crate::sentences::choice::choice;
use crate::sentences::conclusion::conclusion;
use crate::sentences::confidence;
use crate::sentences::unconfirmed;
use crate::text::number::{cost_range, counted, tick_duration};
use crate::text::phrases::listed;

/// Returns at most three sentences.
pub fn sentences(results: &Results) -> Vec<String> {
    if let Some(notice) = not_decided(results) {
        return vec![notice];
    }
    let (decided, choices): (Vec<&ScenarioResults>, Vec<String>) =
        results.scenarios.iter().filter_map(|of| Some((of, choice(of)?))).unzip();
    let Some(choice) = single(choices.iter().map(String::as_str)) else {
        return vec![one_line_per_scenario(results)];
    };
    let mut sentences = Vec::new();
    match lowest_mean(&decided, choice, results.scenarios.len()) {
        Some(sentence) => {
            sentences.push(sentence);
            sentences.extend(validity(&decided, choice));
        }
        None => sentences.extend(decided.first().map(|of| conclusion(of))),
    }
    sentences.push(certainty(&decided));
    sentences
}

/// Explains why no scenario is decided; `None` if one is.
fn not_decided(results: &Results) -> Option<String> {
    if results.scenarios.iter().any(|of| choice(of).is_some()) {
        return None;
    }
    if results.scenarios.iter().all(|of| of.scenario.timed && of.rounds == 0) {
        return Some(String::from(
            "No round of timed trials is complete. Exact hit ratios are final; throughput and \
             verdicts follow.",
        ));
    }
    if let [only] = results.scenarios.as_slice() {
        return Some(conclusion(only));
    }
    Some(unconfirmed::notice(results).unwrap_or_else(|| one_line_per_scenario(results)))
}

fn one_line_per_scenario(results: &Results) -> String {
    let is_open = |of: &&ScenarioResults| choice(of).is_none();
    let open: Vec<&str> =
        results.scenarios.iter().filter(is_open).map(|of| of.scenario.name.as_str()).collect();
    if open.is_empty() {
        return String::from(
            "The best choice depends on the scenario; choose the scenario that is most like your \
             requests.",
        );
    }
    format!("There is no recommendation for {}.", listed(&open))
}

/// Returns the value if all are equal.
fn single<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

/// Mean access times of a variant in one scenario, of its closest rival, and without a cache.
struct Means<'a> {
    own_ns: f64,
    rival: &'a AccessTimeLine,
    rival_ns: f64,
    no_cache_ns: f64,
}

/// Returns the means at the scenario's miss cost; `None` if the variant's is not the lowest.
fn means<'a>(of: &'a ScenarioResults, variant: &str) -> Option<Means<'a>> {
    let miss_ns = of.scenario.miss_cost_ns;
    let at = |line: &AccessTimeLine| line.at(miss_ns, 0.0)[0];
    of.recommendation().filter(|recommendation| !recommendation.decided_by.is_paced())?;
    let own_ns = of.access_time.lines.iter().find(|line| line.variant == variant).map(at)?;
    let rivals =
        of.access_time.lines.iter().filter(|line| line.eligible && line.variant != variant);
    let rival = rivals.min_by(|a, b| at(a).total_cmp(&at(b)))?;
    let rival_ns = at(rival);
    let no_cache_ns = of.scenario.reads_per_request() * miss_ns;
    (own_ns <= rival_ns).then_some(Means { own_ns, rival, rival_ns, no_cache_ns })
}

fn lowest_mean(scenarios: &[&ScenarioResults], variant: &str, total: usize) -> Option<String> {
    let means: Vec<Means<'_>> =
        scenarios.iter().map(|of| means(of, variant)).collect::<Option<_>>()?;
    let rival = single(means.iter().map(|means| means.rival.variant.as_str()));
    let range = |value: fn(&Means<'_>) -> f64| {
        let low = means.iter().map(value).fold(f64::INFINITY, f64::min);
        let high = means.iter().map(value).fold(0.0, f64::max);
        cost_range(low, high)
    };
    let place = match (scenarios.len(), total) {
        (1, 1) => String::new(),
        (2, 2) => String::from(" in both scenarios"),
        (some, total) if some == total => format!(" in all {total} scenarios"),
        _ => {
            let names: Vec<&str> = scenarios.iter().map(|of| of.scenario.name.as_str()).collect();
            format!(" in {}", listed(&names))
        }
    };
    let all_eligible =
        scenarios.iter().all(|of| of.access_time.lines.iter().all(|line| line.eligible));
    let scope = if all_eligible { "" } else { " of all bounded caches" };
    let costs = || scenarios.iter().map(|of| of.scenario.miss_cost_ns / 1e9);
    let lowest = costs().fold(f64::INFINITY, f64::min);
    let highest = costs().fold(0.0, f64::max);
    let miss_cost = if lowest == highest {
        tick_duration(lowest)
    } else {
        format!("{} to {}", tick_duration(lowest), tick_duration(highest))
    };
    Some(format!(
        "It has the lowest mean access time{scope}{place}: {} per request if a miss costs {miss_cost}, \
         against {} with {} and {} without a cache.",
        range(|means| means.own_ns),
        range(|means| means.rival_ns),
        rival.unwrap_or("the next best variant"),
        range(|means| means.no_cache_ns),
    ))
}

/// Returns the range of miss costs within which the variant has the lowest mean access time.
fn validity(scenarios: &[&ScenarioResults], variant: &str) -> Option<String> {
    let mut below: Vec<(&str, f64)> = Vec::new();
    let mut above: Vec<(&str, f64)> = Vec::new();
    for of in scenarios {
        for crossover in &of.access_time.as_measured()?.crossovers {
            if crossover.better_above == variant {
                below.push((&crossover.better_below, crossover.miss_cost_ns));
            }
            if crossover.better_below == variant {
                above.push((&crossover.better_above, crossover.miss_cost_ns));
            }
        }
    }
    if below.is_empty() && above.is_empty() {
        return Some(String::from("That holds for any miss cost from 1 µs to 1 s."));
    }
    let side = |word: &str, found: &[(&str, f64)]| {
        let name = single(found.iter().map(|(name, _)| *name)).unwrap_or("another variant");
        let low = found.iter().map(|(_, ns)| *ns).fold(f64::INFINITY, f64::min);
        let high = found.iter().map(|(_, ns)| *ns).fold(0.0, f64::max);
        let several = if found.len() > 1 { ", depending on the scenario" } else { "" };
        let at = format!("{}{several}", cost_range(low, high));
        (!found.is_empty()).then(|| (word.to_owned(), at, name.to_owned()))
    };
    let sides = [side("below", &below), side("above", &above)];
    let parts: Vec<String> = sides
        .into_iter()
        .flatten()
        .map(|(word, at, name)| format!("{word} a miss cost of {at}, {name} is better"))
        .collect();
    let mut text = parts.join("; ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(format!("{text}."))
}

fn certainty(scenarios: &[&ScenarioResults]) -> String {
    if let Some(of) = scenarios.iter().find(|of| !of.scenario.timed) {
        return confidence::replays(of);
    }
    let rounds = |of: &&ScenarioResults| u64::from(of.rounds);
    let fewest = scenarios.iter().map(rounds).min().unwrap_or(0);
    let most = scenarios.iter().map(rounds).max().unwrap_or(0);
    let rounds = if fewest == most {
        counted(most, "paired round")
    } else {
        format!("{fewest} to {}", counted(most, "paired round"))
    };
    format!("Confirmed by {rounds} in random order, with 95 % joint confidence.")
}
