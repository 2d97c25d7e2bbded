//! `bakeoff doctor --power`: differences that each profile can detect on this machine.

use std::collections::BTreeMap;

use anyhow::Context;
use bakeoff_driver::in_place::{InPlaceStrategy, ReplayOptions, replay};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::record::store;
use bakeoff_driver::request::name::Name;
use bakeoff_driver::request::profile::Profile;
use bakeoff_driver::request::scenarios::DEFAULT_SCENARIOS;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::{Load, Meter};
use bakeoff_stats::power::{NoiseModel, ObservedTrial, PowerEstimate, estimate_power, fit};
use bakeoff_workload::scenario::{self, CapacitySpec};
use serde::Serialize;

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Number of simulated explorations per estimate; a fraction of 80 % is then known within six
/// percentage points.
const SIMULATED_RUNS: u64 = 200;
/// Number of replays that measure the noise.
const REPLAYS: u32 = 60;
/// Number of variants to simulate if no exploration is given.
const SIMULATED_VARIANTS: usize = 5;

/// Noise of this machine and size of the exploration to simulate.
struct SimulationSetup {
    noise: NoiseModel,
    noise_source: String,
    variants: usize,
    scenarios: usize,
}

/// Output of `--json`.
#[derive(Serialize)]
struct PowerReport {
    schema: u32,
    noise_from: String,
    noise: f64,
    burst_probability: f64,
    two_speeds: bool,
    trial_seconds: f64,
    variants: usize,
    scenarios: usize,
    profiles: Vec<ProfilePower>,
}

/// Expected results of one profile.
#[derive(Serialize)]
struct ProfilePower {
    profile: &'static str,
    rounds: usize,
    minutes: f64,
    /// Smallest difference, as a fraction, that four of five runs find.
    detectable: Option<f64>,
    /// Fraction of runs with identical variants that find a difference.
    false_differences: f64,
    runs: u64,
}

/// Determines the noise, simulates every profile and prints the result.
pub fn run(name: Option<&str>, json: bool) -> anyhow::Result<Exit> {
    let setup = match name {
        Some(name) => from_exploration(name)?,
        None => from_calibration(),
    };
    let profiles = Profile::ALL.into_iter().map(|profile| {
        let rule = profile.stopping();
        let PowerEstimate { rounds, minutes, detectable, false_differences } =
            estimate_power(&setup.noise, &rule, setup.variants, setup.scenarios, SIMULATED_RUNS);
        let false_differences = false_differences.share();
        let profile = profile.name();
        ProfilePower {
            profile,
            rounds,
            minutes,
            detectable,
            false_differences,
            runs: SIMULATED_RUNS,
        }
    });
    let report = PowerReport {
        schema: bakeoff_protocol::SCHEMA_VERSION,
        noise: setup.noise.noise,
        burst_probability: setup.noise.burst_probability,
        two_speeds: setup.noise.speed_changes.is_some(),
        trial_seconds: setup.noise.trial_seconds,
        variants: setup.variants,
        scenarios: setup.scenarios,
        profiles: profiles.collect(),
        noise_from: setup.noise_source,
    };
    if json {
        output::json(&report)?
    } else {
        output::text(&describe(&report))?
    }
    Ok(Exit::Done)
}

fn describe(report: &PowerReport) -> String {
    let mut lines = vec![
        format!(
            "noise: {:.2} % per trial, bursts in {:.1} % of the trials, {}; a trial every {:.2} s",
            report.noise * 100.0,
            report.burst_probability * 100.0,
            if report.two_speeds { "two alternating speeds" } else { "one speed" },
            report.trial_seconds
        ),
        format!("  source: {}", report.noise_from),
        format!(
            "simulated: {} variants and the A/A control, all pairs compared, scenarios: {}",
            report.variants, report.scenarios
        ),
        String::from("profile   rounds  minutes  detectable in 4 of 5 runs  false differences"),
    ];
    lines.extend(report.profiles.iter().map(|of| {
        let detectable = of.detectable.map_or_else(
            || String::from("none below 50 %"),
            |share| format!("{} % or more", (share * 1000.0).round() / 10.0),
        );
        let false_differences = format!("{:.1} % of runs", of.false_differences * 100.0);
        format!(
            "{:<9} {:>6}  {:>7.1}  {detectable:<24}  {false_differences}",
            of.profile, of.rounds, of.minutes
        )
    }));
    lines.join("\n")
}

