//! The figures of one scenario: a row an entrant, a curve an entrant, bounds, pairs.

use bakeoff_protocol::Capacity;
use bakeoff_protocol::exploration::{Exploration, Scenario};
use bakeoff_protocol::results::{Estimate, Pair, Results, ScenarioVerdict, Verdict};
use bakeoff_protocol::sample::Record;
use bakeoff_protocol::trial::Meter;

use super::Entrant;
use super::row::Row;
use crate::number::{bytes, count, counted, percent_with};
use crate::words;

/// The figures of one scenario.
#[derive(Clone, Debug)]
pub struct ScenarioFigures {
    /// The scenario.
    pub scenario: Scenario,
    /// What may be said of it as a whole.
    pub verdict: Option<ScenarioVerdict>,
    /// One row an entrant, in the user's order.
    pub rows: Vec<Row>,
    /// What no strategy can beat over the whole workload, by ascending capacity.
    pub bounds: Vec<Bounds>,
    /// The baseline against its own second entry.
    pub twin: Option<Pair>,
    /// Every comparison of throughput between two entrants.
    pub pairs: Vec<Pair>,
    /// Rounds that were done whole.
    pub rounds: u32,
}

/// What no strategy can beat, at one capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The capacity.
    pub capacity_entries: u64,
    /// Requests that it was computed over.
    pub requests: u64,
    /// Hit ratio of the cache that knows the future.
    pub clairvoyant: f64,
    /// Hit ratio of the cache that never forgets.
    pub infinite: f64,
}

impl ScenarioFigures {
    pub(crate) fn gather(
        scenario: &Scenario,
        entrants: &[Entrant],
        exploration: &Exploration,
        results: &Results,
        records: &[Record],
    ) -> Self {
        let all_bounds = bounds_of(&scenario.name, records);
        let pairs: Vec<Pair> = results
            .pairs
            .iter()
            .filter(|pair| {
                !pair.twin && pair.scenario == scenario.name && pair.meter == Meter::Throughput
            })
            .cloned()
            .collect();
        let rows = entrants
            .iter()
            .map(|entrant| {
                let mut row = Row::gather(entrant, scenario, results, records);
                row.against_baseline = against(&pairs, &entrant.name, &exploration.baseline);
                row
            })
            .collect();
        let twin = results
            .pairs
            .iter()
            .find(|pair| {
                pair.twin && pair.scenario == scenario.name && pair.meter == Meter::Throughput
            })
            .cloned();
        let rounds = records
            .iter()
            .filter(|record| {
                matches!(record, Record::Round { scenario: name, round_group, .. }
                    if *name == scenario.name && *round_group == scenario.round_group)
            })
            .count();
        Self {
            verdict: results.scenarios.iter().find(|v| v.scenario == scenario.name).cloned(),
            rows,
            bounds: all_bounds
                .into_iter()
                .filter(|bounds| bounds.requests == scenario.requests)
                .collect(),
            twin,
            pairs,
            rounds: u32::try_from(rounds).unwrap_or(u32::MAX),
            scenario: scenario.clone(),
        }
    }

    /// Rows that have a throughput.
    pub fn timed(&self) -> impl Iterator<Item = (&Row, Estimate)> {
        self.rows.iter().filter_map(|row| Some((row, row.requests_per_second?)))
    }

