//! Comparison of a variant with a rival, whichever of them is the baseline of the recorded pair.

use bakeoff_protocol::results::{AccessTime, AccessTimeDifference, Pair, Verdict};

use super::contender::Contender;
use super::paired::Paired;

/// Lowest miss cost that recommendations consider, in nanoseconds: 10 µs. A read from a fast local
/// disk takes longer, and cheaper values are not cached.
pub const LOWEST_MISS_NS: f64 = 10_000.0;
/// Smallest difference of hit ratios that decides between variants of equal throughput: 0.1 points.
pub const HIT_RATIO_MARGIN: f64 = 0.001;

/// Pair in which `variant` is compared with `rival`.
pub struct OrientedPair<'a> {
    pub variant: &'a Contender<'a>,
    pub rival: &'a Contender<'a>,
    /// Recorded pair, inverted if necessary so that the rival is its baseline.
    pub pair: Pair,
    /// Service time of the variant minus that of the rival, in nanoseconds.
    pub time_ns: f64,
    /// Lowest and highest difference of hit ratios, if they can be compared.
    pub hits: Option<[f64; 2]>,
}

/// Returns the comparisons of a variant with every other eligible variant.
pub fn rivals<'a>(
    variant: &'a Contender<'a>,
    eligible: &[&'a Contender<'a>],
    pairs: &[Paired],
) -> Vec<OrientedPair<'a>> {
    let others = eligible.iter().filter(|other| other.name != variant.name);
    others.filter_map(|other| oriented(variant, other, pairs)).collect()
}

/// Returns the comparison of two variants; `None` if no round contains both.
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

/// Returns true if the variant of a pair has a significantly lower mean access time at a miss cost.
///
/// `hits` is the lowest and highest difference of hit ratios.
pub fn beats(pair: &Pair, hits: Option<[f64; 2]>, miss_ns: f64) -> bool {
    let Some([least, _]) = hits else {
        // Without hit ratios of both variants, only throughput can be compared.
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
    /// Returns true if the variant has a significantly lower mean access time at a miss cost.
    pub fn beats(&self, miss_ns: f64) -> bool {
        beats(&self.pair, self.hits, miss_ns)
    }

    /// Returns the miss cost up to which a lower service time decides, although the replays do not
    /// show which of the two variants has fewer misses.
    ///
    /// `None` if the service time is not significantly lower, if it is known which variant has
    /// fewer misses, or if the miss cost is above the range of rankings.
    pub fn certain_up_to(&self) -> Option<f64> {
        let AccessTimeDifference { high_ns, fewer_misses: [least, most], .. } =
            self.pair.access_time?;
        let open = high_ns < 0.0 && least < 0.0 && most >= 0.0;
        open.then(|| high_ns / least).filter(|&miss_ns| miss_ns <= AccessTime::RANGE_NS[1])
    }

    /// Returns the mean access time of the variant minus that of the rival at the lowest miss cost.
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
