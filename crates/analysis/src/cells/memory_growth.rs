//! Decides whether the memory of a full cache grows while its content is replaced.

use bakeoff_protocol::results::{Cell, MemoryGrowthFigures};
use bakeoff_protocol::trial::{MemoryTurnover, TrialReport};

/// Growth in one half of the passes that counts as a leak, as a share of the memory after the
/// second pass. A leak of 3 % of an entry per eviction exceeds this share.
const GROWTH_TOLERANCE: f64 = 0.1;
/// Growth in one half of the passes, in bytes, that never counts as a leak, because an allocator
/// may need it.
const MIN_GROWTH_BYTES: f64 = 1_048_576.0;

/// Returns the growth that a memory trial observed; `None` without a turnover.
///
/// The first pass is left out, because it may still fill the cache. Memory grows if it grows in both
/// halves of the other passes: a table that is enlarged once is not a leak.
pub fn memory_growth(report: &TrialReport) -> Option<MemoryGrowthFigures> {
    let MemoryTurnover { keys_per_pass, bytes_after_pass, .. } = report.memory_turnover.as_ref()?;
    let last = bytes_after_pass.len().checked_sub(1).filter(|&last| last >= 3)?;
    let [from_bytes, middle_bytes, to_bytes] =
        [1, last.div_ceil(2), last].map(|pass| bytes_after_pass[pass]);
    let allowed = (GROWTH_TOLERANCE * from_bytes as f64).max(MIN_GROWTH_BYTES);
    let grew = |from: u64, to: u64| to as f64 - from as f64 > allowed;
    Some(MemoryGrowthFigures {
        turnovers: (keys_per_pass * bytes_after_pass.len() as u64) as f64
            / report.entries_held.max(1) as f64,
        from_bytes,
        middle_bytes,
        to_bytes,
        grows: grew(from_bytes, middle_bytes) && grew(middle_bytes, to_bytes),
    })
}

/// Returns the strongest growth in the memory cells of a variant; `None` if its memory does not
/// grow.
pub fn strongest_growth<'c>(cells: impl Iterator<Item = &'c Cell>) -> Option<MemoryGrowthFigures> {
    cells
        .filter_map(|cell| cell.memory()?.growth.filter(|growth| growth.grows))
        .max_by_key(|growth| growth.to_bytes - growth.from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(mebibytes: [u64; 10]) -> MemoryGrowthFigures {
        let turnover = MemoryTurnover {
            keys_per_pass: 10_000,
            bytes_after_pass: mebibytes.map(|size| size << 20).to_vec(),
            entries_held: 5_000,
        };
        let report = TrialReport {
            memory_turnover: Some(turnover),
            entries_held: 5_000,
            ..TrialReport::default()
        };
        memory_growth(&report).expect("a turnover")
    }

    #[test]
    fn only_growth_in_both_halves_is_a_leak() {
        let leak = growth([20, 40, 60, 80, 100, 120, 140, 160, 180, 200]);
        assert!(leak.grows);
        assert_eq!((leak.from_bytes >> 20, leak.to_bytes >> 20), (40, 200));
        assert!((leak.turnovers - 20.0).abs() < 1e-9);
        assert!(
            !growth([20, 40, 40, 40, 40, 40, 40, 40, 40, 40]).grows,
            "filled in the first pass"
        );
        assert!(!growth([20, 20, 20, 20, 20, 20, 20, 40, 40, 40]).grows, "a table enlarged once");
        assert!(!growth([20, 20, 20, 21, 21, 21, 21, 22, 22, 22]).grows, "within the tolerance");
    }

    #[test]
    fn a_report_without_turnover_shows_no_growth() {
        assert_eq!(memory_growth(&TrialReport::default()), None);
    }
}
