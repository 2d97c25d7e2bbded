//! Ranks variants by mean access time as a function of miss cost and network distance.
//!
//! t(m, d) = t₀ + trips · d + misses · m, with service time t₀, round trips to a shared cache per
//! request, and misses per request. A difference is significant if the interval of the pair
//! excludes zero, at a level at which the intervals of all pairs hold jointly. Variants without a
//! common round are ranked by their estimates only.

mod lines;
mod segments;

use bakeoff_protocol::results::{
    AccessTime, AccessTimeLine, DistanceRanking, NetworkDistance, RankingCrossover,
    ScenarioResults, UnseparatedRival, VariantFigures,
};
use lines::{Lines, LinesAtDistance};

/// Returns the mean access times of a scenario, and their rankings by network distance.
pub fn access_time(results: &ScenarioResults) -> AccessTime {
    let index = |name: &str| results.row(name).map(|row| row.index);
    let pairs = results.pairs.iter().filter_map(|pair| {
        Some((index(&pair.variant)?, index(&pair.baseline)?, pair.access_time?))
    });
    let lines = results.figures.iter().filter_map(|row| line(results, row));
    let all = Lines { lines: lines.collect(), pairs: pairs.collect() };
    let by_distance = NetworkDistance::ALL.map(|distance| {
        LinesAtDistance { all: &all, distance_ns: distance.nanoseconds() }.ranking(distance)
    });
    let by_distance = if all.lines.is_empty() { Vec::new() } else { by_distance.to_vec() };
    AccessTime { lines: all.lines, by_distance }
}

/// Returns the line of one variant; `None` if hit ratio or throughput is missing.
fn line(results: &ScenarioResults, row: &VariantFigures) -> Option<AccessTimeLine> {
    let reads = results.scenario.reads_per_request();
    let [low, high] = row.hit_ratio_range.or(row.hit_ratio.map(|ratio| [ratio; 2]))?;
    let misses = [high, low].map(|hit| (1.0 - hit) * reads);
    Some(AccessTimeLine {
        index: row.index,
        variant: row.variant.clone(),
        time_ns: row.time_ns?,
        misses,
        round_trips: row.round_trips,
        eligible: results.eligible().any(|name| name == row.variant),
    })
}

