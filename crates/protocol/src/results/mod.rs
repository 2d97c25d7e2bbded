//! Record `results.json`: everything that a report shows.
//!
//! `bakeoff-analysis` computes it from the samples; `bakeoff-report` renders it and reads nothing
//! else. Conclusions are typed data; only a report puts them into words.

pub mod access_time;
pub mod cell;
pub mod comparison;
pub mod conclusion;
pub mod deciding;
pub mod decision;
pub mod estimate;
pub mod figures;
pub mod gate;
pub mod paced;
pub mod pair;
pub mod reference;
pub mod run_check;
pub mod sizing;
pub mod variant;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use access_time::{
    AccessTime, AccessTimeLine, DistanceRanking, NetworkDistance, RankingCrossover, RankingSegment,
    UnseparatedRival,
};
pub use cell::{
    Cell, HighestRate, HitRatioFigures, InstructionFigures, LatencyFigures, LatencyPercentiles,
    Measurement, MemoryFigures, MemoryGrowthFigures, NotComparable, PacedFigures, ProcessorUse,
    RateFigures, RateRange, ResponseTimeFigures, ThroughputFigures,
};
pub use conclusion::{
    AcrossScenarios, ClosestRival, Conclusion, Eligibility, NeededMeasurement, Note,
    Recommendation, Reversal, SharedRecommendation, TradeOff, TradeOffKind, UnconfirmedReason,
    UpperLimit, VariantEligibility,
};
pub use deciding::{QuantityResults, QuantityValue};
pub use estimate::{Estimate, Spread};
pub use figures::{CapacityPoint, HitRatioBounds, MemoryPoint, ScalingStep, VariantFigures};
pub use pair::{AccessTimeDifference, Crossover, Pair, Verdict};
pub use reference::{BreakEven, NoCacheLowest, Reference, ReferenceKind, ReferenceRow};
pub use run_check::{
    Check, DisturbanceCount, ImplausibleHitRatio, RoundChecks, RunCheck, VariantPair,
};
pub use sizing::{MemoryBudget, MemoryHitRatio, SizePoint, Sizing};
pub use variant::{Conformance, MemoryLimit, TestedProperty, VariantResults};

use crate::Capacity;
use crate::exploration::{Machine, Scenario, StoppingRule};
use crate::trial::Load;
use decision::Decision;

/// Contents of `results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Results {
    /// Schema version of this record.
    pub schema: u32,
    /// Name of the exploration.
    pub name: String,
    /// True while the exploration runs: figures are missing or may change.
    #[serde(default)]
    pub preliminary: bool,
    /// Settings and environment of the exploration.
    pub exploration: ExplorationSummary,
    /// Variants in the user's order, without strategies that measure only the harness.
    pub variants: Vec<VariantResults>,
    /// Scenarios in the user's order.
    pub scenarios: Vec<ScenarioResults>,
    /// Recommendations over all scenarios; absent if there is only one scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across_scenarios: Option<AcrossScenarios>,
    /// Tests of whether the run can be trusted, the most important first.
    pub run_checks: Vec<RunCheck>,
    /// Counts and times of the trials.
    pub trials: TrialSummary,
    /// Choice of a variant by the user's constraints and weighted criteria.
    pub decision: Decision,
}

/// Settings and environment of an exploration that a report shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExplorationSummary {
    /// Time at which the exploration was first requested.
    pub created: Timestamp,
    /// Command that repeats the exploration.
    pub command: String,
    /// Name of the variant that the others are compared with.
    pub baseline: String,
    /// Seed of everything random in the exploration, as a decimal string.
    #[serde(with = "crate::trial::decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub seed: u64,
    /// Measurement profile: `quick`, `standard` or `publish`.
    pub profile: String,
    /// Maximum number of rounds per scenario.
    pub rounds: u32,
    /// Rule that ends the rounds of a scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<StoppingRule>,
    /// True if a variant was built from a tree with uncommitted changes.
    pub dirty: bool,
    /// Version of Bakeoff.
    pub tool_version: String,
    /// Output of `rustc --version`.
    pub rustc: String,
    /// Versions of the services, by name.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
    /// Machine on which the trials ran.
    pub machine: Machine,
}

