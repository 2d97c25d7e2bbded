//! Memory as a function of the number of entries, from a few measured sizes.

use bakeoff_protocol::results::SizePoint;

/// Memory by number of entries: linear between measured sizes.
///
/// Below the smallest and above the largest size, the memory per entry of that size applies.
pub struct MemoryModel<'a> {
    points: &'a [SizePoint],
}

impl<'a> MemoryModel<'a> {
    /// Creates the model from sizes with ascending entries; `None` if nothing was measured.
    pub fn new(points: &'a [SizePoint]) -> Option<Self> {
        (!points.is_empty()).then_some(Self { points })
    }

    /// Returns the memory of a number of entries, in bytes.
    pub fn bytes(&self, entries: f64) -> f64 {
        let (first, last) = self.ends();
        let between = self.points.windows(2).find(|pair| entries <= pair[1].entries as f64);
        match between {
            Some(pair) if entries >= first.entries as f64 => {
                let (from, to) = (pair[0].entries as f64, pair[1].entries as f64);
                let share = (entries - from) / (to - from);
                pair[0].bytes + share * (pair[1].bytes - pair[0].bytes)
            }
            _ if entries <= first.entries as f64 => entries * first.bytes_per_entry,
            _ => entries * last.bytes_per_entry,
        }
    }

    /// Returns the largest number of entries, at most `most`, whose memory is within a budget.
    pub fn entries_within(&self, budget_bytes: u64, most: u64) -> u64 {
        let fits = |entries: u64| self.bytes(entries as f64) <= budget_bytes as f64;
        if fits(most) {
            return most;
        }
        let (mut fitting, mut too_many) = (0, most);
        while too_many - fitting > 1 {
            let middle = fitting.midpoint(too_many);
            if fits(middle) {
                fitting = middle;
            } else {
                too_many = middle;
            }
        }
        fitting
    }

    /// Returns true if a number of entries is outside the measured sizes.
    pub fn is_extrapolated(&self, entries: u64) -> bool {
        let (first, last) = self.ends();
        entries < first.entries || entries > last.entries
    }

    fn ends(&self) -> (&SizePoint, &SizePoint) {
        (&self.points[0], &self.points[self.points.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(entries: u64, bytes: f64) -> SizePoint {
        let bytes_per_entry = bytes / entries as f64;
        SizePoint { entries, bytes, bytes_per_entry, overhead_per_entry: None }
    }

    #[test]
    fn memory_is_linear_between_sizes_and_proportional_outside() {
        let points = [point(100, 20_000.0), point(1_000, 110_000.0)];
        let model = MemoryModel::new(&points).expect("points");
        for (entries, bytes) in
            [(50.0, 10_000.0), (100.0, 20_000.0), (550.0, 65_000.0), (2_000.0, 220_000.0)]
        {
            assert!((model.bytes(entries) - bytes).abs() < 1e-6, "{entries}");
        }
        assert_eq!(model.entries_within(65_000, 10_000), 550);
        assert_eq!(model.entries_within(220_000, 10_000), 2_000);
        assert_eq!(model.entries_within(220_000, 1_500), 1_500);
        assert_eq!(model.entries_within(10, 1_500), 0);
        assert!(model.is_extrapolated(99) && model.is_extrapolated(1_001));
        assert!(!model.is_extrapolated(100));
        assert!(MemoryModel::new(&[]).is_none());
    }
}