impl LinesAtDistance<'_> {
    fn ranking(&self, distance: NetworkDistance) -> DistanceRanking {
        let (first, crossovers) = match self.crossovers() {
            Some((first, crossovers)) => (Some(first), crossovers),
            None => (None, Vec::new()),
        };
        DistanceRanking {
            distance,
            distance_ns: self.distance_ns,
            unseparated: first.map_or_else(Vec::new, |first| self.unseparated(first, &crossovers)),
            lowest_first: first.map(|line| line.variant.clone()),
            crossovers,
            segments: self.segments(),
        }
    }

    /// Returns the lowest eligible line at the lowest miss cost, and every crossover above it in
    /// order.
    fn crossovers(&self) -> Option<(&AccessTimeLine, Vec<RankingCrossover>)> {
        let [lowest, highest] = AccessTime::MISS_COST_RANGE_NS;
        let eligible = || self.all.lines.iter().filter(|line| line.eligible);
        let start = |line: &AccessTimeLine| self.mean(line, lowest);
        let first = eligible().min_by(|a, b| start(a).total_cmp(&start(b)))?;
        let mut crossovers = Vec::new();
        let (mut best, mut from) = (first, lowest);
        loop {
            // Only a line with fewer misses can become lower; the first to do so is the next
            // leader.
            let next = eligible()
                .filter(|line| line.mean_misses() < best.mean_misses())
                .map(|line| (self.crossing(best, line), line))
                .filter(|(at, _)| *at >= from && *at <= highest)
                .min_by(|a, b| {
                    a.0.total_cmp(&b.0).then(a.1.mean_misses().total_cmp(&b.1.mean_misses()))
                });
            let Some((miss_ns, line)) = next else { return Some((first, crossovers)) };
            self.add(&mut crossovers, (best, line));
            (best, from) = (line, miss_ns);
        }
    }

    /// Adds the crossover from one line to another.
    ///
    /// Medians show which lines cross; the paired difference, which is more precise, gives the miss
    /// cost. If that puts a crossover before the last one, the variant between them is never lowest
    /// and is removed.
    fn add(
        &self,
        crossovers: &mut Vec<RankingCrossover>,
        (below, above): (&AccessTimeLine, &AccessTimeLine),
    ) {
        let mut crossover = self.crossover(below, above);
        while let Some(last) = crossovers.pop() {
            if last.miss_cost_ns < crossover.miss_cost_ns {
                crossovers.push(last);
                break;
            }
            let Some(before) = self.line(&last.better_below) else { break };
            crossover = self.crossover(before, above);
        }
        crossovers.push(crossover);
    }

    fn crossover(&self, below: &AccessTimeLine, above: &AccessTimeLine) -> RankingCrossover {
        let significant = self.significant_crossover(below, above);
        RankingCrossover {
            better_below: below.variant.clone(),
            better_above: above.variant.clone(),
            miss_cost_ns: significant.map_or_else(|| self.crossing(below, above), |(at, _)| at),
            interval_ns: significant.map(|(_, interval)| interval),
        }
    }

    /// Miss cost at which `above` passes `below`, with its interval, if it is significant.
    fn significant_crossover(
        &self,
        below: &AccessTimeLine,
        above: &AccessTimeLine,
    ) -> Option<(f64, [f64; 2])> {
        let difference = self.all.difference(above.index, below.index)?;
        let far = (above.round_trips - below.round_trips) * self.distance_ns;
        let (low, high) = (difference.low_ns + far, difference.high_ns + far);
        let [least, most] = difference.fewer_misses;
        let at = (difference.time_ns + far) / f64::midpoint(least, most);
        (low > 0.0 && least > 0.0).then(|| (at, [low / most, high / least]))
    }

    /// Returns each leading variant with the rivals that do not differ significantly from it while
    /// it leads.
    fn unseparated(
        &self,
        first: &AccessTimeLine,
        crossovers: &[RankingCrossover],
    ) -> Vec<UnseparatedRival> {
        let [lowest, highest] = AccessTime::MISS_COST_RANGE_NS;
        let leaders = std::iter::once((first.variant.as_str(), lowest))
            .chain(crossovers.iter().map(|one| (one.better_above.as_str(), one.miss_cost_ns)));
        let ends = crossovers.iter().map(|one| one.miss_cost_ns).chain([highest]);
        // The variants of a significant crossover are separated.
        let mut reported: Vec<(&str, &str)> = crossovers
            .iter()
            .filter(|one| one.interval_ns.is_some())
            .flat_map(|one| {
                let (below, above) = (one.better_below.as_str(), one.better_above.as_str());
                [(below, above), (above, below)]
            })
            .collect();
        let mut found = Vec::new();
        for ((name, from), to) in leaders.zip(ends) {
            let Some(leader) = self.line(name) else { continue };
            let rivals = self.all.lines.iter().filter(|line| line.eligible);
            for rival in rivals.filter(|line| line.index != leader.index) {
                let known = |&(one, other): &(&str, &str)| one == rival.variant && other == name;
                if reported.iter().any(known) {
                    continue;
                }
                let Some(up_to_miss_ns) = self.unseparated_miss_costs((leader, rival), (from, to))
                else {
                    continue;
                };
                reported.push((name, &rival.variant));
                found.push(UnseparatedRival {
                    leader: name.to_owned(),
                    rival: rival.variant.clone(),
                    up_to_miss_ns,
                });
            }
        }
        found
    }

    /// Returns the miss costs within a range at which leader and rival do not differ significantly.
    ///
    /// `Some(None)` is the whole range, `Some(Some(m))` the miss costs up to `m`; the latter only
    /// if the range begins at the lowest miss cost. `None` if the difference is significant or not
    /// paired.
    fn unseparated_miss_costs(
        &self,
        (leader, rival): (&AccessTimeLine, &AccessTimeLine),
        (from, to): (f64, f64),
    ) -> Option<Option<f64>> {
        let [least, most] = self.difference(leader, rival, from)?;
        if least > 0.0 || most < 0.0 {
            return None;
        }
        let [_, end] = self.difference(leader, rival, to)?;
        if end >= 0.0 {
            return Some(None);
        }
        // The upper end of the interval decreases linearly with the miss cost.
        let zero = from + (to - from) * most / (most - end);
        (from <= AccessTime::MISS_COST_RANGE_NS[0]).then_some(Some(zero))
    }
}