/// Counts and times of the trials of an exploration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialSummary {
    /// Number of completed timed trials.
    pub timed: usize,
    /// Total duration of these trials, in seconds.
    pub timed_seconds: f64,
    /// Number of failed trials, timed or not.
    pub failed: usize,
    /// Start of the first trial and start of the last trial.
    pub span: Option<(Timestamp, Timestamp)>,
    /// True if the last line of `samples.jsonl` was incomplete and therefore ignored.
    pub incomplete_last_line: bool,
}

/// Results of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScenarioResults {
    /// Scenario as resolved for the exploration.
    pub scenario: Scenario,
    /// Number of complete rounds.
    pub rounds: u32,
    /// True if the run passed its statistics and the A/A control.
    pub confirmed: bool,
    /// Reasons why the run is unconfirmed; empty if it is confirmed.
    pub unconfirmed_because: Vec<UnconfirmedReason>,
    /// The recommendation, or the reason why there is none.
    pub conclusion: Conclusion,
    /// Values of the deciding quantities, in the order in which they decide.
    #[serde(default)]
    pub deciding: Vec<QuantityResults>,
    /// Requirements under which another variant is the better choice.
    #[serde(default)]
    pub reversals: Vec<Reversal>,
    /// Additional facts that matter for the choice.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Eligibility of each variant, in the user's order.
    pub eligibility: Vec<VariantEligibility>,
    /// Figures of each variant, in the user's order.
    pub figures: Vec<VariantFigures>,
    /// Bounds of the hit ratio over the whole workload, by ascending capacity.
    pub bounds: Vec<HitRatioBounds>,
    /// Mean access time by miss cost and network distance.
    pub access_time: AccessTime,
    /// No cache, infinite cache, optimal bound, and the break-even of each variant.
    #[serde(default)]
    pub reference: Reference,
    /// Memory by number of entries, and the hit ratio by memory, in the user's order.
    #[serde(default)]
    pub sizing: Vec<Sizing>,
    /// Comparison of the baseline with its own second entry.
    #[serde(default)]
    pub aa_control: Option<Pair>,
    /// Paired comparisons of throughput.
    pub pairs: Vec<Pair>,
    /// Disturbances and trends during the rounds.
    pub round_checks: RoundChecks,
    /// Every cell, including those of harness-only strategies.
    pub cells: Vec<Cell>,
}

impl Results {
    /// Returns the variant with the given name.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<&VariantResults> {
        self.variants.iter().find(|variant| variant.name == name)
    }

    /// Returns the results of the scenario with the given name.
    #[must_use]
    pub fn scenario(&self, name: &str) -> Option<&ScenarioResults> {
        self.scenarios.iter().find(|results| results.scenario.name == name)
    }

    /// Returns the cells of all scenarios.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.scenarios.iter().flat_map(|results| &results.cells)
    }

    /// Returns the paired comparisons of all scenarios, without A/A controls.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.scenarios.iter().flat_map(|results| &results.pairs)
    }
}

impl ScenarioResults {
    /// Returns the recommendation, if there is one.
    #[must_use]
    pub const fn recommendation(&self) -> Option<&Recommendation> {
        match &self.conclusion {
            Conclusion::Recommended(recommendation) => Some(recommendation),
            _ => None,
        }
    }

    /// Returns the recommended variant, if there is one.
    #[must_use]
    pub fn recommended(&self) -> Option<&str> {
        self.recommendation().map(|recommendation| recommendation.variant.as_str())
    }

    /// Returns the recommended variant, or else the one with the lowest value of those that are
    /// equivalent or not separated.
    #[must_use]
    pub fn leader(&self) -> Option<&str> {
        match &self.conclusion {
            Conclusion::Recommended(recommendation) => Some(&recommendation.variant),
            Conclusion::SingleCandidate { variant } => Some(variant),
            Conclusion::Equivalent { variants } | Conclusion::Undecided { variants, .. } => {
                variants.first().map(String::as_str)
            }
            Conclusion::Unconfirmed | Conclusion::NoCandidate | Conclusion::NoCache { .. } => None,
        }
    }

    /// Returns the comparison of two variants, inverted if it is recorded in the opposite
    /// direction.
    #[must_use]
    pub fn pair(&self, variant: &str, baseline: &str) -> Option<Pair> {
        let recorded = |one: &str, other: &str| {
            self.pairs.iter().find(|pair| pair.variant == one && pair.baseline == other)
        };
        recorded(variant, baseline)
            .cloned()
            .or_else(|| recorded(baseline, variant).map(Pair::inverted))
    }

