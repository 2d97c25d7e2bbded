//! Options of `bakeoff explore`.

use std::path::PathBuf;
use std::time::Duration;

use bakeoff_protocol::Meter;
use bakeoff_protocol::exploration::TraceReading;

use crate::request::profile::Profile;
use crate::resources::servers::ExternalServers;

/// Options of one call of `bakeoff explore`.
///
/// A missing option has its value from the saved exploration of the same NAME, or else its default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExploreOptions {
    /// Directory inside the workspace.
    pub start: PathBuf,
    /// NAME of the exploration.
    pub name: Option<String>,
    /// `VARIANTS`: JSON, or `@FILE`.
    pub variants: Option<String>,
    /// Names of the scenarios.
    pub scenarios: Vec<String>,
    /// Trace to replay in addition to the scenarios, as `[FORMAT:]PATH`.
    pub trace: Option<String>,
    /// Options for reading the trace.
    pub reading: TraceReading,
    /// Profile, which determines the amount of measuring.
    pub profile: Option<Profile>,
    /// Rounds of timed trials: the exact number, or the maximum if `precision` or
    /// `measure_seconds` is given too.
    pub rounds: Option<u32>,
    /// Half-width of the confidence intervals at which measuring ends, as a fraction (0.01 is 1 %).
    pub precision: Option<f64>,
    /// Time budget of the timed trials of all scenarios, in seconds.
    pub measure_seconds: Option<f64>,
    /// Additional meters: instructions, or latency in every round.
    pub meters: Vec<Meter>,
    /// Variant that the others are compared with; default: the first bounded one.
    pub baseline: Option<String>,
    /// Git ref of variants that do not specify one; default: the working tree.
    pub base_ref: Option<String>,
    /// Variants to process in this run, with the baseline; empty for all.
    pub only: Vec<String>,
    /// Repeats failed steps even if their inputs have not changed.
    pub retry_failed: bool,
    /// Variants processed concurrently; default: 2, or 1 on a machine with one core.
    pub max_parallel: Option<usize>,
    /// Time limit of a variant in the untimed phase, without its build; default: 30 minutes.
    pub time_limit: Option<Duration>,
    /// Time limit of the exact replay at one capacity; default: 3 minutes.
    pub replay_limit: Option<Duration>,
    /// Time limit between two messages of a busy runner; default: 60 s. The time limit of a simple
    /// answer is a sixth of it.
    pub silence: Option<Duration>,
    /// Limit of a runner's anonymous memory, in bytes; default: half of the machine's memory divided
    /// by `max_parallel`.
    pub memory_budget: Option<u64>,
    /// Seed of all randomness; default: derived from the NAME.
    pub seed: Option<u64>,
    /// Servers to use instead of private ones.
    pub servers: ExternalServers,
    /// Measures the directory as it is, without git.
    pub in_place: bool,
    /// Moves the files of an earlier run to `history/` first.
    pub restart: bool,
    /// Command that generates each variant's code in its worktree before the build.
    pub generate_cmd: Option<String>,
    /// Command that repeats this run, stored in the record.
    pub command: String,
}
