//! Computes the break-even hit ratio of a variant from its timed lookups and stores.

use bakeoff_protocol::TrialReport;
use bakeoff_protocol::results::{BreakEven, VariantFigures};

use crate::cells::cell::estimate;
use crate::select::Series;

/// Returns the break-even of a variant; `None` if its runner did not time lookups and stores.
pub fn break_even(row: &VariantFigures, series: &Series, miss_cost_ns: f64) -> Option<BreakEven> {
    let lookup_ns = estimate(&samples(series, |report| Some(report.operation_times?.lookup_ns)))?;
    let store_ns = estimate(&samples(series, |report| Some(report.operation_times?.store_ns)))?;
    let (lookup, store) = (lookup_ns.median, store_ns.median);
    let hit_ratio = break_even_hit_ratio(lookup, store, miss_cost_ns);
    Some(BreakEven {
        variant: row.variant.clone(),
        lookup_ns,
        store_ns,
        hit_ratio,
        margin: row.hit_ratio.map(|own| own - hit_ratio),
        miss_cost_ns: row.hit_ratio.and_then(|own| break_even_miss_cost(lookup, store, own)),
    })
}

/// Returns the samples of one figure of a series, by ascending round.
fn samples(series: &Series, figure: impl Fn(&TrialReport) -> Option<f64>) -> Vec<f64> {
    series.trials.values().filter_map(|(_, report)| figure(report)).collect()
}

/// Returns the hit ratio at which a cache is as fast as running without one.
///
/// A hit takes the lookup, a miss the lookup, the origin and the store; without a cache a read takes
/// the origin alone: lookup + (1 − H) · (m + store) = m.
fn break_even_hit_ratio(lookup_ns: f64, store_ns: f64, miss_cost_ns: f64) -> f64 {
    (lookup_ns + store_ns) / (miss_cost_ns + store_ns)
}

/// Returns the miss cost at which a hit ratio is the break-even hit ratio; at least 0.
fn break_even_miss_cost(lookup_ns: f64, store_ns: f64, hit_ratio: f64) -> Option<f64> {
    (hit_ratio > 0.0).then(|| ((lookup_ns + store_ns) / hit_ratio - store_ns).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_as_fast_as_no_cache_at_its_break_even() {
        let (lookup, store, miss) = (10_000.0, 20_000.0, 100_000.0);
        let hit_ratio = break_even_hit_ratio(lookup, store, miss);
        assert!((hit_ratio - 0.25).abs() < 1e-12);
        let mean = lookup + (1.0 - hit_ratio) * (miss + store);
        assert!((mean - miss).abs() < 1e-6, "{mean}");
        let cost = break_even_miss_cost(lookup, store, 0.25).expect("a miss cost");
        assert!((cost - miss).abs() < 1e-6);
        assert_eq!(break_even_miss_cost(lookup, store, 0.0), None);
        assert!(break_even_hit_ratio(lookup, store, 5_000.0) > 1.0, "never worth it");
    }
}
