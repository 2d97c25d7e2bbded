//! Finds a recommended variant that needs much more memory per entry than the smallest one.

use bakeoff_protocol::results::{
    Eligibility, TradeOff, TradeOffKind, VariantEligibility, VariantFigures,
};

/// Ratio of memory per entry to the lowest one above which it is a trade-off.
const FACTOR: f64 = 2.0;

/// Returns the trade-off of a variant in memory per entry, if there is one.
pub fn trade_off(
    variant: &str,
    figures: &[VariantFigures],
    eligibility: &[VariantEligibility],
) -> Option<TradeOff> {
    let is_eligible = |row: &&VariantFigures| {
        eligibility
            .iter()
            .any(|entry| entry.variant == row.variant && entry.eligibility == Eligibility::Eligible)
    };
    let per_entry = |row: &VariantFigures| Some(row.bytes_per_entry?.median);
    let amount = per_entry(figures.iter().find(|row| row.variant == variant)?)?;
    let (least, by) = figures
        .iter()
        .filter(is_eligible)
        .filter_map(|row| Some((per_entry(row)?, row.variant.clone())))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    (least > 0.0 && amount > FACTOR * least).then_some(TradeOff {
        kind: TradeOffKind::MemoryPerEntry,
        amount,
        least,
        by,
    })
}
