//! `bakeoff doctor --simulate`: which differences could be found on this machine, in what time.

use std::collections::BTreeMap;

use anyhow::Context;
use bakeoff_driver::in_place::{InPlaceStrategy, ReplayOptions, replay};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::record::store;
use bakeoff_driver::request::name::Name;
use bakeoff_driver::request::profile::Profile;
use bakeoff_driver::request::scenarios::DEFAULT;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::{Load, Meter};
use bakeoff_stats::simulate::{Machine, Observed, Prospect, fit, prospect};
use bakeoff_workload::scenario::{self, Size};
use serde::Serialize;

use crate::exit::{Exit, UsageError};
use crate::{output, workspace};

/// Simulated explorations for each figure: a share of four in five is known within six points.
const RUNS: u64 = 200;
/// Replays of the calibration, and variants of an exploration that is not known yet.
const REPLAYS: u32 = 60;
/// See [`REPLAYS`].
const VARIANTS: usize = 5;

/// The machine as it was seen, and what for.
struct Seen {
    machine: Machine,
    from: String,
    variants: usize,
    scenarios: usize,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Said {
    schema: u32,
    noise_from: String,
    noise: f64,
    burst_probability: f64,
    two_speeds: bool,
    trial_seconds: f64,
    variants: usize,
    scenarios: usize,
    profiles: Vec<OfProfile>,
}

/// What one profile would see.
#[derive(Serialize)]
struct OfProfile {
    profile: &'static str,
    rounds: usize,
    minutes: f64,
    /// Smallest difference, as a share, that four runs in five find.
    finds: Option<f64>,
    /// Share of runs of identical variants that tell some of them apart.
    false_differences: f64,
    runs: u64,
}

/// Measures or reads the noise, simulates every profile, tells.
pub fn run(name: Option<&str>, json: bool) -> anyhow::Result<Exit> {
    let seen = match name {
        Some(name) => of_exploration(name)?,
        None => calibrated(),
    };
    let profiles = Profile::ALL.into_iter().map(|profile| {
        let rule = profile.stopping();
        let Prospect { rounds, minutes, finds, false_differences } =
            prospect(&seen.machine, &rule, seen.variants, seen.scenarios, RUNS);
        let false_differences = false_differences.share();
        let profile = profile.name();
        OfProfile { profile, rounds, minutes, finds, false_differences, runs: RUNS }
    });
    let said = Said {
        schema: bakeoff_protocol::SCHEMA_VERSION,
        noise: seen.machine.noise,
        burst_probability: seen.machine.burst_probability,
        two_speeds: seen.machine.jumps.is_some(),
        trial_seconds: seen.machine.trial_seconds,
        variants: seen.variants,
        scenarios: seen.scenarios,
        profiles: profiles.collect(),
        noise_from: seen.from,
    };
    if json {
        output::json(&said)?
    } else {
        output::text(&told(&said))?
    }
    Ok(Exit::Done)
}

fn told(said: &Said) -> String {
    let mut lines = vec![
        format!(
            "noise: {:.2} % a trial, bursts in {:.1} % of them, {}; a trial every {:.2} s",
            said.noise * 100.0,
            said.burst_probability * 100.0,
            if said.two_speeds { "jumping between two speeds" } else { "one speed" },
            said.trial_seconds
        ),
        format!("  taken from {}", said.noise_from),
        format!(
            "simulated: {} variants and the twin, all pairs compared, scenarios: {}",
            said.variants, said.scenarios
        ),
        String::from("profile   rounds  minutes  finds 4 times in 5  tells equals apart"),
    ];
    lines.extend(said.profiles.iter().map(|of| {
        let finds = of.finds.map_or_else(
            || String::from("nothing below 50 %"),
            // No share of the list has more than one digit behind the point.
            |share| format!("{} % and more", (share * 1000.0).round() / 10.0),
        );
        let apart = format!("{:.1} % of runs", of.false_differences * 100.0);
        format!("{:<9} {:>6}  {:>7.1}  {finds:<18}  {apart}", of.profile, of.rounds, of.minutes)
    }));
    lines.join("\n")
}

/// The noise of the timed trials of an exploration: those of its scenario with the most rounds.
fn of_exploration(name: &str) -> anyhow::Result<Seen> {
    let parsed: Name = name.parse().map_err(|error| UsageError(format!("{error}")))?;
    let files = ResultsDir::in_workspace(&workspace::root()?).exploration(&parsed);
    let unknown = || UsageError(format!("there is no exploration {name:?}; `bakeoff list`"));
    let record = std::fs::read(files.record()).map_err(|_| unknown())?;
    let exploration: Exploration = bakeoff_protocol::schema::parse(&record)
        .with_context(|| format!("cannot read {}", files.record().display()))?;
    let records = store::read(&files.samples())?;
    let best = exploration
        .scenarios
        .iter()
        .map(|scenario| (scenario, observed(&records, &scenario.round_group)))
        .max_by_key(|(_, observed)| observed.len());
    let found =
        best.and_then(|(scenario, observed)| Some((scenario, observed.len(), fit(&observed)?)));
    let (scenario, trials, machine) = found.ok_or_else(|| {
        UsageError(format!("{name} has too few timed rounds: eight of two variants are needed"))
    })?;
    let entrants = exploration.variants.iter().filter(|variant| !variant.manifest.harness_only);
    Ok(Seen {
        machine,
        from: format!("{trials} timed trials of {name}, {}", scenario.name),
        variants: entrants.count(),
        scenarios: exploration.scenarios.len(),
    })
}

/// Returns the timed throughput trials of one round group; for each cell of a round, the last one.
fn observed(records: &[Record], round_group: &str) -> Vec<Observed> {
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
        let who = format!("{} {} {:?}", trial.spec.variant, slot.aa_control, trial.spec.load);
        last.insert((who, slot.round), trial);
    }
    let mut entrants: Vec<&str> = last.keys().map(|(who, _)| who.as_str()).collect();
    entrants.dedup();
    let place = |who: &str| entrants.iter().position(|entrant| *entrant == who).unwrap_or(0);
    let trials = last.iter().filter_map(|((who, round), trial)| {
        let report = trial.report()?;
        Some(Observed {
            entrant: place(who),
            round: *round,
            seconds: trial.observed.started.as_millisecond() as f64 / 1e3,
            log_rate: (report.counts.requests as f64 / report.elapsed_ns as f64).ln(),
        })
    });
    trials.collect()
}

