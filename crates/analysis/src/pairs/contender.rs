//! Variants with timed rounds: the series and exact replays on which their comparisons rest.

use std::cmp::Reverse;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::results::{Cell, HitRatioFigures};
use bakeoff_protocol::trial::Load;

use crate::select::{Scope, Series};

/// Variant with timed rounds.
pub struct Contender<'s> {
    pub name: &'s str,
    /// Timed series at the scenario's capacity and load.
    pub series: &'s Series<'s>,
    /// Exact replays at the capacity of `series`, the longest first; services replay fewer
    /// requests.
    pub replays: Vec<ReplayHits>,
}

/// Hit ratios of exact replays over the same requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplayHits {
    pub low: f64,
    pub high: f64,
    /// Number of requests of each replay.
    pub requests: u64,
}

impl ReplayHits {
    /// Returns the middle of the range.
    pub const fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// Returns the lowest and highest difference of hit ratios; `None` if the requests differ.
    fn minus(&self, other: &Self) -> Option<[f64; 2]> {
        (self.requests == other.requests).then_some([self.low - other.high, self.high - other.low])
    }
}

impl Series<'_> {
    /// Bounds how much the service time of a whole replay differs from that of the measured
    /// windows, as a fraction of the latter, because their hit ratios H and Hw differ.
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
    /// Returns the hit ratios of the longest exact replays.
    pub fn hits(&self) -> Option<ReplayHits> {
        self.replays.first().copied()
    }

    /// Returns the longest exact replays of both variants over the same requests.
    pub fn common_replays(&self, other: &Self) -> Option<(ReplayHits, ReplayHits)> {
        self.replays.iter().find_map(|own| {
            let same = other.replays.iter().find(|theirs| theirs.requests == own.requests)?;
            Some((*own, *same))
        })
    }

    /// Returns the lowest and highest difference of hit ratios over the same requests.
    pub fn hits_minus(&self, other: &Self) -> Option<[f64; 2]> {
        let (own, theirs) = self.common_replays(other)?;
        own.minus(&theirs)
    }
}

/// Returns the contenders in the user's order.
pub fn contenders<'s>(scope: &'s Scope<'s>, cells: &[Cell]) -> Vec<Contender<'s>> {
    let contenders = scope.variants.iter().filter(|name| scope.is_contender(name));
    contenders
        .filter_map(|name| {
            let series = primary_series(scope, name, false)?;
            Some(Contender { name, series, replays: replays(cells, name, series) })
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

/// Exact replays at the capacity of a series, the longest first.
fn replays(cells: &[Cell], name: &str, series: &Series) -> Vec<ReplayHits> {
    let mut found: Vec<(&Cell, &HitRatioFigures)> = cells
        .iter()
        .filter(|cell| cell.variant == name && cell.capacity == series.capacity)
        .filter(|cell| !cell.server_capacity)
        .filter_map(|cell| Some((cell, cell.hit_ratio()?)))
        .collect();
    found.sort_by_key(|(cell, figures)| {
        (Reverse(figures.requests), cell.load != Load::ONE, cell.load)
    });
    found.dedup_by_key(|(_, figures)| figures.requests);
    found
        .into_iter()
        .filter_map(|(_, figures)| {
            let [low, high] = figures.hit_ratio_range?;
            Some(ReplayHits { low, high, requests: figures.requests })
        })
        .collect()
}
