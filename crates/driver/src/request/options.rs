//! What a user asks of `explore`.

use std::path::PathBuf;
use std::time::Duration;

use bakeoff_protocol::Meter;
use bakeoff_protocol::exploration::TraceReading;

use crate::request::profile::Profile;

/// One call of `bakeoff explore`; what is absent comes from the saved exploration of that name,
/// or else from the defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Any folder within the workspace.
    pub start: PathBuf,
    /// The exploration's name.
    pub name: Option<String>,
    /// `VARIANTS`: JSON, or `@FILE`.
    pub variants: Option<String>,
    /// Names of scenarios.
    pub scenarios: Vec<String>,
    /// A trace to replay, `[FORMAT:]PATH`, beside the scenarios that are named.
    pub trace: Option<String>,
    /// How that trace is read.
    pub reading: TraceReading,
    /// How much to measure.
    pub profile: Option<Profile>,
    /// Rounds of timed trials, in place of the profile's; exactly so many, unless one of the
    /// next two is given too: then at most so many.
    pub rounds: Option<u32>,
    /// Half-width of every interval that is precise enough, as a share (0.01 is 1 %).
    pub precision: Option<f64>,
    /// Seconds of measuring that all scenarios share.
    pub measure_seconds: Option<f64>,
    /// Meters beyond the usual: instructions, or latency in every round; empty: those of the saved
    /// exploration.
    pub meters: Vec<Meter>,
    /// The variant that the others are compared with; else the first bounded one.
    pub baseline: Option<String>,
    /// The ref of variants that name none; else the working tree as it is.
    pub base_ref: Option<String>,
    /// Variants to work on now; empty: all. The baseline takes part in the rounds all the same.
    pub only: Vec<String>,
    /// Whether steps that failed are tried again although nothing changed.
    pub retry_failed: bool,
    /// Variants that are worked on side by side; else 2, or fewer on a machine with one core.
    pub max_parallel: Option<usize>,
    /// Time that a variant may take in the parallel lane, its build left out; else 30 minutes.
    pub time_limit: Option<Duration>,
    /// Time that a runner at work may say nothing; else a minute. Simple answers have a sixth.
    pub silence: Option<Duration>,
    /// Anonymous memory of a runner in bytes; else half of the machine's, parted by
    /// `max_parallel`.
    pub memory_budget: Option<u64>,
    /// Root of all randomness; else it comes from the name.
    pub seed: Option<u64>,
    /// A Redis that runs already; else a private one is started where one is needed.
    pub redis_url: Option<String>,
    /// A PostgreSQL that runs already; else a private one is started where one is needed.
    pub database_url: Option<String>,
    /// Whether those servers may be on another machine.
    pub allow_remote: bool,
    /// Whether the folder is measured as it lies there, without git.
    pub in_place: bool,
    /// Moves an earlier run of this NAME to its history first.
    pub restart: bool,
    /// Command that generates each variant's code in its worktree before the build.
    pub generate_cmd: Option<String>,
    /// The command that runs it again, for the record.
    pub command: String,
}
