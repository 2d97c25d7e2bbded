//! Memory of each variant by number of entries, and the hit ratio possible with a given memory.

mod hit_ratio_curve;
mod memory_model;

use bakeoff_protocol::results::sizing::BUDGETS_BYTES;
use bakeoff_protocol::results::{
    Cell, MemoryBudget, MemoryHitRatio, ScenarioResults, SizePoint, Sizing, VariantFigures,
};
use hit_ratio_curve::HitRatioCurve;
use memory_model::MemoryModel;

/// Size of a key, in bytes.
const KEY_BYTES: f64 = 8.0;

/// Returns the sizing of each variant with a measured memory, in the user's order.
pub fn sizing(results: &ScenarioResults) -> Vec<Sizing> {
    results.figures.iter().filter_map(|row| of_variant(results, row)).collect()
}

fn of_variant(results: &ScenarioResults, row: &VariantFigures) -> Option<Sizing> {
    let unique_keys = results.scenario.unique_keys;
    let cells: Vec<&Cell> = results.cells_of(&row.variant).collect();
    let points = points(&cells);
    let model = MemoryModel::new(&points)?;
    let replayed = replays(&cells);
    let curve = replayed
        .iter()
        .map(|&(entries, hit_ratio)| MemoryHitRatio {
            entries,
            bytes: model.bytes(entries as f64),
            hit_ratio,
            memory_extrapolated: model.is_extrapolated(entries),
        })
        .collect();
    let all_keys = results.bounds.first().map(|any| (unique_keys, any.infinite));
    let is_bounded =
        cells.iter().any(|cell| cell.capacity != bakeoff_protocol::Capacity::Unbounded);
    let hit_ratios = HitRatioCurve::new(replayed, all_keys);
    let budget = |&budget_bytes: &u64| {
        let entries = model.entries_within(budget_bytes, unique_keys);
        let all_keys_fit = entries >= unique_keys;
        let usable = hit_ratios.as_ref().filter(|_| is_bounded || all_keys_fit);
        let at = usable.map(|curve| curve.at(entries));
        MemoryBudget {
            budget_bytes,
            entries,
            all_keys_fit,
            hit_ratio: at.map(|(hit_ratio, _)| hit_ratio),
            memory_extrapolated: model.is_extrapolated(entries),
            hit_ratio_extrapolated: at.is_some_and(|(_, extrapolated)| extrapolated),
        }
    };
    Some(Sizing {
        index: row.index,
        variant: row.variant.clone(),
        budgets: BUDGETS_BYTES.iter().map(budget).collect(),
        curve,
        points,
    })
}

/// Returns the measured sizes by ascending number of entries.
fn points(cells: &[&Cell]) -> Vec<SizePoint> {
    let mut points: Vec<SizePoint> = cells
        .iter()
        .filter_map(|cell| {
            let memory = cell.memory()?;
            let bytes_per_entry = memory.bytes_per_entry?.median;
            // A strategy that stores nothing needs no memory.
            let entries = cell.entries_held.filter(|&entries| entries > 0)?;
            let overhead = |value_bytes| bytes_per_entry - KEY_BYTES - value_bytes;
            Some(SizePoint {
                entries,
                bytes: bytes_per_entry * entries as f64,
                bytes_per_entry,
                overhead_per_entry: memory.mean_value_bytes.map(overhead),
            })
        })
        .collect();
    points.sort_by_key(|point| point.entries);
    points.dedup_by_key(|point| point.entries);
    points
}

/// Entries and hit ratio of each replayed capacity. Of several replays, the longest is kept.
fn replays(cells: &[&Cell]) -> Vec<(u64, f64)> {
    let mut replays: Vec<(u64, u64, f64)> = cells
        .iter()
        .filter_map(|cell| {
            let figures = cell.hit_ratio()?;
            let entries = cell.capacity_entries.or(cell.entries_held)?;
            Some((entries, figures.requests, figures.middle()?))
        })
        .collect();
    replays.sort_by_key(|&(entries, requests, _)| (entries, std::cmp::Reverse(requests)));
    replays.dedup_by_key(|&mut (entries, ..)| entries);
    replays.into_iter().map(|(entries, _, hit_ratio)| (entries, hit_ratio)).collect()
}
