//! Computes the mean latency of a read as the sum of share × latency over the tiers.
//!
//! The shares are those of the exact replays. The latency of a tier is configured or measured. A
//! measured latency is the service time of the variant, if it has one tier. With two tiers, it is
//! the service time of the fastest one-tier variant: in process for L1, over the same service for
//! L2. The latency of the origin is the scenario's miss cost, unless configured.

use bakeoff_protocol::results::decision::{
    ScenarioLatencies, TierLatencies, TierLatency, VariantLatency,
};
use bakeoff_protocol::results::{Results, ScenarioResults, VariantFigures};

/// Returns the mean latencies of all variants by scenario, without scenarios that have none.
pub fn latencies(
    results: &Results,
    scenarios: &[&ScenarioResults],
    configured: &TierLatencies,
) -> Vec<ScenarioLatencies> {
    let variants = |of: &ScenarioResults| -> Vec<VariantLatency> {
        of.figures
            .iter()
            .filter_map(|row| {
                let tiers = tiers(results, of, row, configured)?;
                Some(VariantLatency { variant: row.variant.clone(), mean_ns: mean(&tiers), tiers })
            })
            .collect()
    };
    scenarios
        .iter()
        .map(|of| ScenarioLatencies { scenario: of.scenario.name.clone(), variants: variants(of) })
        .filter(|latencies| !latencies.variants.is_empty())
        .collect()
}

/// Returns the tiers of a variant with share and latency; `None` without hit ratio or throughput.
pub fn tiers(
    results: &Results,
    of: &ScenarioResults,
    row: &VariantFigures,
    configured: &TierLatencies,
) -> Option<Vec<TierLatency>> {
    let (hit, time) = (row.hit_ratio?, row.time_ns?[0]);
    let is_shared = |row: &VariantFigures| shared(results, row);
    let l1 = |time: f64| configured.l1_ns.unwrap_or(time);
    let l2 = |time: f64| configured.l2_ns.unwrap_or(time);
    let tier =
        |tier: &str, share, latency_ns| TierLatency { tier: tier.to_owned(), share, latency_ns };
    let mut tiers = match (is_shared(row), row.tiers.as_slice()) {
        (true, [first, others @ ..]) if !others.is_empty() => {
            let fastest = |matches: &dyn Fn(&VariantFigures) -> bool| {
                let one_tier = of.figures.iter().filter(|row| row.tiers.len() < 2 && matches(row));
                one_tier.filter_map(|row| Some(row.time_ns?[0])).min_by(f64::total_cmp)
            };
            let near = fastest(&|other| !is_shared(other));
            let far = fastest(&|other| {
                is_shared(other) && services(results, other) == services(results, row)
            });
            vec![
                tier("L1", *first, l1(near.unwrap_or(time))),
                tier("L2", others.iter().sum(), l2(far.unwrap_or(time))),
            ]
        }
        (true, _) => vec![tier("L2", hit, l2(time))],
        (false, _) => vec![tier("L1", hit, l1(time))],
    };
    tiers.push(tier("L3", 1.0 - hit, configured.l3_ns.unwrap_or(of.scenario.miss_cost_ns)));
    Some(tiers)
}

/// Returns the sum of share × latency over the tiers, in nanoseconds.
pub fn mean(tiers: &[TierLatency]) -> f64 {
    tiers.iter().map(|tier| tier.share * tier.latency_ns).sum()
}

fn shared(results: &Results, row: &VariantFigures) -> bool {
    let variant = results.variants.get(row.index);
    let declared = variant.and_then(|variant| variant.properties.as_ref());
    declared.is_some_and(|properties| properties.shared)
}

fn services<'a>(results: &'a Results, row: &VariantFigures) -> Option<&'a [String]> {
    results.variants.get(row.index).map(|variant| variant.manifest.services.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_is_the_sum_of_share_times_latency() {
        let tier = |tier: &str, share, latency_ns| TierLatency {
            tier: tier.to_owned(),
            share,
            latency_ns,
        };
        // 80 % in 10 µs, 15 % in 5 ms, 5 % in 100 ms: 5.758 ms.
        let three = [tier("L1", 0.8, 1e4), tier("L2", 0.15, 5e6), tier("L3", 0.05, 1e8)];
        assert!((mean(&three) - 5.758e6).abs() < 1.0);
    }
}
