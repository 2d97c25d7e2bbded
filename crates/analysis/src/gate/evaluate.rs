//! Compares two variants with the thresholds of a gate.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bakeoff_protocol::results::gate::{
    Arrivals, FigureChange, GateFigure, GateFinding, GateVerdict, NotJudged, NotMeasured,
};
use bakeoff_protocol::results::{Cell, HitRatioFigures, RateFigures, Results, ScenarioResults};
use bakeoff_protocol::trial::Meter;
use bakeoff_stats::rounds::min_rounds;
use bakeoff_stats::{JointConfidence, compare, median};

use super::changes::{Changes, from_ratio};
use super::threshold::{Gate, Threshold};

/// Probability that any interval of one threshold misses the true change.
const ALPHA: f64 = 0.05;

/// Compares `new` with `old` and returns one finding for each scenario and threshold.
#[must_use]
pub fn evaluate(results: &Results, gate: &Gate, old: &str, new: &str) -> Vec<GateFinding> {
    let of_scenario = |of: &ScenarioResults| -> Vec<GateFinding> {
        let change = OldAndNew { results: of, old, new };
        gate.thresholds.iter().map(|threshold| change.finding(threshold)).collect()
    };
    results.scenarios.iter().flat_map(of_scenario).collect()
}

/// Two variants to compare in one scenario.
struct OldAndNew<'a> {
    results: &'a ScenarioResults,
    old: &'a str,
    new: &'a str,
}

