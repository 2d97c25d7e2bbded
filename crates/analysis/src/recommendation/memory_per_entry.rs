//! Finds a recommended variant that needs much more memory per entry than the smallest one.

use bakeoff_protocol::results::{ScenarioResults, TradeOff, TradeOffKind};

/// Memory per entry that counts as a trade-off, as a multiple of the lowest memory per entry.
const TRADE_OFF_FACTOR: f64 = 2.0;

/// Returns the trade-off of a variant in memory per entry, if there is one.
pub fn trade_off(variant: &str, results: &ScenarioResults) -> Option<TradeOff> {
    let per_entry = |name: &str| Some(results.row(name)?.bytes_per_entry?.median);
    let amount = per_entry(variant)?;
    let (least, by) = results
        .eligible()
        .filter_map(|name| Some((per_entry(name)?, name.to_owned())))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    (least > 0.0 && amount > TRADE_OFF_FACTOR * least).then_some(TradeOff {
        kind: TradeOffKind::MemoryPerEntry,
        amount,
        least,
        by,
    })
}
