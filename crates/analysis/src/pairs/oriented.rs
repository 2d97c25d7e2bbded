//! One variant seen against another: which takes less time where a miss costs so much, and in what
//! words.

use bakeoff_protocol::results::{MeanTime, Pair, Verdict};

use crate::crossovers::RANGE_NS;
use crate::number;
use crate::pairs::Paired;
use crate::pairs::contenders::Contender;

/// What a miss costs at least: a read from a fast local disk takes longer than 10 µs, and nobody
/// caches what is cheaper to get. A variant that is quicker only below it is not the answer.
pub const LEAST_MISS_NS: f64 = 10_000.0;
/// Hit ratios that differ by less than a tenth of a point do not decide between equals.
pub const HIT_MARGIN: f64 = 0.001;

/// One variant seen against another.
pub struct View<'a> {
    pub variant: &'a Contender<'a>,
    pub rival: &'a Contender<'a>,
    /// The variant against the rival.
    pub pair: Pair,
    /// Difference of times a request, variant minus rival, in nanoseconds.
    pub time_ns: f64,
    /// Least and greatest difference of hit ratios, where they can be compared.
    pub hits: Option<[f64; 2]>,
}

/// Every other eligible contender as `one` sees it.
pub fn rivals<'a>(
    one: &'a Contender<'a>,
    eligible: &[&'a Contender<'a>],
    pairs: &[Paired],
) -> Vec<View<'a>> {
    let others = eligible.iter().filter(|other| other.name != one.name);
    others.filter_map(|other| view(one, other, pairs)).collect()
}

/// One contender against another; `None` where they never met in a round.
pub fn view<'a>(
    variant: &'a Contender<'a>,
    rival: &'a Contender<'a>,
    pairs: &[Paired],
) -> Option<View<'a>> {
    let hits = variant.hits_minus(rival);
    pairs.iter().filter(|paired| !paired.record.twin).find_map(|paired| {
        let Pair { variant: of, baseline, .. } = &paired.record;
        let time_ns = paired.time.estimate;
        if of == variant.name && baseline == rival.name {
            Some(View { variant, rival, pair: paired.record.clone(), time_ns, hits })
        } else if of == rival.name && baseline == variant.name {
            let pair = paired.record.inverted();
            Some(View { variant, rival, pair, time_ns: -time_ns, hits })
        } else {
            None
        }
    })
}

/// Whether the variant of a pair surely takes less time than its baseline where a miss costs that
/// much, with the least and greatest difference of their hit ratios.
pub fn beats(pair: &Pair, hits: Option<[f64; 2]>, miss_ns: f64) -> bool {
    let Some([least, _]) = hits else {
        // Hit ratios over different requests: only speed can be compared.
        return matches!(pair.verdict, Verdict::Faster | Verdict::SlightlyFaster);
    };
    let Some(difference) = &pair.mean_time else { return false };
    let surely_less = difference.at(miss_ns)[1] < 0.0;
    match pair.verdict {
        Verdict::Inconclusive => surely_less && pair.not_comparable.is_some(),
        Verdict::Equivalent => surely_less && least >= HIT_MARGIN,
        _ => surely_less,
    }
}

impl View<'_> {
    /// Whether the variant surely takes less time where a miss costs that much.
    pub fn beats(&self, miss_ns: f64) -> bool {
        beats(&self.pair, self.hits, miss_ns)
    }

    /// What a miss costs at most where it is certain that a variant which takes less time misses
    /// free takes less altogether, though its replays and the rival's leave open who misses less.
    pub fn certain_up_to(&self) -> Option<f64> {
        let MeanTime { high_ns, fewer_misses: [least, most], .. } = self.pair.mean_time?;
        let open = high_ns < 0.0 && least < 0.0 && most >= 0.0;
        open.then(|| high_ns / least).filter(|&miss_ns| miss_ns <= RANGE_NS.1)
    }

    /// Difference of mean times at the least that a miss costs: how close the rival comes.
    pub fn lead_ns(&self) -> f64 {
        let fewer = self.pair.mean_time.map_or(0.0, |difference| {
            let [least, most] = difference.fewer_misses;
            f64::midpoint(least, most)
        });
        self.time_ns - fewer * LEAST_MISS_NS
    }

    /// How much more the variant hits than the rival, where it can be said.
    pub fn gain(&self) -> Option<f64> {
        self.hits.map(|[least, most]| f64::midpoint(least, most))
    }

    /// The ratio of throughputs, as `21.7 times moka's throughput [21.0, 22.4]`.
    pub fn speed(&self) -> String {
        let Pair { ratio, low, high, .. } = self.pair;
        let rival = self.rival.name;
        if (0.5..=2.0).contains(&ratio) {
            let (word, sign) = if ratio >= 1.0 { ("more", 1.0) } else { ("less", -1.0) };
            let share = |ratio: f64| sign * (ratio - 1.0) * 100.0;
            let (from, to) = if ratio >= 1.0 { (low, high) } else { (high, low) };
            format!(
                "{} % {word} throughput than {rival} {}",
                number::fixed(share(ratio), 1),
                number::interval(share(from), share(to), 1)
            )
        } else {
            let figure = number::with_interval(ratio, low, high);
            let (figure, interval) = figure.split_once(' ').unwrap_or((&figure, ""));
            format!("{figure} times {rival}'s throughput {interval}")
        }
    }

    /// What it costs to take the slower of the two, from the side of the quicker one where that is
    /// many times as fast: `lru has 21.7 times its throughput [21.0, 22.4]`.
    pub fn slowness(&self) -> String {
        let Pair { ratio, low, high, .. } = self.pair;
        if ratio >= 0.5 {
            return self.speed();
        }
        let figure = number::with_interval(ratio.recip(), high.recip(), low.recip());
        let (figure, interval) = figure.split_once(' ').unwrap_or((&figure, ""));
        format!("{} has {figure} times its throughput {interval}", self.rival.name)
    }
}
