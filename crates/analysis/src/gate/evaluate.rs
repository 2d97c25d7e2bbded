//! Findings of a gate, from the figures of two variants.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bakeoff_protocol::results::gate::{
    Change, Finding, GateFigure, GateVerdict, NotJudged, NotMeasured,
};
use bakeoff_protocol::results::{Cell, HitRatioFigures, LatencyFigures, Results, ScenarioResults};
use bakeoff_protocol::trial::{Load, Meter};
use bakeoff_stats::rounds::min_rounds;
use bakeoff_stats::{JointConfidence, compare, median};

use super::delta::{Changes, from_ratio};
use super::threshold::{Gate, Threshold};

/// Probability that any interval of a threshold misses.
const ALPHA: f64 = 0.05;

/// Returns the finding of every threshold in every scenario: `new` compared with `old`.
#[must_use]
pub fn evaluate(results: &Results, gate: &Gate, old: &str, new: &str) -> Vec<Finding> {
    let of_scenario = |of: &ScenarioResults| -> Vec<Finding> {
        let change = OldAndNew { of, old, new };
        gate.thresholds.iter().map(|threshold| change.finding(threshold)).collect()
    };
    results.scenarios.iter().flat_map(of_scenario).collect()
}

/// Two variants in a scenario.
struct OldAndNew<'a> {
    of: &'a ScenarioResults,
    old: &'a str,
    new: &'a str,
}

