//! Flags of `explore` and `compare` for measurement and execution.

use std::time::Duration;

use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::request::profile::Profile;
use bakeoff_protocol::Meter;

use crate::args::server::ServerArgs;
use crate::args::workload::TraceArgs;

/// Workloads, meters and amount of measuring.
#[derive(clap::Args, Clone, Debug)]
pub struct MeasurementArgs {
    /// Scenarios to replay, by name.
    #[arg(long, env = "BAKEOFF_SCENARIOS", value_delimiter = ',', value_name = "A,B")]
    scenarios: Vec<String>,
    /// Trace or access log to replay.
    #[arg(long, env = "BAKEOFF_TRACE", value_name = "[FORMAT:]PATH")]
    trace: Option<String>,
    #[command(flatten)]
    reading: TraceArgs,
    /// Amount of measuring: quick, standard or publish.
    #[arg(long, env = "BAKEOFF_PROFILE")]
    profile: Option<Profile>,
    /// Rounds of timed trials; the maximum if --precision or --measure-minutes is given.
    #[arg(long, env = "BAKEOFF_ROUNDS", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Stop when the confidence interval of every throughput ratio has at most this half-width,
    /// such as 1%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    precision: Option<f64>,
    /// Stop after this many minutes of timed trials, summed over all scenarios.
    #[arg(long, value_name = "M", value_parser = minutes)]
    measure_minutes: Option<Duration>,
    /// Additional meters: `instructions` (by callgrind), or `latency` or `response-time` in every
    /// round instead of a few.
    #[arg(long = "meter", value_delimiter = ',', value_name = "NAME,…",
        value_parser = crate::meter::parse)]
    meters: Vec<Meter>,
    /// Seed of all random numbers; default: derived from the NAME.
    #[arg(long, env = "BAKEOFF_SEED")]
    seed: Option<u64>,
}

impl MeasurementArgs {
    /// Copies the flags into a request.
    pub fn fill(self, request: &mut ExploreOptions) {
        request.scenarios = self.scenarios;
        request.trace = self.trace;
        request.reading = self.reading.reading();
        request.profile = self.profile;
        request.rounds = self.rounds;
        request.precision = self.precision;
        request.measure_seconds = self.measure_minutes.map(|limit| limit.as_secs_f64());
        request.meters = self.meters;
        request.seed = self.seed;
    }
}

/// Limits of a run, and servers to use.
#[derive(clap::Args, Clone, Debug)]
pub struct ExecutionArgs {
    /// Repeat failed steps even if nothing has changed.
    #[arg(long)]
    retry_failed: bool,
    /// Variants to process concurrently in the untimed phase.
    #[arg(long, env = "BAKEOFF_MAX_PARALLEL", value_name = "N")]
    max_parallel: Option<usize>,
    /// Time limit of a variant in the untimed phase, without its build, in minutes.
    #[arg(long, env = "BAKEOFF_TIMEOUT_MINUTES", value_name = "M", value_parser = minutes)]
    timeout_minutes: Option<Duration>,
    /// Time limit of the exact replay of one variant at one capacity, such as 10min (default: 3min).
    #[arg(long, env = "BAKEOFF_REPLAY_LIMIT", value_name = "TIME",
        value_parser = bakeoff_units::parse_duration)]
    replay_limit: Option<Duration>,
    /// Limit of a variant's anonymous memory, in bytes or with a unit (512MiB).
    #[arg(long, value_name = "BYTES", value_parser = bakeoff_units::parse_bytes)]
    memory_budget: Option<u64>,
    #[command(flatten)]
    servers: ServerArgs,
}

impl ExecutionArgs {
    /// Copies the flags into a request.
    pub fn fill(self, request: &mut ExploreOptions) {
        request.retry_failed = self.retry_failed;
        request.max_parallel = self.max_parallel;
        request.time_limit = self.timeout_minutes;
        request.replay_limit = self.replay_limit;
        request.memory_budget = self.memory_budget;
        request.servers = self.servers.external();
    }
}

/// Parses a share such as `1%` or `0.01`.
fn share(text: &str) -> Result<f64, String> {
    let (number, divisor) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.trim().parse::<f64>() {
        Ok(number) if number > 0.0 && number / divisor < 1.0 => Ok(number / divisor),
        _ => {
            Err(format!("invalid share {text:?}; expected above 0 and below 1, such as 1% or 0.01"))
        }
    }
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes: f64 = text
        .parse()
        .map_err(|_| format!("invalid duration {text:?}; expected a number of minutes"))?;
    if !(minutes > 0.0 && minutes <= 60.0 * 24.0 * 365.0) {
        return Err(format!(
            "invalid duration {text:?}; expected above 0 minutes and at most a year"
        ));
    }
    Ok(Duration::from_secs_f64(minutes * 60.0))
}

#[cfg(test)]
mod tests {
    #[test]
    fn shares_are_parsed_with_and_without_a_percent_sign() {
        assert_eq!(super::share("1%"), Ok(0.01));
        assert_eq!(super::share("0.005"), Ok(0.005));
        assert!(super::share("0").is_err());
        assert!(super::share("150%").is_err());
        assert!(super::share("one").is_err());
    }
}