    /// Whether the run can be believed; before anything was measured it cannot.
    #[must_use]
    pub fn proven(&self) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.proven)
    }

    /// The variants among some that none of them is shown to be faster than, the highest median
    /// first. One name: it is shown to be faster than every other. None: the run is unproven, or
    /// nothing was timed.
    #[must_use]
    pub fn fastest_of(&self, among: impl Fn(&Row) -> bool) -> Vec<&str> {
        if !self.proven() {
            return Vec::new();
        }
        let mut timed: Vec<(&Row, Estimate)> = self.timed().filter(|(row, _)| among(row)).collect();
        timed.sort_by(|a, b| b.1.median.total_cmp(&a.1.median));
        let Some(&(first, _)) = timed.first() else { return Vec::new() };
        let beaten = |row: &Row| {
            row.variant != first.variant
                && self.pair(&first.variant, &row.variant).is_some_and(|pair| {
                    matches!(pair.verdict, Verdict::Faster | Verdict::SlightlyFaster)
                })
        };
        timed.iter().filter(|(row, _)| !beaten(row)).map(|(row, _)| row.variant.as_str()).collect()
    }

    /// What the intervals of throughputs are, in words: with few rounds they are wider than their
    /// confidence tells.
    #[must_use]
    pub fn intervals(&self) -> String {
        let least = self.timed().map(|(_, rate)| rate.confidence).fold(1.0, f64::min);
        if least >= 0.95 {
            return String::from("95 % intervals");
        }
        format!("ranges of all samples, too few for 95 % intervals ({})", percent_with(least, 0))
    }

    /// The rounds that were done, in words, with those who took part in fewer.
    #[must_use]
    pub fn in_rounds(&self) -> String {
        let rounds = counted(u64::from(self.rounds), "round");
        let samples = self.timed().map(|(row, _)| (row.samples.len(), row.variant.as_str()));
        let mut fewer =
            words::grouped(samples.filter(|(samples, _)| *samples < self.rounds as usize));
        fewer.sort_unstable();
        let said: Vec<String> = fewer
            .iter()
            .map(|(samples, names)| format!("{} in {samples} of them", names.join(", ")))
            .collect();
        if said.is_empty() { rounds } else { format!("{rounds} ({})", said.join("; ")) }
    }

    /// The comparison of two entrants, turned round where it was recorded the other way.
    #[must_use]
    pub fn pair(&self, variant: &str, baseline: &str) -> Option<Pair> {
        against(&self.pairs, variant, baseline)
    }

    /// The timed capacity, in words.
    #[must_use]
    pub fn at_timed_capacity(&self) -> String {
        match (self.scenario.timed_capacity, self.timed_entries()) {
            (Capacity::Bytes(size), _) => format!("capacity {}", bytes(size as f64)),
            (_, Some(entries)) => format!("capacity {} entries", count(entries)),
            (Capacity::Unbounded | Capacity::Entries(_), None) => String::from("no limit"),
        }
    }

    /// Entries that the timed capacity stands for, where it has a limit.
    #[must_use]
    pub fn timed_entries(&self) -> Option<u64> {
        match self.scenario.timed_capacity {
            Capacity::Entries(entries) => Some(entries),
            timed => self.rows.iter().flat_map(|row| &row.curve).find_map(|point| {
                (point.capacity == timed).then_some(point.capacity_entries).flatten()
            }),
        }
    }
}

fn bounds_of(scenario: &str, records: &[Record]) -> Vec<Bounds> {
    let mut all: Vec<Bounds> = Vec::new();
    for record in records {
        let Record::Bounds(bounds) = record else { continue };
        if bounds.scenario != scenario || bounds.reads == 0 {
            continue;
        }
        let share = |hits: u64| hits as f64 / bounds.reads as f64;
        all.retain(|other| {
            (other.capacity_entries, other.requests) != (bounds.capacity_entries, bounds.requests)
        });
        all.push(Bounds {
            capacity_entries: bounds.capacity_entries,
            requests: bounds.requests,
            clairvoyant: share(bounds.optimal_hits),
            infinite: share(bounds.infinite_hits),
        });
    }
    all.sort_by_key(|bounds| bounds.capacity_entries);
    all
}

/// The comparison of `variant` with `baseline`, turned round where it was recorded the other way.
fn against(pairs: &[Pair], variant: &str, baseline: &str) -> Option<Pair> {
    let between = |one: &str, other: &str| {
        pairs.iter().find(|pair| pair.variant == one && pair.baseline == other)
    };
    between(variant, baseline).cloned().or_else(|| between(baseline, variant).map(Pair::inverted))
}
