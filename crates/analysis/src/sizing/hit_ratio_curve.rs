//! Hit ratio as a function of the number of entries, from the replayed capacities.

/// Hit ratio by number of entries, interpolated linearly in the logarithm of the entries.
pub struct HitRatioCurve {
    /// Entries and hit ratio, ascending.
    replayed: Vec<(u64, f64)>,
    /// Number of keys and the hit ratio of a cache that holds them all, if it is known.
    all_keys: Option<(u64, f64)>,
}

impl HitRatioCurve {
    /// Creates the curve of a bounded variant; `None` without replays.
    pub fn new(mut replayed: Vec<(u64, f64)>, all_keys: Option<(u64, f64)>) -> Option<Self> {
        replayed.retain(|&(entries, _)| entries > 0);
        replayed.sort_by_key(|&(entries, _)| entries);
        replayed.dedup_by_key(|&mut (entries, _)| entries);
        (!replayed.is_empty()).then_some(Self { replayed, all_keys })
    }

    /// Returns the hit ratio with room for `entries`; the flag is true outside the replayed sizes.
    ///
    /// With room for all keys, the hit ratio is that of an infinite cache. Between the largest
    /// replay and that size it is interpolated. Below the smallest replay it is proportional to the
    /// entries.
    pub fn at(&self, entries: u64) -> (f64, bool) {
        if let Some((keys, hit_ratio)) = self.all_keys
            && entries >= keys
        {
            return (hit_ratio, false);
        }
        let (first, last) = (self.replayed[0], self.replayed[self.replayed.len() - 1]);
        if entries < first.0 {
            return (first.1 * entries as f64 / first.0 as f64, true);
        }
        let next = self.replayed.iter().position(|&(at, _)| at >= entries);
        match (next, self.all_keys) {
            (Some(0), _) => (first.1, false),
            (Some(next), _) => {
                (interpolate(self.replayed[next - 1], self.replayed[next], entries), false)
            }
            (None, Some(all)) if all.0 > last.0 => (interpolate(last, all, entries), true),
            (None, _) => (last.1, true),
        }
    }
}

fn interpolate(from: (u64, f64), to: (u64, f64), entries: u64) -> f64 {
    let log = |entries: u64| (entries as f64).ln();
    let share = (log(entries) - log(from.0)) / (log(to.0) - log(from.0));
    from.1 + share * (to.1 - from.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_ratios_outside_the_replays_are_marked() {
        let curve = HitRatioCurve::new(vec![(1_000, 0.5), (10, 0.1)], Some((10_000, 0.9)));
        let curve = curve.expect("replays");
        let close = |entries, expected: f64, extrapolated| {
            let (hit_ratio, marked) = curve.at(entries);
            assert!((hit_ratio - expected).abs() < 1e-12, "{entries}: {hit_ratio}");
            assert_eq!(marked, extrapolated, "{entries}");
        };
        close(5, 0.05, true);
        close(10, 0.1, false);
        close(100, 0.3, false);
        close(1_000, 0.5, false);
        close(10_000, 0.9, false);
        close(20_000, 0.9, false);
        let (beyond, marked) = curve.at(3_162);
        assert!(marked && (beyond - 0.7).abs() < 1e-3, "{beyond}");
        assert!(HitRatioCurve::new(Vec::new(), None).is_none());
        let open = HitRatioCurve::new(vec![(10, 0.1)], None).expect("a replay");
        assert_eq!(open.at(100), (0.1, true));
    }
}
