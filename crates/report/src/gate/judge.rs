//! From figures to findings.

use std::collections::BTreeMap;

use bakeoff_protocol::results::{Cell, Pair, Results, ScenarioVerdict};
use bakeoff_protocol::trial::Meter;
use bakeoff_stats::{Plan, compare};

use super::{Figure, Finding, Gate, Term, Word};
use crate::number::{self, points};

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

/// A change with its interval.
struct Change {
    estimate: f64,
    low: f64,
    high: f64,
    said: String,
}

impl Contest<'_> {
    fn finding(&self, term: &Term) -> Finding {
        let seen = match term.figure {
            Figure::Throughput => self.throughput(),
            Figure::HitRatio => self.hit_ratio(),
            Figure::P99 => self.p99(),
            Figure::Instructions => self.instructions(),
        };
        let finding = Finding {
            scenario: self.scenario.scenario.clone(),
            term: term.text.clone(),
            word: Word::Inconclusive,
            change: None,
            interval: None,
            because: String::new(),
        };
        match seen {
            Err(because) => Finding { because, ..finding },
            Ok(change) => Finding {
                word: word(term, change.low, change.high),
                change: Some(change.estimate),
                interval: Some([change.low, change.high]),
                because: change.said,
                ..finding
            },
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
        if pair.confidence + 1e-12 < pair.required_confidence {
            return Err(format!(
                "{} are too few for any verdict",
                number::counted(pair.rounds.into(), "round")
            ));
        }
        Ok(share(pair.ratio, pair.low, pair.high))
    }

    /// The capacity at which the hit ratio lost most. Exact: an interval only where replays
    /// differ.
    fn hit_ratio(&self) -> Result<Change, String> {
        let olds = self.cells(self.old, Meter::HitRatio);
        let difference = |old: &Cell| {
            let same = |new: &&&Cell| {
                (new.capacity, new.load, new.requests) == (old.capacity, old.load, old.requests)
                    && !new.capacity_as_configured
            };
            let news = self.cells(self.new, Meter::HitRatio);
            let [least, most] = news.iter().find(same)?.hit_ratio_range?;
            let [old_least, old_most] = old.hit_ratio_range?;
            let (low, high) = (least - old_most, most - old_least);
            let at = old.capacity_entries.map_or_else(String::new, |entries| {
                format!(" at a capacity of {}", number::count(entries))
            });
            let estimate = f64::midpoint(low, high);
            let said = format!("{}{at}", points(estimate));
            Some(Change { estimate, low, high, said })
        };
        let worst = olds.iter().filter_map(|old| difference(old));
        worst
            .min_by(|a, b| a.low.total_cmp(&b.low))
            .ok_or_else(|| String::from("their hit ratios were not counted over the same requests"))
    }

    /// Of every load whose latency was measured, round by round; the one that moved most.
    fn p99(&self) -> Result<Change, String> {
        self.believed()?;
        let olds = self.cells(self.old, Meter::Latency);
        let news = self.cells(self.new, Meter::Latency);
        let paired = |old: &&Cell| {
            let same = |new: &&&Cell| (new.capacity, new.load) == (old.capacity, old.load);
            let new = news.iter().find(same)?;
            let by_round = |cell: &Cell| -> BTreeMap<u32, f64> {
                cell.rounds.iter().copied().zip(cell.samples.iter().copied()).collect()
            };
            let (old, new) = (by_round(old), by_round(new));
            let both = new.iter().filter_map(|(round, new)| Some((new / old.get(round)?).ln()));
            Some(both.collect::<Vec<f64>>())
        };
        let family: Vec<Vec<f64>> = olds.iter().filter_map(paired).collect();
        if family.is_empty() {
            return Err(String::from("no latency was measured; --meter latency measures it"));
        }
        let compared = compare(&family, Plan::at(0.0));
        let told = compared.into_iter().flatten().filter(|one| {
            // With fewer rounds there is no interval of that confidence.
            one.interval.confidence + 1e-12 >= one.required
        });
        let worst = told.max_by(|a, b| a.interval.low.total_cmp(&b.interval.low));
        let worst = worst.ok_or("latency was measured in too few rounds for any verdict")?;
        let ratio = worst.interval.map(f64::exp);
        Ok(share(worst.estimate.exp(), ratio.low, ratio.high))
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

/// A change as a share, out of a ratio.
fn share(ratio: f64, low: f64, high: f64) -> Change {
    let [estimate, low, high] = [ratio, low, high].map(|ratio| ratio - 1.0);
    let percent = |share: f64| {
        let sign = if share > 0.0 { "+" } else { "" };
        format!("{sign}{}", number::fixed(share * 100.0, 2))
    };
    let said = format!("{} % [{}, {}]", percent(estimate), percent(low), percent(high));
    Change { estimate, low, high, said }
}

/// The word for an interval.
fn word(term: &Term, low: f64, high: f64) -> Word {
    // To the bad side up; a hair of slack, since a tolerance is typed and a difference counted.
    let sign = if term.figure.falls() { -1.0 } else { 1.0 };
    let (least, most) = if sign > 0.0 { (low, high) } else { (-high, -low) };
    let tolerance = term.tolerance * sign + 1e-9;
    match () {
        () if !least.is_finite() || !most.is_finite() => Word::Inconclusive,
        () if least > tolerance => Word::Regression,
        () if most <= tolerance => Word::NoRegression,
        () => Word::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_a_whole_interval_proves_anything() {
        let said = |text: &str, low: f64, high: f64| word(&text.parse().unwrap(), low, high);
        assert_eq!(said("throughput -2%", -0.05, -0.021), Word::Regression);
        assert_eq!(said("throughput -2%", -0.05, -0.019), Word::Inconclusive);
        assert_eq!(said("throughput -2%", -0.02, 0.03), Word::NoRegression);
        assert_eq!(said("throughput -2%", -0.9, 0.9), Word::Inconclusive);
        assert_eq!(said("hit-ratio -0.1pp", -0.001, -0.001), Word::NoRegression);
        assert_eq!(said("hit-ratio -0.1pp", -0.0011, -0.0011), Word::Regression);
        assert_eq!(said("p99 +5%", 0.06, 0.2), Word::Regression);
        assert_eq!(said("p99 +5%", -0.5, 0.05), Word::NoRegression);
        assert_eq!(said("instructions +1%", 0.0, 0.02), Word::Inconclusive);
        assert_eq!(said("throughput -2%", f64::NAN, f64::NAN), Word::Inconclusive);
    }

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
