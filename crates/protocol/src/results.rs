//! `results.json`: what the samples say, one row a cell and one a pair.

use serde::{Deserialize, Serialize};

use bakeoff_strategy::Capacity;

use crate::PacedOutcome;
use crate::sample::Disturbance;
use crate::trial::{Load, Meter, TenantCounts, Timing};

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Estimate {
    /// Median over rounds.
    pub median: f64,
    /// Lower end of its interval between order statistics.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence that the interval has: 0.95 or a little more from six samples on; with fewer,
    /// the interval is their whole range, and this is less.
    pub confidence: f64,
    /// Samples that it rests on.
    pub samples: u32,
}

/// `results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Results {
    /// Version of this record.
    pub schema: u32,
    /// The exploration.
    pub name: String,
    /// One row a cell.
    pub cells: Vec<Cell>,
    /// One row a pair of variants, scenario and meter.
    pub pairs: Vec<Pair>,
    /// What may be said of each scenario as a whole.
    pub scenarios: Vec<ScenarioVerdict>,
}

/// One cell's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cell {
    /// The variant.
    pub variant: String,
    /// The scenario.
    pub scenario: String,
    /// What was measured.
    pub meter: Meter,
    /// The capacity asked for.
    pub capacity: Capacity,
    /// Entries that it stands for.
    pub capacity_entries: Option<u64>,
    /// Entries held at the end.
    pub entries_held: Option<u64>,
    /// The load.
    pub load: Load,
    /// Whether the capacity is the server's own, which we do not set.
    #[serde(default)]
    pub capacity_as_configured: bool,
    /// Requests that were replayed (hit-ratio cells).
    #[serde(default)]
    pub requests: Option<u64>,
    /// Hits by reads, exact, where all replays agree (hit-ratio cells).
    pub hit_ratio: Option<f64>,
    /// Lowest and highest hit ratio of the replays; equal where they agree.
    #[serde(default)]
    pub hit_ratio_range: Option<[f64; 2]>,
    /// The same as `hit_ratio` without the scenario's warm-up.
    #[serde(default)]
    pub hit_ratio_after_warmup: Option<f64>,
    /// Bytes read from the cache by bytes read.
    #[serde(default)]
    pub byte_hit_ratio: Option<f64>,
    /// Reads and hits of each tenant, in the order of their numbers (hit-ratio cells of workloads
    /// with several tenants).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_tenant: Vec<TenantCounts>,
    /// Hit ratio of the clairvoyant cache over the same requests at the same capacity.
    #[serde(default)]
    pub clairvoyant_hit_ratio: Option<f64>,
    /// Hit ratio of a cache that never forgets, over the same requests.
    #[serde(default)]
    pub infinite_hit_ratio: Option<f64>,
    /// Hits by reads within the measured sections of all rounds (throughput cells).
    #[serde(default)]
    pub section_hit_ratio: Option<f64>,
    /// Requests per second (throughput cells).
    pub requests_per_second: Option<Estimate>,
    /// Bytes per entry (memory cells).
    pub bytes_per_entry: Option<Estimate>,
    /// Highest resident size of a runner.
    pub peak_rss_bytes: Option<u64>,
    /// The most that private services have held at once beside it.
    #[serde(default)]
    pub service_peak_bytes: Option<u64>,
    /// The part of `bytes_per_entry` that a service holds (memory cells).
    #[serde(default)]
    pub service_bytes_per_entry: Option<f64>,
    /// Time per request (latency cells).
    #[serde(default)]
    pub latency: Option<LatencyFigures>,
    /// Instructions per request (instructions cells).
    #[serde(default)]
    pub instructions_per_request: Option<Estimate>,
    /// Requests per second and worker, as a share of those of the same variant with the fewest
    /// workers, in the same rounds (throughput cells with more workers).
    #[serde(default)]
    pub scaling_efficiency: Option<Estimate>,
    /// Every sample, in the order of `rounds` where they have rounds: requests per second, bytes
    /// per entry, nanoseconds at p99, or instructions per request.
    #[serde(default)]
    pub samples: Vec<f64>,
    /// The round of each sample, ascending (throughput and latency cells).
    #[serde(default)]
    pub rounds: Vec<u32>,
    /// Places in `samples` of those that lie far from the others; they count like all.
    #[serde(default)]
    pub outliers: Vec<u32>,
    /// Whether the samples fall into two separate groups, as on a machine that jumps between two
    /// speeds; an interval of the median then says little, one of paired ratios still holds.
    #[serde(default)]
    pub bimodal: bool,
    /// Why the cell must not be compared, if so.
    pub not_comparable: Option<String>,
    /// What users and the origin saw, all trials of the cell added up (behaviour cells).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Box<PacedOutcome>>,
}

/// A figure over the rounds' samples taken together, with the lowest and the highest of single
/// rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Spread {
    /// Over everything.
    pub value: f64,
    /// The lowest of a single round.
    pub low: f64,
    /// The highest of a single round.
    pub high: f64,
}

