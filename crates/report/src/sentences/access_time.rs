//! Sentences about the ranking of variants by mean access time.

use bakeoff_protocol::results::{
    AccessTimeLine, DistanceRanking, NetworkDistance, RankingSegment, ScenarioResults,
    UnseparatedRival,
};

use crate::text::number::{self, duration, percent};
use crate::text::phrases::{grouped, listed};

const UNCONFIRMED: &str = "this is an estimate from an unconfirmed run";

/// Returns a sentence that ranks the variants within one range of miss costs.
pub fn ranking_sentence(of: &ScenarioResults, segment: &RankingSegment) -> String {
    let name = |index: &usize| of.access_time.line(*index).map_or("", |line| line.variant.as_str());
    let Some(lowest) = segment.lowest.as_ref().map(name) else {
        return String::from("No eligible variant has both a hit ratio and a throughput.");
    };
    let others = segment.higher.len() + segment.not_separated.len() + segment.not_paired.len();
    if others == 0 {
        return format!("{lowest} is the only eligible variant with a hit ratio and a throughput.");
    }
    let names = |indexes: &[usize]| listed(&indexes.iter().map(name).collect::<Vec<_>>());
    let parts: Vec<String> = [
        ("significantly lower than ", &segment.higher, ""),
        ("not significantly different from ", &segment.not_separated, ""),
        ("lower than ", &segment.not_paired, " by estimate only (no common rounds)"),
    ]
    .into_iter()
    .filter(|(_, indexes, _)| !indexes.is_empty())
    .map(|(before, indexes, after)| format!("{before}{}{after}", names(indexes)))
    .collect();
    let basis = if of.confirmed { parts.join(", ") } else { UNCONFIRMED.to_owned() };
    let scope = scope(of);
    format!("{lowest} has the lowest mean access time{scope} at this miss cost: {basis}.")
}

/// Returns a phrase that limits a ranking to the eligible variants; empty if all ranked variants
/// are eligible.
fn scope(of: &ScenarioResults) -> &'static str {
    let all_eligible = of.access_time.lines.iter().all(|line| line.eligible);
    if all_eligible { "" } else { " of the eligible variants" }
}

/// Returns a sentence with the miss costs at which another variant takes the lead.
pub fn crossover_sentence(of: &ScenarioResults, ranking: &DistanceRanking) -> String {
    let Some(first) = &ranking.lowest_first else { return String::new() };
    let (scope, caveat) = (scope(of), caveat(of, ranking));
    if ranking.crossovers.is_empty() {
        return format!(
            "{first} has the lowest mean access time{scope} for any miss cost from 1 µs to 1 s{caveat}."
        );
    }
    let mut text = format!("{first} has the lowest mean access time{scope}");
    let mut above = "";
    for crossover in &ranking.crossovers {
        let at = match crossover.interval_ns.filter(|_| of.confirmed) {
            Some([low, high]) => number::cost(crossover.miss_cost_ns, low, high),
            None => format!("about {} (not significant)", duration(crossover.miss_cost_ns / 1e9)),
        };
        if above.is_empty() {
            text.push_str(&format!(" up to a miss cost of {at}"));
        } else {
            text.push_str(&format!(", then {above} up to {at}"));
        }
        above = &crossover.better_above;
    }
    text.push_str(&format!(", then {above}{caveat}."));
    text
}

/// Returns a clause that names differences without significance; empty if all are significant.
fn caveat(of: &ScenarioResults, ranking: &DistanceRanking) -> String {
    if !of.confirmed {
        return format!("; {UNCONFIRMED}");
    }
    let rivals = ranking.unseparated.iter().map(|one| {
        let UnseparatedRival { leader, rival, up_to_miss_ns } = one;
        let range = up_to_miss_ns.map_or_else(String::new, |miss_ns| {
            format!(" below a miss cost of {}", duration(miss_ns / 1e9))
        });
        (leader.as_str(), format!("{rival}{range}"))
    });
    let parts: Vec<String> = grouped(rivals)
        .into_iter()
        .map(|(leader, rivals)| {
            format!("the difference between {leader} and {} is not significant", listed(&rivals))
        })
        .collect();
    if parts.is_empty() { String::new() } else { format!("; {}", parts.join("; ")) }
}

/// Returns a mean access time with its interval; omits an interval that rounds to the mean.
pub fn mean(line: &AccessTimeLine, miss_ns: f64, distance_ns: f64) -> String {
    let [mean, low, high] = line.at(miss_ns, distance_ns);
    let text = number::cost(mean, low, high);
    let Some((value, range)) = text.split_once(" [") else { return text };
    let figure = value.split(' ').next().unwrap_or_default();
    if range == format!("{figure}, {figure}]") { value.to_owned() } else { text }
}

/// Returns the parts of a mean access time: service time and share of requests that miss.
pub fn parts(line: &AccessTimeLine) -> String {
    let time = duration(line.time_ns[0] / 1e9);
    let misses = percent(line.mean_misses());
    let excluded = if line.eligible { "" } else { "; excluded from the recommendation" };
    format!("{time} per request without misses; {misses} of requests miss{excluded}")
}

/// Returns the name of a network distance on the page.
pub const fn distance_name(distance: NetworkDistance) -> &'static str {
    match distance {
        NetworkDistance::AsMeasured => "as measured",
        NetworkDistance::SameMachine => "same machine, TCP 0.05 ms",
        NetworkDistance::SameZone => "same zone 0.5 ms",
        NetworkDistance::OtherZone => "other zone 1.5 ms",
        NetworkDistance::OtherRegion => "other region 50 ms",
    }
}
