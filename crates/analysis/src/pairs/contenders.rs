//! Each variant's primary cell: the one that the scenario is decided by.

use std::cmp::Reverse;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::results::Cell;
use bakeoff_protocol::trial::{Load, Meter};

use crate::select::{Scope, Series};

/// A variant with timed rounds.
pub struct Contender<'s> {
    /// The variant.
    pub name: &'s str,
    /// Its timed series at the scenario's capacity and load.
    pub series: &'s Series<'s>,
    /// What its exact replays counted at that capacity: over the longest first, then over fewer
    /// requests, as services replay them.
    pub replays: Vec<Hits>,
}

/// Hit ratio of exact replays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hits {
    /// Lowest ratio of the replays.
    pub low: f64,
    /// Highest; equal where they agree.
    pub high: f64,
    /// Requests that each replayed.
    pub requests: u64,
}

impl Hits {
    /// The middle of the range.
    pub const fn middle(&self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// Least and greatest difference to another, where both replayed the same requests.
    fn minus(&self, other: &Self) -> Option<[f64; 2]> {
        (self.requests == other.requests).then_some([self.low - other.high, self.high - other.low])
    }
}

impl Series<'_> {
    /// What its time a request may change by, as a share of it, from the measured sections to the
    /// requests of an exact replay, because its hit ratio is another there: least and greatest.
    ///
    /// t = H·hit + (1 − H)·miss, so that from Hs to H it changes by (Hs − H)·(miss − hit). A miss
    /// looks up and then stores, so it takes no less than a hit; and as t ≥ (1 − Hs)·miss it takes
    /// no more than t / (1 − Hs). `None` where the sections hold no miss to tell, and hits differ.
    pub fn section_shift(&self, exact: Hits) -> Option<[f64; 2]> {
        let section = self.section_hit_ratio()?;
        let fewer = section - exact.middle();
        if fewer == 0.0 {
            return Some([0.0; 2]);
        }
        let shift = fewer / (1.0 - section);
        shift.is_finite().then_some([shift.min(0.0), shift.max(0.0)])
    }
}

impl Contender<'_> {
    /// What its longest exact replays counted.
    pub fn hits(&self) -> Option<Hits> {
        self.replays.first().copied()
    }

    /// What both counted over the same requests, the longest that both replayed.
    pub fn hits_of_both(&self, other: &Self) -> Option<(Hits, Hits)> {
        self.replays.iter().find_map(|own| {
            let same = other.replays.iter().find(|theirs| theirs.requests == own.requests)?;
            Some((*own, *same))
        })
    }

    /// Least and greatest difference of hit ratios to another, where both replayed the same
    /// requests.
    pub fn hits_minus(&self, other: &Self) -> Option<[f64; 2]> {
        let (own, theirs) = self.hits_of_both(other)?;
        own.minus(&theirs)
    }
}

/// The contenders in the user's order: entrants whose rounds count.
pub fn of<'s>(scope: &'s Scope<'s>, cells: &[Cell]) -> Vec<Contender<'s>> {
    let entrants = scope.variants.iter().filter(|name| scope.is_entrant(name));
    entrants
        .filter_map(|name| {
            let series = primary(scope, name, false)?;
            Some(Contender { name, series, replays: replays(cells, name, series) })
        })
        .collect()
}

/// The series of a variant that is nearest to what the scenario times.
pub fn primary<'s>(scope: &'s Scope<'s>, name: &str, twin: bool) -> Option<&'s Series<'s>> {
    let (capacity, load) = (scope.scenario.timed_capacity, scope.scenario.load);
    scope.series.iter().filter(|series| series.variant == name && series.twin == twin).min_by_key(
        |series| {
            let capacity = match series.capacity {
                same if same == capacity => 0,
                Capacity::Unbounded => 1,
                _ => 2,
            };
            (capacity, series.load != load, series.load.workers.abs_diff(load.workers), series.load)
        },
    )
}

/// The exact hit ratios at the capacity of a series, those over most requests first.
fn replays(cells: &[Cell], name: &str, series: &Series) -> Vec<Hits> {
    let mut cells: Vec<&Cell> = cells
        .iter()
        .filter(|cell| cell.variant == name && cell.meter == Meter::HitRatio)
        .filter(|cell| cell.capacity == series.capacity && !cell.capacity_as_configured)
        .collect();
    cells.sort_by_key(|cell| (Reverse(cell.requests), cell.load != Load::ONE, cell.load));
    cells.dedup_by_key(|cell| cell.requests);
    cells
        .into_iter()
        .filter_map(|cell| {
            let [low, high] = cell.hit_ratio_range?;
            Some(Hits { low, high, requests: cell.requests? })
        })
        .collect()
}