impl OldAndNew<'_> {
    fn finding(&self, threshold: &Threshold) -> GateFinding {
        let changes = match threshold.figure {
            GateFigure::Throughput => self.throughput().map(Changes::single),
            GateFigure::HitRatio => self.hit_ratio(),
            GateFigure::P99 => self.p99(),
            GateFigure::Instructions => self.instructions().map(Changes::single),
        };
        let mut finding = GateFinding {
            scenario: self.results.scenario.name.clone(),
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
                if let Some((verdict, change)) = changes.worst_verdict(threshold) {
                    (finding.verdict, finding.change) = (verdict, Some(*change));
                    finding.not_judged = changes.not_judged;
                }
            }
        }
        finding
    }

    /// Fails for an unconfirmed run, whose timed figures cannot be trusted.
    fn require_confirmed(&self) -> Result<(), NotMeasured> {
        if self.results.confirmed {
            return Ok(());
        }
        Err(NotMeasured::Unconfirmed { reasons: self.results.unconfirmed_because.clone() })
    }

    fn throughput(&self) -> Result<FigureChange, NotMeasured> {
        self.require_confirmed()?;
        let pair = self.results.pair(self.new, self.old).ok_or(NotMeasured::NoCommonRound)?;
        if !pair.has_enough_rounds() {
            return Err(NotMeasured::TooFewRounds { rounds: Some(pair.rounds) });
        }
        Ok(from_ratio(pair.ratio, pair.low, pair.high))
    }

    /// Returns the change of the hit ratio at every capacity. It is exact, with an interval only if
    /// replays differ.
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
            let change = FigureChange { estimate, low, high, arrivals: None, capacity_entries };
            changes.judged.push(change);
        }
        if changes.judged.is_empty() {
            return Err(NotMeasured::DifferentRequests);
        }
        Ok(changes)
    }

    /// Returns the change of p99 in the closed loop and at every request rate, paired by round.
    ///
    /// The closed loop is part of every round and must be judged. Rates are measured only as often
    /// as the time allows; those with too few rounds for an interval are reported but not judged.
    fn p99(&self) -> Result<Changes, NotMeasured> {
        self.require_confirmed()?;
        let all = self.p99_log_ratios();
        if all.is_empty() {
            return Err(NotMeasured::MeterMissing { meter: Meter::Latency });
        }
        // Judges as many of them as possible: each needs enough rounds for its share of
        // alpha.
        let enough = |count: &usize| all[count - 1].1.len() >= min_rounds(ALPHA / *count as f64);
        let judged = (1..=all.len()).rev().find(enough).unwrap_or(0);
        let (judged, others) = all.split_at(judged);
        let is_open = |arrivals: &Arrivals| matches!(arrivals, Arrivals::OpenLoop { .. });
        if judged.iter().all(|(arrivals, _)| is_open(arrivals)) {
            return Err(NotMeasured::TooFewRounds { rounds: None });
        }
        let family: Vec<Vec<f64>> = judged.iter().map(|(_, logs)| logs.clone()).collect();
        let compared = compare(&family, JointConfidence { alpha: ALPHA, margin: 0.0 });
        let changes = judged.iter().zip(compared).filter_map(|((arrivals, _), comparison)| {
            let comparison = comparison?;
            let ratio = comparison.interval.map(f64::exp);
            let change = from_ratio(comparison.estimate.exp(), ratio.low, ratio.high);
            Some(FigureChange { arrivals: Some(*arrivals), ..change })
        });
        let not_judged = others.iter().map(|(arrivals, logs)| NotJudged::Latency {
            arrivals: *arrivals,
            change: median(logs).map(f64::exp_m1),
            rounds: logs.len(),
        });
        Ok(Changes { judged: changes.collect(), not_judged: not_judged.collect() })
    }

    /// Returns the log ratio of p99 in each common round, by the arrival of requests; the one with
    /// the most rounds is first. Rates that the old variant cannot sustain are left out.
    fn p99_log_ratios(&self) -> Vec<(Arrivals, Vec<f64>)> {
        let new = self.p99_by_round(self.new, |_| true);
        let mut ratios: Vec<(Arrivals, Vec<f64>)> = self
            .p99_by_round(self.old, |at| !at.saturated)
            .into_iter()
            .filter_map(|(arrivals, old)| {
                let log = |(round, new): (&u32, &f64)| Some((new / old.get(round)?).ln());
                let logs = new.get(&arrivals)?.iter().filter_map(log);
                Some((arrivals, logs.filter(|log| log.is_finite()).collect()))
            })
            .collect();
        ratios.sort_by_key(|(arrivals, logs)| (Reverse(logs.len()), *arrivals));
        ratios
    }

    /// Returns the 99th percentile of a variant by the arrival of requests and by round, at the
    /// rates that `counts` accepts.
    fn p99_by_round(
        &self,
        variant: &str,
        counts: fn(&RateFigures) -> bool,
    ) -> BTreeMap<Arrivals, BTreeMap<u32, f64>> {
        let pairs = |rounds: &[u32], samples: &[f64]| {
            rounds.iter().copied().zip(samples.iter().copied()).collect()
        };
        let closed = self.cells(variant, Cell::latency).into_iter().map(|(cell, figures)| {
            let arrivals = Arrivals::ClosedLoop { workers: cell.load.workers };
            (arrivals, pairs(&figures.rounds, &figures.samples))
        });
        let rates = self.cells(variant, Cell::response_time).into_iter();
        let open = rates.flat_map(|(_, figures)| &figures.rates).filter(|at| counts(at));
        let open = open.map(|at| {
            let requests_per_second = at.requests_per_second;
            (Arrivals::OpenLoop { requests_per_second }, pairs(&at.rounds, &at.samples))
        });
        closed.chain(open).collect()
    }

    fn instructions(&self) -> Result<FigureChange, NotMeasured> {
        let estimate = |name: &str| {
            let cells = self.cells(name, Cell::instructions);
            cells.into_iter().find_map(|(_, figures)| figures.instructions_per_request)
        };
        let (Some(old), Some(new)) = (estimate(self.old), estimate(self.new)) else {
            return Err(NotMeasured::MeterMissing { meter: Meter::Instructions });
        };
        Ok(from_ratio(new.median / old.median, new.low / old.high, new.high / old.low))
    }

    /// Cells of a variant that one meter measured, without cells that are not comparable.
    fn cells<'a, F: 'a>(
        &'a self,
        variant: &str,
        meter: fn(&'a Cell) -> Option<&'a F>,
    ) -> Vec<(&'a Cell, &'a F)> {
        self.results
            .cells_of(variant)
            .filter(|cell| cell.not_comparable.is_none())
            .filter_map(|cell| Some((cell, meter(cell)?)))
            .collect()
    }
}
