//! Variants with timed rounds: the series and exact replays on which their comparisons rest.

use bakeoff_protocol::Capacity;
use bakeoff_protocol::results::Cell;
use bakeoff_protocol::trial::Load;

use crate::select::{Scope, Series};

/// Variant with timed rounds.
pub struct Contender<'s> {
    pub name: &'s str,
    /// Timed series at the scenario's capacity and load.
    pub series: &'s Series<'s>,
    /// Hit ratio of the exact replays at the capacity of `series`; `None` without a replay.
    pub hits: Option<ReplayHits>,
}

/// Hit ratios of exact replays of the whole workload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplayHits {
    pub low: f64,
    pub high: f64,
}

impl ReplayHits {
    /// Returns the middle of the range.
    pub const fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// Returns the lowest and highest difference of hit ratios.
    fn difference(&self, other: &Self) -> [f64; 2] {
        [self.low - other.high, self.high - other.low]
    }
}

impl Series<'_> {
    /// Returns bounds of the relative difference in service time between a whole replay and the
    /// measured windows, caused by their different hit ratios H and Hw.
    ///
    /// With t = H·hit + (1 − H)·miss, the time changes by (Hw − H)·(miss − hit). A miss looks up
    /// and then stores, so miss ≥ hit; as t ≥ (1 − Hw)·miss, miss ≤ t / (1 − Hw). `None` if the
    /// windows contain no miss and the hit ratios differ.
    pub fn window_shift(&self, exact: ReplayHits) -> Option<[f64; 2]> {
        let window = self.window_hit_ratio()?;
        let fewer = window - exact.middle();
        if fewer == 0.0 {
            return Some([0.0; 2]);
        }
        let shift = fewer / (1.0 - window);
        shift.is_finite().then_some([shift.min(0.0), shift.max(0.0)])
    }
}

impl Contender<'_> {
    /// Returns the lowest and highest difference of hit ratios.
    pub fn hit_ratio_difference(&self, other: &Self) -> Option<[f64; 2]> {
        Some(self.hits?.difference(&other.hits?))
    }
}

/// Returns the contenders in the user's order.
pub fn contenders<'s>(scope: &'s Scope<'s>, cells: &[Cell]) -> Vec<Contender<'s>> {
    let contenders = scope.variants.iter().filter(|name| scope.is_contender(name));
    contenders
        .filter_map(|name| {
            let series = primary_series(scope, name, false)?;
            Some(Contender { name, series, hits: hits(cells, name, series) })
        })
        .collect()
}

/// Returns the series of a variant whose capacity and load are nearest to those the scenario times.
pub fn primary_series<'s>(
    scope: &'s Scope<'s>,
    name: &str,
    aa_control: bool,
) -> Option<&'s Series<'s>> {
    let (capacity, load) = (scope.scenario.timed_capacity, scope.scenario.load);
    scope
        .series
        .iter()
        .filter(|series| series.variant == name && series.aa_control == aa_control)
        .min_by_key(|series| {
            let capacity = match series.capacity {
                same if same == capacity => 0,
                Capacity::Unbounded => 1,
                _ => 2,
            };
            (capacity, series.load != load, series.load.workers.abs_diff(load.workers), series.load)
        })
}

/// Returns the hit ratio of the exact replays at the capacity of a series.
fn hits(cells: &[Cell], name: &str, series: &Series) -> Option<ReplayHits> {
    cells
        .iter()
        .filter(|cell| cell.variant == name && cell.capacity == series.capacity)
        .filter(|cell| !cell.server_capacity)
        .filter_map(|cell| Some((cell, cell.hit_ratio()?.hit_ratio_range?)))
        .min_by_key(|(cell, _)| (cell.load != Load::ONE, cell.load))
        .map(|(_, [low, high])| ReplayHits { low, high })
}