    /// Returns the names of the eligible variants.
    pub fn eligible(&self) -> impl Iterator<Item = &str> {
        let eligible = |entry: &&VariantEligibility| entry.eligibility == Eligibility::Eligible;
        self.eligibility.iter().filter(eligible).map(|entry| entry.variant.as_str())
    }

    /// Returns the figures of the variant with the given name.
    #[must_use]
    pub fn row(&self, variant: &str) -> Option<&VariantFigures> {
        self.figures.iter().find(|row| row.variant == variant)
    }

    /// Returns the cells of a variant.
    pub fn cells_of<'a>(&'a self, variant: &str) -> impl Iterator<Item = &'a Cell> {
        self.cells.iter().filter(move |cell| cell.variant == variant)
    }

    /// Returns the latency percentiles of a variant, each with its load.
    pub fn latencies<'a>(
        &'a self,
        variant: &str,
    ) -> impl Iterator<Item = (Load, &'a LatencyPercentiles)> {
        self.cells_of(variant)
            .filter_map(|cell| Some((cell.load, cell.latency()?.percentiles.as_ref()?)))
    }

    /// Returns the latency of a variant in the closed loop with the fewest workers.
    #[must_use]
    pub fn latency(&self, variant: &str) -> Option<&LatencyPercentiles> {
        self.latencies(variant).min_by_key(|(load, _)| *load).map(|(_, percentiles)| percentiles)
    }

    /// Returns the response times of a variant at fixed request rates.
    #[must_use]
    pub fn response_time(&self, variant: &str) -> Option<&ResponseTimeFigures> {
        self.cells_of(variant).find_map(Cell::response_time)
    }

    /// Returns the outcome of a variant's paced replays.
    #[must_use]
    pub fn paced(&self, variant: &str) -> Option<&crate::PacedOutcome> {
        self.cells_of(variant).find_map(Cell::paced).map(|figures| &figures.paced)
    }

    /// Returns the throughput of a variant at the load closest to the scenario's load.
    #[must_use]
    pub fn throughput(&self, variant: &str) -> Option<&ThroughputFigures> {
        let wanted = self.scenario.load;
        self.cells_of(variant)
            .filter_map(|cell| Some((cell.load, cell.throughput()?)))
            .min_by_key(|(load, _)| (*load != wanted, load.workers.abs_diff(wanted.workers), *load))
            .map(|(_, figures)| figures)
    }

    /// Returns the figures of the timed variants, each with its throughput.
    pub fn timed(&self) -> impl Iterator<Item = (&VariantFigures, Estimate)> {
        self.figures.iter().filter_map(|row| Some((row, row.requests_per_second?)))
    }

    /// Returns the timed capacity in entries; `None` without a limit.
    #[must_use]
    pub fn timed_entries(&self) -> Option<u64> {
        match self.scenario.timed_capacity {
            Capacity::Entries(entries) => Some(entries),
            timed => self.figures.iter().flat_map(|row| &row.curve).find_map(|point| {
                (point.capacity == timed).then_some(point.capacity_entries).flatten()
            }),
        }
    }

    /// Returns the fastest of the accepted variants, the highest median first.
    ///
    /// A variant is among the fastest unless the one with the highest median is shown to be faster.
    /// Empty if the run is unconfirmed.
    #[must_use]
    pub fn fastest_of(&self, among: impl Fn(&VariantFigures) -> bool) -> Vec<&str> {
        if !self.confirmed {
            return Vec::new();
        }
        let mut timed: Vec<_> = self.timed().filter(|(row, _)| among(row)).collect();
        timed.sort_by(|a, b| b.1.median.total_cmp(&a.1.median));
        let Some(&(first, _)) = timed.first() else { return Vec::new() };
        let slower = |row: &VariantFigures| {
            row.variant != first.variant
                && self.pair(&first.variant, &row.variant).is_some_and(|pair| {
                    matches!(pair.verdict, Verdict::Faster | Verdict::SlightlyFaster)
                })
        };
        timed.iter().filter(|(row, _)| !slower(row)).map(|(row, _)| row.variant.as_str()).collect()
    }
}
