//! Computes the lowest and highest miss cost at which a recommendation is valid.

use bakeoff_protocol::results::UpperLimit;

use crate::pairs::oriented::OrientedPair;

/// Lowest miss cost that recommendations consider, in nanoseconds: 10 µs. A read from a fast local
/// disk takes longer, and cheaper values are not cached.
const LOWEST_MISS_NS: f64 = 10_000.0;

/// Returns the miss cost above which the variant beats every rival; `None` if it is below
/// 10 µs.
pub fn lower_limit(views: &[OrientedPair]) -> Option<f64> {
    let limits = views.iter().filter_map(|view| {
        let difference = view.pair.access_time?;
        let [least, _] = difference.fewer_misses;
        (difference.high_ns >= 0.0 && least > 0.0).then(|| difference.high_ns / least)
    });
    limits.reduce(f64::max).filter(|&limit| limit > LOWEST_MISS_NS)
}

/// Returns the lowest miss cost at which a rival may become better; `None` if there is none.
pub fn upper_limit(views: &[OrientedPair]) -> Option<UpperLimit> {
    let crossovers = views.iter().filter_map(|view| {
        let crossover = view.pair.crossover.as_ref()?;
        (crossover.better_below == view.variant.name).then(|| UpperLimit {
            miss_cost_ns: crossover.miss_cost_ns,
            interval_ns: Some([crossover.low_ns, crossover.high_ns]),
            rival: view.rival.name.to_owned(),
            rival_is_better: true,
        })
    });
    let open = views.iter().filter_map(|view| {
        Some(UpperLimit {
            miss_cost_ns: view.certain_up_to()?,
            interval_ns: None,
            rival: view.rival.name.to_owned(),
            rival_is_better: false,
        })
    });
    crossovers.chain(open).min_by(|a, b| a.miss_cost_ns.total_cmp(&b.miss_cost_ns))
}