/// Time per request over all rounds, in nanoseconds: the rounds' histograms are merged, never their
/// percentiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LatencyFigures {
    /// Half of the requests took at most this.
    pub p50: Spread,
    /// Nine in ten did.
    pub p90: Spread,
    /// 99 in 100 did.
    pub p99: Spread,
    /// 999 in 1,000 did.
    pub p99_9: Spread,
    /// The longest.
    pub max: Spread,
    /// Percentile (0 to 100) and nanoseconds, ascending, for a plot.
    pub curve: Vec<[f64; 2]>,
    /// Requests that were timed.
    pub timed: u64,
    /// Share of the requests that were issued late (open loop).
    pub missed_share: f64,
    /// Median requests per second of the schedules (open loop).
    #[serde(default)]
    pub rate: Option<f64>,
    /// How they were timed: medians over rounds.
    #[serde(default)]
    pub timing: Option<Timing>,
}

/// What may be said of two variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval lies above +δ.
    Faster,
    /// It lies above 0, reaching from below +δ to beyond it.
    SlightlyFaster,
    /// It lies within ±δ, whether or not it holds 0.
    Equivalent,
    /// It lies below 0, reaching from above −δ to beyond it.
    SlightlySlower,
    /// It lies below −δ.
    Slower,
    /// None of these.
    Inconclusive,
}

/// One paired comparison: `variant` against `baseline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair {
    /// The scenario.
    pub scenario: String,
    /// What was measured.
    pub meter: Meter,
    /// The variant.
    pub variant: String,
    /// What it is compared with.
    pub baseline: String,
    /// Whether this is the A/A twin against its own baseline.
    pub twin: bool,
    /// Ratio of requests per second, variant by baseline: Hodges–Lehmann estimate.
    pub ratio: f64,
    /// Lower end of the interval that the word is read from. The words of a scenario hold together
    /// with 95 %; the intervals, each by itself, with their `confidence`.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence that the interval has.
    pub confidence: f64,
    /// Confidence that Holm's step of this pair asks for. Where it is more than `confidence`, the rounds are too few for any word, and the pair is inconclusive.
    pub required_confidence: f64,
    /// Two-sided p-value of no difference (signed-rank test), for the record: it is not corrected
    /// for the number of pairs, and no word rests on it.
    #[serde(default)]
    pub p_value: f64,
    /// Rounds that it rests on.
    pub rounds: u32,
    /// The word.
    pub verdict: Verdict,
    /// More rounds that would probably settle it, where it is inconclusive.
    pub more_rounds: Option<u32>,
    /// Why the two must not be compared, if so; the verdict is inconclusive then.
    #[serde(default)]
    pub not_comparable: Option<String>,
    /// The ratio in each round.
    #[serde(default)]
    pub points: Vec<f64>,
    /// Where the order by mean time flips, if it does.
    #[serde(default)]
    pub crossing: Option<Crossing>,
    /// What tells the mean times of the two apart, whatever a miss costs; absent where their hit
    /// ratios were counted over different requests.
    #[serde(default)]
    pub mean_time: Option<MeanTime>,
}

/// How the mean times a request of two variants differ, variant minus baseline: by
/// `time_ns − fewer_misses · m` where a miss costs m.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeanTime {
    /// Nanoseconds a request that the variant takes longer than the baseline, misses free:
    /// Hodges–Lehmann estimate.
    pub time_ns: f64,
    /// Lower end, wide enough for what the measured sections' hit ratios differ from those of the
    /// whole workload. The intervals of all of a scenario's pairs hold together with 95 %.
    pub low_ns: f64,
    /// Upper end.
    pub high_ns: f64,
    /// Confidence that the interval has by itself.
    #[serde(default)]
    pub confidence: f64,
    /// Misses a request that the variant has fewer than the baseline: least and greatest.
    pub fewer_misses: [f64; 2],
}

impl MeanTime {
    /// The same with the roles exchanged.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let [least, most] = self.fewer_misses;
        Self {
            time_ns: -self.time_ns,
            low_ns: -self.high_ns,
            high_ns: -self.low_ns,
            fewer_misses: [-most, -least],
            ..*self
        }
    }

    /// Least and greatest difference in nanoseconds where a miss costs `miss_ns`.
    #[must_use]
    pub fn at(&self, miss_ns: f64) -> [f64; 2] {
        let [least, most] = self.fewer_misses;
        [self.low_ns - most * miss_ns, self.high_ns - least * miss_ns]
    }
}

impl Pair {
    /// Whether its rounds are enough for the confidence that its words ask for; what stands for its
    /// interval is else the range of all rounds.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.confidence + 1e-12 >= self.required_confidence
    }

    /// The same comparison with the roles exchanged.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self {
            variant: self.baseline.clone(),
            baseline: self.variant.clone(),
            ratio: 1.0 / self.ratio,
            low: 1.0 / self.high,
            high: 1.0 / self.low,
            verdict: self.verdict.inverted(),
            points: self.points.iter().map(|ratio| 1.0 / ratio).collect(),
            mean_time: self.mean_time.as_ref().map(MeanTime::inverted),
            ..self.clone()
        }
    }
}

