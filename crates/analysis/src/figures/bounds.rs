//! Optimal bound and infinite cache of a scenario by capacity.

use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::results::HitRatioBounds;
use bakeoff_protocol::sample::Record;

/// Returns the bounds of the hit ratio over the whole workload, by ascending capacity.
pub fn bounds(scenario: &Scenario, records: &[Record]) -> Vec<HitRatioBounds> {
    let mut all: Vec<HitRatioBounds> = Vec::new();
    for record in records {
        let Record::Bounds(bounds) = record else { continue };
        if bounds.scenario != scenario.name || bounds.reads == 0 {
            continue;
        }
        let share = |hits: u64| hits as f64 / bounds.reads as f64;
        all.retain(|other| other.capacity_entries != bounds.capacity_entries);
        all.push(HitRatioBounds {
            capacity_entries: bounds.capacity_entries,
            optimal: share(bounds.optimal_hits),
            infinite: share(bounds.infinite_hits),
        });
    }
    all.sort_by_key(|bounds| bounds.capacity_entries);
    all
}
