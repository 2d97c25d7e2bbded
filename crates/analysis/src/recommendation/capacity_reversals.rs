//! Finds measured capacities at which another variant has the lower mean access time.

use bakeoff_protocol::results::{AccessTimeLine, CapacityPoint, Reversal, ScenarioResults};

/// Smallest difference of hit ratios that is reported: 0.1 points.
const SMALLEST_GAIN: f64 = 0.001;

/// Better variant at one measured capacity.
struct BetterAt<'a> {
    entries: u64,
    /// Variant and its gain in hit ratio; `None` if the leader is best.
    better: Option<(&'a str, f64)>,
}

/// Returns the ranges of measured capacities in which another eligible variant is better.
///
/// Service times are those at the timed capacity, because only hit ratios are measured at others.
pub fn capacity_reversals(results: &ScenarioResults, leader: &str) -> Vec<Reversal> {
    let Some(own) = results.access_time.lines.iter().find(|line| line.variant == leader) else {
        return Vec::new();
    };
    let timed = results.timed_entries().unwrap_or(0);
    let points: Vec<BetterAt> =
        curve(results, leader).iter().filter_map(|point| better_at(results, own, point)).collect();
    let mut ranges: Vec<Vec<&BetterAt>> = Vec::new();
    for point in &points {
        let name = |one: &BetterAt<'_>| one.better.map(|(name, _)| name.to_owned());
        match ranges.last_mut() {
            Some(range) if range.last().is_some_and(|last| name(last) == name(point)) => {
                range.push(point);
            }
            _ => ranges.push(vec![point]),
        }
    }
    let largest = points.last().map_or(0, |point| point.entries);
    ranges
        .iter()
        .filter_map(|range| {
            let (first, last) = (range.first()?, range.last()?);
            let nearest = if last.entries < timed { last } else { first };
            let (variant, hit_ratio_gain) = nearest.better?;
            Some(Reversal::Capacity {
                variant: variant.to_owned(),
                from_entries: first.entries,
                to_entries: last.entries,
                open_ended: last.entries == largest,
                hit_ratio_gain,
            })
        })
        .collect()
}

/// Returns the better variant at the capacity of a point of the leader; `None` without a limit.
fn better_at<'a>(
    results: &'a ScenarioResults,
    own: &AccessTimeLine,
    point: &CapacityPoint,
) -> Option<BetterAt<'a>> {
    let entries = point.capacity_entries?;
    let scenario = &results.scenario;
    let reads = scenario.reads_per_request();
    let mean = |line: &AccessTimeLine, hit_ratio: f64| {
        line.time_ns[0] + (1.0 - hit_ratio) * reads * scenario.miss_cost_ns
    };
    let tolerance = scenario.access_time_rule().map_or(scenario.delta, |rule| rule.tolerance);
    let to_beat = mean(own, point.hit_ratio) * (1.0 - tolerance);
    let others = results.access_time.lines.iter().filter(|line| line.eligible);
    let better = others
        .filter_map(|line| {
            let same = |other: &&CapacityPoint| other.capacity == point.capacity;
            let theirs = curve(results, &line.variant).iter().find(same)?;
            let gain = theirs.hit_ratio - point.hit_ratio;
            let lower = gain >= SMALLEST_GAIN && mean(line, theirs.hit_ratio) < to_beat;
            lower.then_some((line.variant.as_str(), gain))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1));
    Some(BetterAt { entries, better })
}

fn curve<'a>(results: &'a ScenarioResults, variant: &str) -> &'a [CapacityPoint] {
    results.row(variant).map_or(&[], |row| &row.curve)
}
