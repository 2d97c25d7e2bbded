//! From figures to findings.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bakeoff_protocol::results::{Cell, Pair, Results, ScenarioVerdict};
use bakeoff_protocol::trial::{Load, Meter};
use bakeoff_stats::rounds::min_rounds;
use bakeoff_stats::{JointConfidence, compare, median};

use super::delta::{Change, Seen, share, signed_percent};
use super::{Figure, Finding, Gate, Term, Word};
use crate::number::{self, points};

/// Probability that any interval of a term misses.
const ALPHA: f64 = 0.05;

/// What the evidence says of every term in every scenario: `new` against `old`.
#[must_use]
pub fn judge(results: &Results, gate: &Gate, old: &str, new: &str) -> Vec<Finding> {
    let of = |scenario: &ScenarioVerdict| -> Vec<Finding> {
        let contest = Contest { results, scenario, old, new };
        gate.terms.iter().map(|term| contest.finding(term)).collect()
    };
    results.scenarios.iter().flat_map(of).collect()
}

/// Two variants in a scenario.
struct Contest<'a> {
    results: &'a Results,
    scenario: &'a ScenarioVerdict,
    old: &'a str,
    new: &'a str,
}

impl Contest<'_> {
    fn finding(&self, term: &Term) -> Finding {
        let seen = match term.figure {
            Figure::Throughput => self.throughput().map(Seen::of),
            Figure::HitRatio => self.hit_ratio(),
            Figure::P99 => self.p99(),
            Figure::Instructions => self.instructions().map(Seen::of),
        };
        let finding = Finding {
            scenario: self.scenario.scenario.clone(),
            term: term.text.clone(),
            word: Word::Inconclusive,
            change: None,
            interval: None,
            because: String::new(),
            not_judged: Vec::new(),
        };
        let seen = match seen {
            Err(because) => return Finding { because, ..finding },
            Ok(seen) => seen,
        };
        let Some((word, change)) = seen.decided(term) else { return finding };
        Finding {
            word,
            change: Some(change.estimate),
            interval: Some([change.low, change.high]),
            because: change.said.clone(),
            not_judged: seen.not_judged,
            ..finding
        }
    }

    /// Timed figures of a run that cannot be believed prove nothing.
    fn believed(&self) -> Result<(), String> {
        if self.scenario.proven {
            return Ok(());
        }
        Err(format!("unproven: {}", self.scenario.unproven_because.join("; ")))
    }

    fn throughput(&self) -> Result<Change, String> {
        self.believed()?;
        let pair = self.pair(Meter::Throughput).ok_or("the two never met in a round")?;
        if let Some(why) = &pair.not_comparable {
            return Err(why.clone());
        }
        if !pair.is_told() {
            return Err(format!(
                "{} are too few for any verdict",
                number::counted(pair.rounds.into(), "round")
            ));
        }
        Ok(share(pair.ratio, pair.low, pair.high))
    }

    /// The change at every capacity. Exact: an interval only where replays differ.
    fn hit_ratio(&self) -> Result<Seen, String> {
        let news = self.cells(self.new, Meter::HitRatio);
        let mut seen = Seen::default();
        for old in self.cells(self.old, Meter::HitRatio) {
            let same = |new: &&&Cell| {
                (new.capacity, new.load, new.requests) == (old.capacity, old.load, old.requests)
                    && !new.capacity_as_configured
            };
            let capacity = old.capacity_entries.map_or_else(
                || String::from("no limit"),
                |entries| format!("a capacity of {}", number::count(entries)),
            );
            let ranges = old.hit_ratio_range.zip(news.iter().find(same).and_then(range_of));
            let Some(([old_least, old_most], [least, most])) = ranges else {
                seen.not_judged.push(format!("{capacity}, which was not counted for both"));
                continue;
            };
            let (low, high) = (least - old_most, most - old_least);
            let estimate = f64::midpoint(low, high);
            let range = if low == high {
                String::new()
            } else {
                format!(" [{}, {}]", points(low), points(high))
            };
            let said = format!("{}{range} at {capacity}", points(estimate));
            seen.changes.push(Change { estimate, low, high, said });
        }
        if seen.changes.is_empty() {
            return Err(String::from("their hit ratios were not counted over the same requests"));
        }
        Ok(seen)
    }

    /// The change at every load whose latency was measured, round by round.
    ///
    /// The closed loop is part of every round and has to be judged. Open loops get the few rounds
    /// for which there is time; one with too few for an interval is told of, and judged no more.
    fn p99(&self) -> Result<Seen, String> {
        self.believed()?;
        let loads = self.latencies();
        if loads.is_empty() {
            return Err(String::from("no latency was measured; --meter latency measures it"));
        }
        // By the number of rounds alone: as many loads as each have enough for so many.
        let enough = |count: &usize| loads[count - 1].1.len() >= min_rounds(ALPHA / *count as f64);
        let judged = (1..=loads.len()).rev().find(enough).unwrap_or(0);
        let (judged, others) = loads.split_at(judged);
        if judged.iter().all(|(load, _)| load.open_loop_percent.is_some()) {
            return Err(String::from("latency was measured in too few rounds for any verdict"));
        }
        let family: Vec<Vec<f64>> = judged.iter().map(|(_, logs)| logs.clone()).collect();
        let compared = compare(&family, JointConfidence { alpha: ALPHA, margin: 0.0 });
        let changes = judged.iter().zip(compared).filter_map(|((load, _), told)| {
            let told = told?;
            let ratio = told.interval.map(f64::exp);
            Some(share(told.estimate.exp(), ratio.low, ratio.high).at(&loop_word(*load)))
        });
        let not_judged = others.iter().map(|(load, logs)| {
            let moved = median(logs)
                .map_or_else(String::new, |log| format!(" of {} %", signed_percent(log.exp_m1())));
            let rounds = number::counted(logs.len() as u64, "round");
            format!("a change{moved} {} in {rounds}, too few", loop_word(*load))
        });
        Ok(Seen { changes: changes.collect(), not_judged: not_judged.collect() })
    }

    /// Log ratios of p99 in the rounds that hold both, by load; the load with most rounds first.
    fn latencies(&self) -> Vec<(Load, Vec<f64>)> {
        let news = self.cells(self.new, Meter::Latency);
        let by_round = |cell: &Cell| -> BTreeMap<u32, f64> {
            cell.rounds.iter().copied().zip(cell.samples.iter().copied()).collect()
        };
        let paired = |old: &Cell| {
            let same = |new: &&&Cell| (new.capacity, new.load) == (old.capacity, old.load);
            let new = by_round(news.iter().find(same)?);
            let old_by_round = by_round(old);
            let log = |(round, new): (&u32, &f64)| Some((new / old_by_round.get(round)?).ln());
            Some((old.load, new.iter().filter_map(log).filter(|log| log.is_finite()).collect()))
        };
        let olds = self.cells(self.old, Meter::Latency);
        let mut loads: Vec<(Load, Vec<f64>)> = olds.into_iter().filter_map(paired).collect();
        loads.sort_by_key(|(load, logs)| (Reverse(logs.len()), *load));
        loads
    }

    fn instructions(&self) -> Result<Change, String> {
        let of = |name: &str| {
            let cells = self.cells(name, Meter::Instructions);
            cells.iter().find_map(|cell| cell.instructions_per_request)
        };
        let (Some(old), Some(new)) = (of(self.old), of(self.new)) else {
            let why = "no instructions were counted; --meter instructions counts them where \
                       valgrind or the processor's counters are there";
            return Err(String::from(why));
        };
        Ok(share(new.median / old.median, new.low / old.high, new.high / old.low))
    }

    fn cells(&self, variant: &str, meter: Meter) -> Vec<&Cell> {
        let cells = self.results.cells.iter().filter(|cell| {
            cell.variant == variant
                && cell.scenario == self.scenario.scenario
                && cell.meter == meter
                && cell.not_comparable.is_none()
        });
        cells.collect()
    }

    /// The pair as the new one sees it.
    fn pair(&self, meter: Meter) -> Option<Pair> {
        let pairs = self.results.pairs.iter().filter(|pair| {
            pair.scenario == self.scenario.scenario && pair.meter == meter && !pair.twin
        });
        pairs.into_iter().find_map(|pair| match (pair.variant.as_str(), pair.baseline.as_str()) {
            (new, old) if (new, old) == (self.new, self.old) => Some(pair.clone()),
            (old, new) if (new, old) == (self.new, self.old) => Some(pair.inverted()),
            _ => None,
        })
    }
}

