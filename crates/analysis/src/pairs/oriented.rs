//! One variant compared with a rival, seen from the variant's side.

use bakeoff_protocol::results::{AccessTime, AccessTimeDifference, Pair, Verdict};

use super::contender::Contender;
use super::paired::Paired;

/// Lowest miss cost that counts, in nanoseconds. A read from a fast local disk takes longer than
/// 10 µs, and cheaper values are not cached.
pub const LOWEST_MISS_NS: f64 = 10_000.0;
/// Hit ratios that differ by less than a tenth of a point do not decide between equal variants.
pub const HIT_RATIO_MARGIN: f64 = 0.001;

/// Comparison of a variant with a rival.
pub struct OrientedPair<'a> {
    pub variant: &'a Contender<'a>,
    pub rival: &'a Contender<'a>,
    /// The variant against the rival.
    pub pair: Pair,
    /// Service time of the variant minus that of the rival, in nanoseconds.
    pub time_ns: f64,
    /// Lowest and highest difference of hit ratios, if they can be compared.
    pub hits: Option<[f64; 2]>,
}

/// Compares a variant with every other eligible one.
pub fn rivals<'a>(
    variant: &'a Contender<'a>,
    eligible: &[&'a Contender<'a>],
    pairs: &[Paired],
) -> Vec<OrientedPair<'a>> {
    let others = eligible.iter().filter(|other| other.name != variant.name);
    others.filter_map(|other| oriented(variant, other, pairs)).collect()
}

/// Compares two variants; `None` if no round contains both.
pub fn oriented<'a>(
    variant: &'a Contender<'a>,
    rival: &'a Contender<'a>,
    pairs: &[Paired],
) -> Option<OrientedPair<'a>> {
    let hits = variant.hits_minus(rival);
    pairs.iter().filter(|paired| !paired.aa_control).find_map(|paired| {
        let recorded = (paired.record.variant.as_str(), paired.record.baseline.as_str());
        let time_ns = paired.time.estimate;
        if recorded == (variant.name, rival.name) {
            Some(OrientedPair { variant, rival, pair: paired.record.clone(), time_ns, hits })
        } else if recorded == (rival.name, variant.name) {
            let pair = paired.record.inverted();
            Some(OrientedPair { variant, rival, pair, time_ns: -time_ns, hits })
        } else {
            None
        }
    })
}

/// Returns true if the variant of a pair has a significantly lower mean access time at that miss
/// cost; `hits` is the lowest and highest difference of hit ratios.
pub fn beats(pair: &Pair, hits: Option<[f64; 2]>, miss_ns: f64) -> bool {
    let Some([least, _]) = hits else {
        // Hit ratios over different requests: only throughput can be compared.
        return matches!(pair.verdict, Verdict::Faster | Verdict::SlightlyFaster);
    };
    let Some(difference) = &pair.access_time else { return false };
    let significant = difference.at(miss_ns)[1] < 0.0;
    match pair.verdict {
        Verdict::Inconclusive => significant && pair.not_comparable.is_some(),
        Verdict::Equivalent => significant && least >= HIT_RATIO_MARGIN,
        _ => significant,
    }
}

impl OrientedPair<'_> {
    /// Returns true if the variant has a significantly lower mean access time at that miss cost.
    pub fn beats(&self, miss_ns: f64) -> bool {
        beats(&self.pair, self.hits, miss_ns)
    }

    /// Returns the highest miss cost at which a variant with the lower service time certainly has
    /// the lower mean access time, if the replays do not show which of the two misses less.
    pub fn certain_up_to(&self) -> Option<f64> {
        let AccessTimeDifference { high_ns, fewer_misses: [least, most], .. } =
            self.pair.access_time?;
        let open = high_ns < 0.0 && least < 0.0 && most >= 0.0;
        open.then(|| high_ns / least).filter(|&miss_ns| miss_ns <= AccessTime::RANGE_NS[1])
    }

    /// Returns the difference of mean access times at the lowest miss cost.
    pub fn lead_ns(&self) -> f64 {
        let fewer = self.pair.access_time.map_or(0.0, |difference| {
            let [least, most] = difference.fewer_misses;
            f64::midpoint(least, most)
        });
        self.time_ns - fewer * LOWEST_MISS_NS
    }

    /// Returns the hit ratio of the variant minus that of the rival, if they can be compared.
    pub fn hit_ratio_gain(&self) -> Option<f64> {
        self.hits.map(|[least, most]| f64::midpoint(least, most))
    }
}
