//! Reference rows of a scenario: no cache, infinite cache, optimal bound, and break-even points.

mod break_even;

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::{
    AccessTime, HitRatioBounds, NoCacheLowest, Reference, ReferenceKind, ReferenceRow,
    ScenarioResults,
};
use break_even::break_even;

use crate::select::Scope;

/// Returns the reference rows and break-even points of a scenario at its miss cost.
pub fn reference(scope: &Scope, results: &ScenarioResults) -> Reference {
    let scenario = scope.scenario;
    let miss_cost_ns = scenario.miss_cost_ns;
    let timed = |name: &str| {
        let load = scenario.load;
        let own = scope.series.iter().chain(&scope.secondary).filter(|series| {
            series.variant == name && series.meter == Meter::Throughput && !series.aa_control
        });
        own.min_by_key(|series| (series.load != load, series.load.workers.abs_diff(load.workers)))
    };
    let break_even = results
        .figures
        .iter()
        .filter_map(|row| break_even(row, timed(&row.variant)?, miss_cost_ns))
        .collect();
    let origin = Origin { reads_per_request: scenario.reads_per_request(), miss_cost_ns };
    Reference {
        miss_cost_ns,
        rows: rows(origin, scenario.unique_keys, &results.bounds, results.timed_entries()),
        break_even,
        no_cache_lowest: no_cache_lowest(origin, &results.access_time),
    }
}

/// Load of the origin without a cache.
#[derive(Clone, Copy)]
struct Origin {
    reads_per_request: f64,
    miss_cost_ns: f64,
}

impl Origin {
    /// Returns the mean time that the origin needs per request at a hit ratio, in nanoseconds.
    fn time_ns(self, hit_ratio: f64) -> f64 {
        (1.0 - hit_ratio) * self.reads_per_request * self.miss_cost_ns
    }
}

fn rows(
    origin: Origin,
    unique_keys: u64,
    bounds: &[HitRatioBounds],
    timed_entries: Option<u64>,
) -> Vec<ReferenceRow> {
    let row = |kind, hit_ratio: f64, entries| ReferenceRow {
        kind,
        hit_ratio,
        entries,
        access_time_ns: origin.time_ns(hit_ratio),
        requests_per_second: None,
    };
    let no_cache = row(ReferenceKind::NoCache, 0.0, 0);
    let rate = 1e9 / no_cache.access_time_ns;
    let mut rows =
        vec![ReferenceRow { requests_per_second: rate.is_finite().then_some(rate), ..no_cache }];
    rows.extend(
        bounds.first().map(|any| row(ReferenceKind::InfiniteCache, any.infinite, unique_keys)),
    );
    rows.extend(
        bounds
            .iter()
            .find(|one| Some(one.capacity_entries) == timed_entries)
            .map(|at| row(ReferenceKind::OptimalBound, at.optimal, at.capacity_entries)),
    );
    rows
}

/// Returns the comparison with the best eligible variant if the estimate without a cache is
/// lower.
fn no_cache_lowest(origin: Origin, access_time: &AccessTime) -> Option<NoCacheLowest> {
    let access_time_ns = origin.time_ns(0.0);
    let eligible = || {
        access_time
            .lines
            .iter()
            .filter(|line| line.eligible)
            .map(|line| (line, line.at(origin.miss_cost_ns, 0.0)))
    };
    let (closest, closest_ns) = eligible().min_by(|a, b| a.1[0].total_cmp(&b.1[0]))?;
    (closest_ns[0] > access_time_ns).then(|| NoCacheLowest {
        access_time_ns,
        closest: closest.variant.clone(),
        closest_ns,
        confirmed: eligible().all(|(_, [_, low, _])| low > access_time_ns),
    })
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::results::AccessTimeLine;

    use super::*;

    fn origin(reads_per_request: f64, miss_cost_ns: f64) -> Origin {
        Origin { reads_per_request, miss_cost_ns }
    }

    fn line(variant: &str, time_ns: f64, misses: f64) -> AccessTimeLine {
        AccessTimeLine {
            index: 0,
            variant: variant.to_owned(),
            time_ns: [time_ns, time_ns * 0.9, time_ns * 1.1],
            misses: [misses; 2],
            round_trips: 0.0,
            eligible: true,
        }
    }

    #[test]
    fn rows_have_the_access_time_of_their_hit_ratio() {
        let bounds = [HitRatioBounds { capacity_entries: 10, optimal: 0.6, infinite: 0.9 }];
        let rows = rows(origin(0.5, 1e6), 100, &bounds, Some(10));
        let summary: Vec<_> = rows.iter().map(|row| (row.kind, row.entries)).collect();
        let expected = [
            (ReferenceKind::NoCache, 0),
            (ReferenceKind::InfiniteCache, 100),
            (ReferenceKind::OptimalBound, 10),
        ];
        assert_eq!(summary, expected);
        // Half of the requests are reads.
        assert!((rows[0].access_time_ns - 500_000.0).abs() < 1e-6);
        assert!((rows[0].requests_per_second.expect("a rate") - 2_000.0).abs() < 1e-6);
        assert!((rows[1].access_time_ns - 50_000.0).abs() < 1e-6);
        assert!((rows[2].access_time_ns - 200_000.0).abs() < 1e-6);
    }

    #[test]
    fn no_cache_is_lowest_where_a_miss_costs_less_than_the_cache() {
        let lines = vec![line("far", 100_000.0, 0.5), line("near", 2_000.0, 0.5)];
        let access_time = AccessTime { lines, by_distance: Vec::new() };
        let at = |miss_ns| no_cache_lowest(origin(1.0, miss_ns), &access_time);
        assert_eq!(at(1e6), None);
        let found = at(1_000.0).expect("no cache is lowest");
        assert_eq!((found.closest.as_str(), found.confirmed), ("near", true));
        // 2,000 ns ± 10 % + half of a miss, against a whole miss.
        assert!(at(3_800.0).is_some_and(|found| !found.confirmed));
        let none = AccessTime::default();
        assert_eq!(no_cache_lowest(origin(1.0, 1.0), &none), None);
    }
}