/// The noise of replays by the strategy that stores nothing; where it cannot be built, that of a
/// shared virtual machine.
fn calibrated() -> Seen {
    let (machine, from) = match calibrate() {
        Ok(machine) => (machine, format!("{REPLAYS} replays of the strategy `null`, just now")),
        Err(why) => {
            let from = format!("the model of a shared virtual machine, since {why}");
            (Machine::SHARED, from)
        }
    };
    Seen { machine, from, variants: VARIANTS, scenarios: DEFAULT.len() }
}

fn calibrate() -> anyhow::Result<Machine> {
    let root = workspace::root()?;
    let request = ReplayOptions {
        subject: InPlaceStrategy {
            start: root.clone(),
            strategy: String::from("null"),
            ..InPlaceStrategy::default()
        },
        scenario: scenario::find(&root.join("scenarios"), DEFAULT[0])?,
        capacity: Size::Entries(1),
        load: Load::ONE,
        capacity_in_bytes: false,
    };
    let interrupt = Interrupt::on_signals()?;
    let mut observed = Vec::new();
    let begun = std::time::Instant::now();
    for number in 0..REPLAYS {
        let seconds = begun.elapsed().as_secs_f64();
        let report = replay(&request, &interrupt)?;
        let log_rate = report.requests_per_second.ln();
        // Every other replay is the other one of a pair.
        let (entrant, round) = (number as usize % 2, number / 2);
        observed.push(Observed { entrant, round, seconds, log_rate });
    }
    let machine = fit(&observed).context("the replays say too little")?;
    // As long as a timed trial is in earnest: the pauses between these replays are our own.
    Ok(Machine { trial_seconds: Machine::SHARED.trial_seconds, ..machine })
}
