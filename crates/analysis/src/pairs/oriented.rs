//! Comparison of a variant with a rival, whichever of them is the baseline of the recorded pair.

use bakeoff_protocol::results::{AccessTime, AccessTimeDifference, Pair};

use super::analyzed_pair::AnalyzedPair;
use super::contender::Contender;

/// Pair in which `variant` is compared with `rival`.
pub struct OrientedPair<'a> {
    pub variant: &'a Contender<'a>,
    pub rival: &'a Contender<'a>,
    /// Recorded pair, inverted if necessary so that the rival is its baseline.
    pub pair: Pair,
}

/// Returns the comparisons of a variant with every other eligible variant.
pub fn rivals<'a>(
    variant: &'a Contender<'a>,
    eligible: &[&'a Contender<'a>],
    pairs: &[AnalyzedPair],
) -> Vec<OrientedPair<'a>> {
    let others = eligible.iter().filter(|other| other.name != variant.name);
    others.filter_map(|other| oriented(variant, other, pairs)).collect()
}

/// Returns the comparison of two variants; `None` if no round contains both.
pub fn oriented<'a>(
    variant: &'a Contender<'a>,
    rival: &'a Contender<'a>,
    pairs: &[AnalyzedPair],
) -> Option<OrientedPair<'a>> {
    pairs.iter().filter(|paired| !paired.aa_control).find_map(|paired| {
        let recorded = (paired.record.variant.as_str(), paired.record.baseline.as_str());
        if recorded == (variant.name, rival.name) {
            Some(OrientedPair { variant, rival, pair: paired.record.clone() })
        } else if recorded == (rival.name, variant.name) {
            Some(OrientedPair { variant, rival, pair: paired.record.inverted() })
        } else {
            None
        }
    })
}

impl OrientedPair<'_> {
    /// Returns the miss cost up to which the variant certainly has the lower mean access time.
    ///
    /// Its service time is lower, but the replays do not show which variant has fewer misses.
    /// `None` if the service time is not significantly lower, if it is known which variant has
    /// fewer misses, or if the miss cost is above the range of rankings.
    pub fn certain_up_to(&self) -> Option<f64> {
        let AccessTimeDifference { high_ns, fewer_misses: [least, most], .. } =
            self.pair.access_time?;
        let open = high_ns < 0.0 && least < 0.0 && most >= 0.0;
        open.then(|| high_ns / least)
            .filter(|&miss_ns| miss_ns <= AccessTime::MISS_COST_RANGE_NS[1])
    }
}
