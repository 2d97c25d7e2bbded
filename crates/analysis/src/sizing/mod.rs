//! Memory of each variant by number of entries, and the hit ratio that a given memory buys.

mod hit_ratio_curve;
mod memory_model;

use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::results::sizing::BUDGETS_BYTES;
use bakeoff_protocol::results::{
    Cell, HitRatioBounds, MemoryBudget, MemoryHitRatio, SizePoint, Sizing, VariantFigures,
};
use hit_ratio_curve::HitRatioCurve;
use memory_model::MemoryModel;

/// Size of a key, in bytes.
const KEY_BYTES: f64 = 8.0;

/// Returns the sizing of each variant with a measured memory, in the user's order.
pub fn sizing(
    scenario: &Scenario,
    figures: &[VariantFigures],
    cells: &[Cell],
    bounds: &[HitRatioBounds],
) -> Vec<Sizing> {
    let infinite = bounds.first().map(|any| any.infinite);
    figures
        .iter()
        .filter_map(|row| {
            let own = cells.iter().filter(|cell| cell.variant == row.variant);
            of_variant(scenario, row, &own.collect::<Vec<_>>(), infinite)
        })
        .collect()
}

fn of_variant(
    scenario: &Scenario,
    row: &VariantFigures,
    cells: &[&Cell],
    infinite: Option<f64>,
) -> Option<Sizing> {
    let points = points(cells);
    // A strategy that stores nothing needs no memory.
    points.iter().any(|point| point.entries > 0).then_some(())?;
    let model = MemoryModel::new(&points)?;
    let replayed = replays(cells);
    let curve = replayed
        .iter()
        .map(|&(entries, hit_ratio)| MemoryHitRatio {
            entries,
            bytes: model.bytes(entries as f64),
            hit_ratio,
            memory_extrapolated: model.is_extrapolated(entries),
        })
        .collect();
    let all_keys = infinite.map(|hit_ratio| (scenario.unique_keys, hit_ratio));
    let is_bounded =
        cells.iter().any(|cell| cell.capacity != bakeoff_protocol::Capacity::Unbounded);
    let hit_ratios = HitRatioCurve::new(replayed, all_keys);
    let budget = |&budget_bytes: &u64| {
        let entries = model.entries_within(budget_bytes, scenario.unique_keys);
        let all_keys_fit = entries >= scenario.unique_keys;
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
            let middle = figures.hit_ratio_range.map(|[low, high]| f64::midpoint(low, high));
            let entries = cell.capacity_entries.or(cell.entries_held)?;
            Some((entries, figures.requests, figures.hit_ratio.or(middle)?))
        })
        .collect();
    replays.sort_by_key(|&(entries, requests, _)| (entries, std::cmp::Reverse(requests)));
    replays.dedup_by_key(|&mut (entries, ..)| entries);
    replays.into_iter().map(|(entries, _, hit_ratio)| (entries, hit_ratio)).collect()
}