impl Verdict {
    /// The word for the same interval seen from the other side.
    #[must_use]
    pub const fn inverted(self) -> Self {
        match self {
            Self::Faster => Self::Slower,
            Self::SlightlyFaster => Self::SlightlySlower,
            Self::Equivalent => Self::Equivalent,
            Self::SlightlySlower => Self::SlightlyFaster,
            Self::Slower => Self::Faster,
            Self::Inconclusive => Self::Inconclusive,
        }
    }
}

/// The cost of a miss at which two variants take the same mean time a request, one of them being
/// quicker at answering and the other missing less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Crossing {
    /// Takes less time where a miss costs less.
    pub below: String,
    /// Takes less time where a miss costs more.
    pub above: String,
    /// That cost, in nanoseconds.
    pub miss_ns: f64,
    /// Lower end of its interval, at the confidence of the pair's mean time.
    pub low_ns: f64,
    /// Upper end.
    pub high_ns: f64,
}

/// What may be said of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScenarioVerdict {
    /// The scenario.
    pub scenario: String,
    /// Whether the run can be believed there.
    pub proven: bool,
    /// Why not.
    pub unproven_because: Vec<String>,
    /// The answer, in a sentence or a few.
    pub answer: String,
    /// The variant that it names, if it names one.
    pub winner: Option<String>,
    /// What a miss costs at least where the winner is the answer, in nanoseconds; absent where it
    /// leads at the least that a miss may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner_from_miss_ns: Option<f64>,
    /// What a miss costs at most where the winner is the answer, in nanoseconds; absent where
    /// nobody overtakes it, nor may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner_to_miss_ns: Option<f64>,
    /// What the winner's users put up with in a paced replay and those of another would not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub winner_drawbacks: Vec<Drawback>,
    /// What else a chooser should know, a sentence each: unbounded variants, failures, ties.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// Where each variant stands, in the user's order.
    #[serde(default)]
    pub standings: Vec<Standing>,
    /// How the run went.
    #[serde(default)]
    pub health: Health,
}

/// What was seen of a winner's users in a paced replay, and less of those of another variant that
/// may be named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drawback {
    /// What it is.
    pub kind: DrawbackKind,
    /// The winner's: a share of the reads that were answered (old answers) or of the requests that
    /// were due (unanswered); lost writes; loads of one key at once (stampedes).
    pub amount: f64,
    /// The least of another's.
    pub least: f64,
    /// Whose it is.
    pub by: String,
}

/// What users put up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DrawbackKind {
    /// Answers older than what was committed.
    OldAnswers,
    /// Requests that failed or that nobody took.
    Unanswered,
    /// Writes that were acknowledged and never reached the origin.
    LostWrites,
    /// Many loads of one key at once.
    Stampedes,
}

/// Where a variant stands in a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Standing {
    /// The variant.
    pub variant: String,
    /// Whether it may be named, and why not.
    pub place: Place,
    /// The reason in words; empty for those that may be named.
    pub reason: String,
}

/// Whether a variant may be named as a scenario's winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// It may.
    Eligible,
    /// It has no limit.
    Unbounded,
    /// Its server keeps a capacity that we do not set.
    AsConfigured,
    /// Answers were wrong, or its memory budget was exceeded.
    Disqualified,
    /// A trial failed.
    Failed,
    /// No complete round holds it, or its exact hit ratio is not known.
    Unmeasured,
    /// It measures the harness only.
    NoEntrant,
}

/// How the rounds of a scenario went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// Complete rounds.
    pub rounds: u32,
    /// Trend of all variants together from the first round to the last, as a share of throughput
    /// (−0.1: ten per cent slower at the end). Paired ratios cancel it.
    pub drift: Option<f64>,
    /// Probability of so strong a trend if there is none.
    pub drift_p: Option<f64>,
    /// Pairs whose ratio itself moved, as `variant / baseline`; reason enough for *unproven*.
    pub drifting_pairs: Vec<String>,
    /// Variants whose samples are bimodal.
    pub bimodal: Vec<String>,
    /// Highest load average seen before a trial.
    pub highest_load_average: Option<f64>,
    /// Highest share of processor time stolen by the hypervisor during a trial.
    pub highest_steal_share: Option<f64>,
    /// Involuntary context switches within all measured sections.
    pub involuntary_switches: u64,
    /// Timed trials that count although they were disturbed.
    #[serde(default)]
    pub disturbed_trials: u32,
    /// Timed trials that were repeated for a disturbance.
    #[serde(default)]
    pub repeated_trials: u32,
    /// By what timed trials were disturbed, repeated ones included.
    #[serde(default)]
    pub disturbances: Vec<DisturbanceCount>,
    /// Highest share of processor time that other processes used during a trial.
    #[serde(default)]
    pub highest_others_share: Option<f64>,
}

/// Trials that were disturbed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisturbanceCount {
    /// The way.
    pub by: Disturbance,
    /// Trials.
    pub trials: u32,
}
