//! Finds variants with almost no hits at a capacity at which LRU has many.

use bakeoff_protocol::results::{
    CapacityPoint, Check, ImplausibleHitRatio, RunCheck, ScenarioResults, VariantFigures,
    VariantResults,
};
use bakeoff_protocol::{Capacity, Eviction};

/// Lowest hit ratio of LRU at which the hit ratios of other variants are compared with LRU's.
const MIN_LRU: f64 = 0.3;
/// Share of LRU's hit ratio below which a hit ratio is implausible.
const MAX_SHARE_OF_LRU: f64 = 0.1;

/// Returns the failed check, or `None` if every hit ratio is plausible.
///
/// The reference is a variant that declares exact LRU; without one, nothing can be judged.
pub fn implausible_hit_ratios(
    variants: &[VariantResults],
    scenarios: &[ScenarioResults],
) -> Option<RunCheck> {
    let is_lru = |row: &&VariantFigures| {
        let declared = variants.iter().find(|variant| variant.name == row.variant);
        let declared = declared.and_then(|variant| variant.properties.as_ref());
        declared.is_some_and(|declared| declared.evicts == Eviction::Lru && !declared.lossy)
    };
    let mut found = Vec::new();
    for of in scenarios {
        let Some(lru) = of.figures.iter().find(is_lru) else { continue };
        for row in of.figures.iter().filter(|row| row.variant != lru.variant) {
            found.extend(farthest_below_lru(row, &lru.curve).map(|[hit_ratio, lru_hit_ratio]| {
                ImplausibleHitRatio {
                    scenario: of.scenario.name.clone(),
                    variant: row.variant.clone(),
                    hit_ratio,
                    lru_hit_ratio,
                }
            }));
        }
    }
    (!found.is_empty())
        .then_some(RunCheck { passed: Some(false), check: Check::ImplausibleHitRatios { found } })
}

/// Returns the implausible hit ratio farthest below that of LRU at the same capacity, and LRU's.
fn farthest_below_lru(row: &VariantFigures, lru: &[CapacityPoint]) -> Option<[f64; 2]> {
    let at = |capacity: Capacity| lru.iter().find(|point| point.capacity == capacity);
    row.curve
        .iter()
        .filter_map(|point| Some([point.hit_ratio, at(point.capacity)?.hit_ratio]))
        .filter(|[own, lru]| *lru >= MIN_LRU && *own < MAX_SHARE_OF_LRU * lru)
        .max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))
}
