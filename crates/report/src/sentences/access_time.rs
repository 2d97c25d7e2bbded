//! Ranking by mean access time, in words.

use bakeoff_protocol::results::{
    AccessTimeLine, DistanceRanking, NetworkDistance, RankingSegment, ScenarioResults, Unseparated,
};

use crate::text::number::{self, duration, percent};
use crate::text::phrases::{grouped, listed};

/// Qualifies every statement about an unconfirmed run.
const UNCONFIRMED: &str = "this is an estimate from an unconfirmed run";

/// Returns the ranking of a segment in a sentence; independent of the exact miss cost.
pub fn ranking_sentence(of: &ScenarioResults, segment: &RankingSegment) -> String {
    let name = |index: &usize| of.access_time.line(*index).map_or("", |line| line.variant.as_str());
    let Some(lowest) = segment.lowest.as_ref().map(name) else {
        return String::from("No variant with a size limit has figures to rank.");
    };
    let others = segment.higher.len() + segment.not_separated.len() + segment.not_paired.len();
    if others == 0 {
        return format!("{lowest} is the only variant with a size limit and figures.");
    }
    let names = |indexes: &[usize]| listed(&indexes.iter().map(name).collect::<Vec<_>>());
    let parts: Vec<String> = [
        ("significantly lower than", &segment.higher),
        ("not significantly different from", &segment.not_separated),
        ("by estimate lower than", &segment.not_paired),
    ]
    .into_iter()
    .filter(|(_, indexes)| !indexes.is_empty())
    .map(|(words, indexes)| format!("{words} {}", names(indexes)))
    .collect();
    let basis = if of.confirmed { parts.join(", ") } else { UNCONFIRMED.to_owned() };
    let scope = scope(of);
    format!("{lowest} has the lowest mean access time{scope} at this miss cost: {basis}.")
}

/// Names the ranked variants if the table also contains others.
fn scope(of: &ScenarioResults) -> &'static str {
    let all_eligible = of.access_time.lines.iter().all(|line| line.eligible);
    if all_eligible { "" } else { " of the eligible variants" }
}

/// Returns the crossovers of a ranking in a sentence.
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

/// Restriction of a statement about the lowest mean access time; empty if it is significant.
fn caveat(of: &ScenarioResults, ranking: &DistanceRanking) -> String {
    if !of.confirmed {
        return format!("; {UNCONFIRMED}");
    }
    let rivals = ranking.unseparated.iter().map(|one| {
        let Unseparated { leader, rival, up_to_miss_ns } = one;
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

/// Returns a mean access time with its interval, unless the interval is narrower than the digits.
pub fn mean(line: &AccessTimeLine, miss_ns: f64, distance_ns: f64) -> String {
    let [mean, low, high] = line.at(miss_ns, distance_ns);
    let text = number::cost(mean, low, high);
    let Some((value, range)) = text.split_once(" [") else { return text };
    let figure = value.split(' ').next().unwrap_or_default();
    if range == format!("{figure}, {figure}]") { value.to_owned() } else { text }
}

/// Returns the parts of a mean access time.
pub fn parts(line: &AccessTimeLine) -> String {
    let time = duration(line.time_ns[0] / 1e9);
    let misses = percent(line.mean_misses());
    let about = if line.estimated { "about " } else { "" };
    let excluded = if line.eligible { "" } else { "; excluded from the recommendation" };
    format!("{time} per request without misses; {about}{misses} of requests miss{excluded}")
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