/// Fits the noise to the timed trials of the scenario with the most rounds.
fn from_exploration(name: &str) -> anyhow::Result<SimulationSetup> {
    let parsed: Name = name.parse().map_err(|error| UsageError(format!("{error}")))?;
    let files = ResultsDir::in_workspace(&workspace::root()?).exploration(&parsed);
    let unknown = || UsageError(format!("unknown exploration {name:?}; `bakeoff list` shows all"));
    let record = std::fs::read(files.record()).map_err(|_| unknown())?;
    let exploration: Exploration = bakeoff_protocol::schema::parse(&record)
        .with_context(|| format!("cannot read {}", files.record().display()))?;
    let records = store::read(&files.samples())?;
    let best = exploration
        .scenarios
        .iter()
        .map(|scenario| (scenario, observed_trials(&records, &scenario.round_group)))
        .max_by_key(|(_, observed)| observed.len());
    let found =
        best.and_then(|(scenario, observed)| Some((scenario, observed.len(), fit(&observed)?)));
    let (scenario, trials, noise) = found.ok_or_else(|| {
        UsageError(format!("cannot determine the noise of {name}: fewer than eight timed rounds of two variants; run more rounds"))
    })?;
    let variants = exploration.variants.iter().filter(|variant| !variant.manifest.harness_only);
    Ok(SimulationSetup {
        noise,
        noise_source: format!("{trials} timed trials of {name}, {}", scenario.name),
        variants: variants.count(),
        scenarios: exploration.scenarios.len(),
    })
}

/// Returns the timed throughput trials of a round group, the last one for each slot of a round.
fn observed_trials(records: &[Record], round_group: &str) -> Vec<ObservedTrial> {
    let mut last: BTreeMap<(String, u32), &TrialRecord> = BTreeMap::new();
    let timed = records.iter().filter_map(|record| match record {
        Record::Trial(trial)
            if trial.spec.meter == Meter::Throughput && trial.is_in_group(round_group) =>
        {
            Some((&**trial, trial.timed_slot()?))
        }
        _ => None,
    });
    for (trial, slot) in timed {
        let key = format!("{} {} {:?}", trial.spec.variant, slot.aa_control, trial.spec.load);
        last.insert((key, slot.round), trial);
    }
    let mut keys: Vec<&str> = last.keys().map(|(key, _)| key.as_str()).collect();
    keys.dedup();
    let index = |key: &str| keys.iter().position(|known| *known == key).unwrap_or(0);
    let trials = last.iter().filter_map(|((key, round), trial)| {
        let report = trial.report()?;
        Some(ObservedTrial {
            variant: index(key),
            round: *round,
            seconds: trial.observed.started.as_millisecond() as f64 / 1e3,
            log_rate: (report.counts.requests as f64 / report.elapsed_ns as f64).ln(),
        })
    });
    trials.collect()
}

/// Measures the noise with the strategy `null`, or uses the model of a shared virtual machine if
/// it cannot be built.
fn from_calibration() -> SimulationSetup {
    let (noise, noise_source) = match calibrate() {
        Ok(noise) => (noise, format!("{REPLAYS} replays of the strategy `null`")),
        Err(error) => {
            let source = format!("model of a shared virtual machine, because {error}");
            (NoiseModel::SHARED, source)
        }
    };
    SimulationSetup {
        noise,
        noise_source,
        variants: SIMULATED_VARIANTS,
        scenarios: DEFAULT_SCENARIOS.len(),
    }
}

fn calibrate() -> anyhow::Result<NoiseModel> {
    let root = workspace::root()?;
    let request = ReplayOptions {
        subject: InPlaceStrategy {
            start: root.clone(),
            strategy: String::from("null"),
            ..InPlaceStrategy::default()
        },
        scenario: scenario::find_scenario(&root.join("scenarios"), DEFAULT_SCENARIOS[0])?,
        capacity: CapacitySpec::Entries(1),
        load: Load::ONE,
        lanes: None,
        capacity_in_bytes: false,
        real_time: true,
    };
    let interrupt = Interrupt::on_signals()?;
    let mut observed = Vec::new();
    let started = std::time::Instant::now();
    for number in 0..REPLAYS {
        let seconds = started.elapsed().as_secs_f64();
        let report = replay(&request, &interrupt, &Terminal::on_stderr())?;
        let log_rate = report.requests_per_second.ln();
        // Even and odd replays count as two variants, so that each pair of replays is a round.
        let (variant, round) = (number as usize % 2, number / 2);
        observed.push(ObservedTrial { variant, round, seconds, log_rate });
    }
    let noise = fit(&observed).context("there are too few replays")?;
    // The pauses between these replays differ from those between timed trials.
    Ok(NoiseModel { trial_seconds: NoiseModel::SHARED.trial_seconds, ..noise })
}
