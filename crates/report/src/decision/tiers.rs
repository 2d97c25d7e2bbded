//! Mean latency of a read by tier: Σ share × latency.
//!
//! The shares are those of the exact replays. A tier's latency is what its reader says, else what
//! was measured: within the process the variant's own mean time (with two tiers, that of the
//! quickest one-tier variant within the process), in a shared cache the variant's own (with two
//! tiers, that of the quickest one-tier variant over the same service); the origin costs what a miss
//! costs.

use bakeoff_analysis::crossovers::MISS_NS;
use bakeoff_analysis::figures::{Report, Row, ScenarioFigures};

use super::wish::Tiers;

/// One tier of one variant in one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// `L1`, `L2` or `L3`.
    pub name: &'static str,
    /// Share of the reads that it answers.
    pub share: f64,
    /// Nanoseconds that an answer of it takes.
    pub latency_ns: f64,
}

/// The tiers of a variant; `None` where its hits or its time were not measured.
#[must_use]
pub fn tiers(report: &Report, of: &ScenarioFigures, row: &Row, asked: &Tiers) -> Option<Vec<Tier>> {
    let (hit, time) = (row.hit_ratio?, row.time_ns?[0]);
    let is_shared = |row: &Row| shared(report, row);
    let near = |time: f64| asked.l1.unwrap_or(time);
    let far = |time: f64| asked.l2.unwrap_or(time);
    let tier = |name, share, latency_ns| Tier { name, share, latency_ns };
    let mut tiers = match (is_shared(row), row.tiers.as_slice()) {
        (true, [first, others @ ..]) if !others.is_empty() => {
            let quickest = |alike: &dyn Fn(&Row) -> bool| {
                let alone = of.rows.iter().filter(|row| row.tiers.len() < 2 && alike(row));
                alone.filter_map(|row| Some(row.time_ns?[0])).min_by(f64::total_cmp)
            };
            let within = quickest(&|other| !is_shared(other));
            let beneath = quickest(&|other| {
                is_shared(other) && services(report, other) == services(report, row)
            });
            vec![
                tier("L1", *first, near(within.unwrap_or(time))),
                tier("L2", others.iter().sum(), far(beneath.unwrap_or(time))),
            ]
        }
        (true, _) => vec![tier("L2", hit, far(time))],
        (false, _) => vec![tier("L1", hit, near(time))],
    };
    tiers.push(tier("L3", 1.0 - hit, asked.l3.unwrap_or(MISS_NS)));
    Some(tiers)
}

/// Σ share × latency, in nanoseconds.
#[must_use]
pub fn mean(tiers: &[Tier]) -> f64 {
    tiers.iter().map(|tier| tier.share * tier.latency_ns).sum()
}

fn shared(report: &Report, row: &Row) -> bool {
    let entrant = report.entrants.get(row.place);
    let declared = entrant.and_then(|entrant| entrant.properties.as_ref());
    declared.is_some_and(|properties| properties.shared)
}

fn services<'a>(report: &'a Report, row: &Row) -> Option<&'a [String]> {
    report.entrants.get(row.place).map(|entrant| entrant.manifest.services.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_times_latencies_add_up() {
        let tier = |name, share, latency_ns| Tier { name, share, latency_ns };
        // 80 % in 10 µs, 15 % in 5 ms, 5 % in 100 ms: 5.758 ms.
        let three = [tier("L1", 0.8, 1e4), tier("L2", 0.15, 5e6), tier("L3", 0.05, 1e8)];
        assert!((mean(&three) - 5.758e6).abs() < 1.0);
    }
}