/// The hit ratios that a cell's replays counted.
fn range_of(cell: &&Cell) -> Option<[f64; 2]> {
    cell.hit_ratio_range
}

/// How requests were issued, as it stands in a finding.
fn loop_word(load: Load) -> String {
    load.open_loop_percent.map_or_else(
        || String::from("in the closed loop"),
        |percent| format!("in the open loop at {percent} %"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Twelve rounds of two latency cells, and their instructions.
    fn measured(p99: [f64; 2], instructions: [f64; 2]) -> Results {
        let cell = |variant: &str, meter: &str, more: Value| {
            let mut cell = json!({
                "variant": variant, "scenario": "s", "meter": meter,
                "capacity": {"entries": 10}, "load": {"workers": 1, "in_flight": 1, "connections": 1},
            });
            if let (Some(cell), Value::Object(more)) = (cell.as_object_mut(), more) {
                cell.extend(more);
            }
            cell
        };
        // Rounds differ by far more than the two of a round do.
        let samples = |p99: f64| (1..=12).map(|round| p99 * f64::from(round)).collect::<Vec<_>>();
        let rounds: Vec<u32> = (0..12).collect();
        let of = |variant: &str, place: usize| {
            let latency = json!({"samples": samples(p99[place]), "rounds": rounds});
            let [low, median, high] = [0.999, 1.0, 1.001].map(|by| instructions[place] * by);
            let count = json!({"instructions_per_request": {
                "median": median, "low": low, "high": high, "confidence": 0.95, "samples": 12,
            }});
            [cell(variant, "latency", latency), cell(variant, "instructions", count)]
        };
        let cells = [of("old", 0), of("new", 1)].concat();
        let results = json!({
            "schema": 1, "name": "n", "cells": cells, "pairs": [],
            "scenarios": [{"scenario": "s", "proven": true, "unproven_because": [], "answer": "",
                           "winner": null}],
        });
        serde_json::from_value(results).unwrap()
    }

    #[test]
    fn latencies_are_paired_by_round_and_instructions_by_their_intervals() {
        let words = |results: &Results, gate: &str| -> Vec<Word> {
            let findings = judge(results, &gate.parse().unwrap(), "old", "new");
            findings.iter().map(|finding| finding.word).collect()
        };
        let slower = measured([1000.0, 1080.0], [200.0, 201.0]);
        assert_eq!(
            words(&slower, "p99 +5%, instructions +1%"),
            [Word::Regression, Word::NoRegression]
        );
        let heavier = measured([1000.0, 1000.0], [200.0, 210.0]);
        assert_eq!(
            words(&heavier, "p99 +5%, instructions +1%"),
            [Word::NoRegression, Word::Regression]
        );
        assert_eq!(words(&heavier, "instructions +5%"), [Word::Inconclusive]);
    }
}