impl OldAndNew<'_> {
    fn finding(&self, threshold: &Threshold) -> Finding {
        let changes = match threshold.figure {
            GateFigure::Throughput => self.throughput().map(Changes::single),
            GateFigure::HitRatio => self.hit_ratio(),
            GateFigure::P99 => self.p99(),
            GateFigure::Instructions => self.instructions().map(Changes::single),
        };
        let mut finding = Finding {
            scenario: self.of.scenario.name.clone(),
            threshold: threshold.text.clone(),
            figure: threshold.figure,
            verdict: GateVerdict::Inconclusive,
            change: None,
            not_measured: None,
            not_judged: Vec::new(),
        };
        match changes {
            Err(reason) => finding.not_measured = Some(reason),
            Ok(changes) => {
                if let Some((verdict, change)) = changes.decisive(threshold) {
                    (finding.verdict, finding.change) = (verdict, Some(*change));
                    finding.not_judged = changes.not_judged;
                }
            }
        }
        finding
    }

    /// Timed figures of an unconfirmed run confirm nothing.
    fn confirmed(&self) -> Result<(), NotMeasured> {
        if self.of.confirmed {
            return Ok(());
        }
        Err(NotMeasured::Unconfirmed { reasons: self.of.unconfirmed_because.clone() })
    }

    fn throughput(&self) -> Result<Change, NotMeasured> {
        self.confirmed()?;
        let pair = self.of.pair(self.new, self.old).ok_or(NotMeasured::NoCommonRound)?;
        if let Some(cause) = pair.not_comparable {
            return Err(NotMeasured::NotComparable { cause });
        }
        if !pair.has_enough_rounds() {
            return Err(NotMeasured::TooFewRounds { rounds: Some(pair.rounds) });
        }
        Ok(from_ratio(pair.ratio, pair.low, pair.high))
    }

    /// Change at every capacity. Exact: an interval only if replays differ.
    fn hit_ratio(&self) -> Result<Changes, NotMeasured> {
        let new_cells = self.cells(self.new, Cell::hit_ratio);
        let mut changes = Changes::default();
        for (old, old_figures) in self.cells(self.old, Cell::hit_ratio) {
            let same = |(new, figures): &&(&Cell, &HitRatioFigures)| {
                (new.capacity, new.load, figures.requests)
                    == (old.capacity, old.load, old_figures.requests)
                    && !new.server_capacity
            };
            let new_range = new_cells.iter().find(same).and_then(|(_, new)| new.hit_ratio_range);
            let capacity_entries = old.capacity_entries;
            let Some(([old_least, old_most], [least, most])) =
                old_figures.hit_ratio_range.zip(new_range)
            else {
                changes.not_judged.push(NotJudged::Capacity { capacity_entries });
                continue;
            };
            let (low, high) = (least - old_most, most - old_least);
            let estimate = f64::midpoint(low, high);
            changes.judged.push(Change { estimate, low, high, load: None, capacity_entries });
        }
        if changes.judged.is_empty() {
            return Err(NotMeasured::DifferentRequests);
        }
        Ok(changes)
    }

    /// Change at every load whose latency was measured, round by round.
    ///
    /// The closed loop is part of every round and must be judged. Open loops have only the rounds
    /// that fit into the time; those with too few for an interval are reported and not judged.
    fn p99(&self) -> Result<Changes, NotMeasured> {
        self.confirmed()?;
        let loads = self.latencies();
        if loads.is_empty() {
            return Err(NotMeasured::MeterMissing { meter: Meter::Latency });
        }
        // By the number of rounds alone: as many loads as have enough rounds each.
        let enough = |count: &usize| loads[count - 1].1.len() >= min_rounds(ALPHA / *count as f64);
        let judged = (1..=loads.len()).rev().find(enough).unwrap_or(0);
        let (judged, others) = loads.split_at(judged);
        if judged.iter().all(|(load, _)| load.open_loop_percent.is_some()) {
            return Err(NotMeasured::TooFewRounds { rounds: None });
        }
        let family: Vec<Vec<f64>> = judged.iter().map(|(_, logs)| logs.clone()).collect();
        let compared = compare(&family, JointConfidence { alpha: ALPHA, margin: 0.0 });
        let changes = judged.iter().zip(compared).filter_map(|((load, _), comparison)| {
            let comparison = comparison?;
            let ratio = comparison.interval.map(f64::exp);
            let change = from_ratio(comparison.estimate.exp(), ratio.low, ratio.high);
            Some(Change { load: Some(*load), ..change })
        });
        let not_judged = others.iter().map(|(load, logs)| NotJudged::Load {
            load: *load,
            change: median(logs).map(f64::exp_m1),
            rounds: logs.len(),
        });
        Ok(Changes { judged: changes.collect(), not_judged: not_judged.collect() })
    }

    /// Log ratios of p99 in common rounds, by load; the load with most rounds first.
    fn latencies(&self) -> Vec<(Load, Vec<f64>)> {
        let new_cells = self.cells(self.new, Cell::latency);
        let by_round = |figures: &LatencyFigures| -> BTreeMap<u32, f64> {
            figures.rounds.iter().copied().zip(figures.samples.iter().copied()).collect()
        };
        let paired = |(old, old_figures): (&Cell, &LatencyFigures)| {
            let same = |(new, _): &&(&Cell, &LatencyFigures)| {
                (new.capacity, new.load) == (old.capacity, old.load)
            };
            let new = by_round(new_cells.iter().find(same)?.1);
            let old_by_round = by_round(old_figures);
            let log = |(round, new): (&u32, &f64)| Some((new / old_by_round.get(round)?).ln());
            let logs = new.iter().filter_map(log).filter(|log| log.is_finite());
            Some((old.load, logs.collect::<Vec<f64>>()))
        };
        let mut loads: Vec<(Load, Vec<f64>)> =
            self.cells(self.old, Cell::latency).into_iter().filter_map(paired).collect();
        loads.sort_by_key(|(load, logs)| (Reverse(logs.len()), *load));
        loads
    }

    fn instructions(&self) -> Result<Change, NotMeasured> {
        let estimate = |name: &str| {
            let cells = self.cells(name, Cell::instructions);
            cells.into_iter().find_map(|(_, figures)| figures.instructions_per_request)
        };
        let (Some(old), Some(new)) = (estimate(self.old), estimate(self.new)) else {
            return Err(NotMeasured::MeterMissing { meter: Meter::Instructions });
        };
        Ok(from_ratio(new.median / old.median, new.low / old.high, new.high / old.low))
    }

    /// Comparable cells of a variant with one meter.
    fn cells<'a, F: 'a>(
        &'a self,
        variant: &str,
        meter: fn(&'a Cell) -> Option<&'a F>,
    ) -> Vec<(&'a Cell, &'a F)> {
        self.of
            .cells_of(variant)
            .filter(|cell| cell.not_comparable.is_none())
            .filter_map(|cell| Some((cell, meter(cell)?)))
            .collect()
    }
}
