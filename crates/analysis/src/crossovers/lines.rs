//! Lines of mean access time against miss cost, and the paired differences between lines.

use bakeoff_protocol::results::{AccessTimeDifference, AccessTimeLine};

/// Lines of all variants in a scenario, and their paired differences.
pub struct Lines {
    pub lines: Vec<AccessTimeLine>,
    /// Indexes of variant and baseline, and the difference variant minus baseline.
    pub pairs: Vec<(usize, usize, AccessTimeDifference)>,
}

/// Lines of a scenario at one network distance.
pub struct LinesAtDistance<'a> {
    pub all: &'a Lines,
    pub distance_ns: f64,
}

impl Lines {
    /// Returns the paired difference `one` minus `other`.
    pub fn difference(&self, one: usize, other: usize) -> Option<AccessTimeDifference> {
        self.pairs.iter().find_map(|&(variant, baseline, difference)| {
            if (variant, baseline) == (one, other) {
                Some(difference)
            } else if (variant, baseline) == (other, one) {
                Some(difference.inverted())
            } else {
                None
            }
        })
    }
}

impl LinesAtDistance<'_> {
    pub fn mean(&self, line: &AccessTimeLine, miss_ns: f64) -> f64 {
        line.at(miss_ns, self.distance_ns)[0]
    }

    /// Returns the interval of `one` minus `other` at a miss cost; `None` without a common round.
    pub fn difference(
        &self,
        one: &AccessTimeLine,
        other: &AccessTimeLine,
        miss_ns: f64,
    ) -> Option<[f64; 2]> {
        let far = (one.round_trips - other.round_trips) * self.distance_ns;
        Some(self.all.difference(one.index, other.index)?.at(miss_ns).map(|end| end + far))
    }

    /// Returns the miss cost at which two lines cross.
    pub fn crossing(&self, one: &AccessTimeLine, other: &AccessTimeLine) -> f64 {
        (self.mean(other, 0.0) - self.mean(one, 0.0)) / (one.mean_misses() - other.mean_misses())
    }

    pub fn line(&self, name: &str) -> Option<&AccessTimeLine> {
        self.all.lines.iter().find(|line| line.variant == name)
    }
}
