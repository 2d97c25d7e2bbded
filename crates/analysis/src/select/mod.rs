//! Which records count: those of the present runners, workload and family, from whole rounds.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_protocol::Capacity;
use bakeoff_protocol::exploration::{Exploration, Scenario};
use bakeoff_protocol::sample::{HitBounds, Record, TrialOutcome, TrialRecord};
use bakeoff_protocol::trial::{Load, Meter, TrialReport};
use bakeoff_stats::median;
use jiff::Timestamp;

/// All records, with what can be said of them before a scenario is looked at.
pub struct Selection<'a> {
    exploration: &'a Exploration,
    records: &'a [Record],
    /// The runner that each variant has now: built from the tree that was asked for, as far as is
    /// known, and if there are several, that of the latest trial.
    runners: BTreeMap<&'a str, &'a str>,
    /// Variants whose present runner gave a wrong answer anywhere, and what it was.
    wrong: BTreeMap<&'a str, String>,
}

/// The records of one scenario that count.
pub struct Scope<'a> {
    /// The exploration.
    pub exploration: &'a Exploration,
    /// The scenario as it was resolved.
    pub scenario: &'a Scenario,
    /// Names of the variants, in the user's order. Others that left samples were asked for once,
    /// and no longer count.
    pub variants: Vec<&'a str>,
    /// Variants that gave a wrong answer, and what it was.
    pub wrong: &'a BTreeMap<&'a str, String>,
    /// All trials of present runners over the present workload, failures too.
    pub trials: Vec<&'a TrialRecord>,
    /// Timed series of the present family, whole rounds only.
    pub series: Vec<Series<'a>>,
    /// The series of what is measured in the same rounds beside that: latency, other numbers of
    /// workers. Their rounds are whole likewise, but not every round has them.
    pub sets: Vec<Series<'a>>,
    /// Numbers of the whole rounds.
    pub rounds: BTreeSet<u32>,
    /// Variants that have been rebuilt since the rounds were measured.
    pub rebuilt: BTreeSet<&'a str>,
    /// HitBounds of the present workload.
    pub bounds: Vec<&'a HitBounds>,
    /// Failed conformance case of each variant that has one.
    pub failed_case: BTreeMap<&'a str, String>,
}

/// The timed trials of one cell, one a round.
pub struct Series<'a> {
    /// The variant.
    pub variant: &'a str,
    /// Whether this is the baseline's second entry.
    pub twin: bool,
    /// What was measured.
    pub meter: Meter,
    /// The capacity.
    pub capacity: Capacity,
    /// The load.
    pub load: Load,
    /// TrialRecord and report by round.
    pub trials: BTreeMap<u32, (&'a TrialRecord, &'a TrialReport)>,
}

impl Series<'_> {
    /// Requests per second by round.
    pub fn rates(&self) -> BTreeMap<u32, f64> {
        let rate =
            |report: &TrialReport| report.counts.requests as f64 * 1e9 / report.elapsed_ns as f64;
        self.trials.iter().map(|(&round, (_, report))| (round, rate(report))).collect()
    }

    /// Mean nanoseconds that a request spends with one of the load's many workers, by round.
    pub fn times_ns(&self) -> BTreeMap<u32, f64> {
        let at_once = f64::from(self.load.workers.max(1)) * f64::from(self.load.in_flight.max(1));
        self.rates().into_iter().map(|(round, rate)| (round, at_once * 1e9 / rate)).collect()
    }

    /// The same in the rounds alone that another holds as well.
    #[must_use]
    pub fn met(&self, other: &Self) -> Self {
        let trials = self.trials.iter().filter(|(round, _)| other.trials.contains_key(round));
        let trials = trials.map(|(&round, &trial)| (round, trial)).collect();
        Self { trials, ..*self }
    }

    /// Median time a request in the measured sections, in nanoseconds.
    pub fn time_ns(&self) -> Option<f64> {
        let times: Vec<f64> = self.times_ns().into_values().collect();
        median(&times)
    }

    /// Hits by reads within the measured sections of all rounds.
    pub fn section_hit_ratio(&self) -> Option<f64> {
        let counts = || self.trials.values().map(|(_, report)| &report.counts);
        share(counts().map(|c| c.hits).sum(), counts().map(|c| c.reads).sum())
    }

    /// Share of the requests that failed.
    pub fn error_share(&self) -> f64 {
        let counts = || self.trials.values().map(|(_, report)| &report.counts);
        share(counts().map(|c| c.errors).sum(), counts().map(|c| c.requests).sum()).unwrap_or(0.0)
    }
}

impl<'a> Selection<'a> {
    /// Looks through all records once.
    pub fn new(exploration: &'a Exploration, records: &'a [Record]) -> Self {
        let built = built(exploration, records);
        let mut latest: BTreeMap<&str, &TrialRecord> = BTreeMap::new();
        for trial in trials(records) {
            let of = |runners: &BTreeSet<&str>| runners.contains(trial.runner.as_str());
            if !built.get(trial.spec.variant.as_str()).is_none_or(of) {
                continue;
            }
            let held = latest.entry(&trial.spec.variant).or_insert(trial);
            if age(trial) > age(held) {
                *held = trial;
            }
        }
        let runners: BTreeMap<&str, &str> =
            latest.into_iter().map(|(variant, trial)| (variant, trial.runner.as_str())).collect();
        let mut wrong = BTreeMap::new();
        for trial in trials(records).filter(|trial| is_present(&runners, trial)) {
            if let Some(what) = wrong_answer(trial) {
                let said: &mut String =
                    wrong.entry(trial.spec.variant.as_str()).or_insert_with(|| what.clone());
                // The same one whatever the order of the lines.
                if what < *said {
                    *said = what;
                }
            }
        }
        Self { exploration, records, runners, wrong }
    }

    /// What counts for one scenario.
    pub fn scope(&'a self, scenario: &'a Scenario) -> Scope<'a> {
        let variants =
            self.exploration.variants.iter().map(|variant| variant.name.as_str()).collect();
        let here = || trials(self.records).filter(|trial| applies_to(trial, scenario));
        let timed: Vec<&TrialRecord> =
            here().filter(|trial| trial.timed_slot().is_some()).collect();
        let (series, rounds, rebuilt) = match primary_family(scenario, &timed) {
            Some(family) => {
                let throughput: Vec<&TrialRecord> =
                    timed.iter().copied().filter(is_throughput).collect();
                self.whole(scenario, &throughput, family)
            }
            None => Default::default(),
        };
        let whole = |family: &String| self.whole(scenario, &timed, family).0;
        let sets = scenario.secondary_groups.iter().flat_map(whole).collect();
        let bounds = self.records.iter().filter_map(|record| match record {
            Record::Bounds(bounds)
                if bounds.scenario == scenario.name && bounds.workload == scenario.workload =>
            {
                Some(bounds)
            }
            _ => None,
        });
        Scope {
            exploration: self.exploration,
            scenario,
            variants,
            wrong: &self.wrong,
            trials: here().filter(|trial| is_present(&self.runners, trial)).collect(),
            series,
            sets,
            rounds,
            rebuilt,
            bounds: bounds.collect(),
            failed_case: self.failed_cases(),
        }
    }

    /// The timed series of a family, its whole rounds, and who was rebuilt since.
    fn whole(
        &self,
        scenario: &Scenario,
        timed: &[&'a TrialRecord],
        family: &str,
    ) -> (Vec<Series<'a>>, BTreeSet<u32>, BTreeSet<&'a str>) {
        let ends = self.ends(scenario, family);
        let mut chosen: BTreeMap<_, &TrialRecord> = BTreeMap::new();
        for &trial in timed {
            let Some(slot) = trial.timed_slot().filter(|slot| slot.round_group == family) else {
                continue;
            };
            // A round that was interrupted and done again has several trials of a cell: the one
            // that counts is the last before the round's end.
            let counts = ends.get(&slot.round).is_some_and(|end| trial.observed.started <= *end);
            if counts
                && usable(trial).is_some()
                && !self.wrong.contains_key(trial.spec.variant.as_str())
            {
                let variant = trial.spec.variant.as_str();
                let cell = (
                    variant,
                    slot.aa_control,
                    trial.spec.meter,
                    trial.spec.capacity,
                    trial.spec.load,
                );
                let held = chosen.entry((cell, slot.round)).or_insert(trial);
                if age(trial) > age(held) {
                    *held = trial;
                }
            }
        }
        let mut series: BTreeMap<_, Series<'a>> = BTreeMap::new();
        let mut rebuilt = BTreeSet::new();
        for ((cell, round), trial) in chosen {
            let Some(report) = usable(trial) else { continue };
            let (variant, twin, meter, capacity, load) = cell;
            let empty = || Series { variant, twin, meter, capacity, load, trials: BTreeMap::new() };
            series.entry(cell).or_insert_with(empty).trials.insert(round, (trial, report));
            if !is_present(&self.runners, trial) {
                rebuilt.insert(variant);
            }
        }
        (series.into_values().collect(), ends.into_keys().collect(), rebuilt)
    }

    /// When each whole round of a family ended.
    fn ends(&self, scenario: &Scenario, family: &str) -> BTreeMap<u32, Timestamp> {
        let mut ends = BTreeMap::new();
        for record in self.records {
            if let Record::Round { scenario: name, round_group: of, round, at, .. } = record
                && *name == scenario.name
                && of == family
            {
                let end = ends.entry(*round).or_insert(*at);
                *end = (*end).max(*at);
            }
        }
        ends
    }

    /// Conformance cases that present runners did not pass.
    fn failed_cases(&self) -> BTreeMap<&'a str, String> {
        let mut failed_cases: BTreeMap<&str, String> = BTreeMap::new();
        for record in self.records {
            let Record::Check(check) = record else { continue };
            let variant = check.variant.as_str();
            let present = self.runners.get(variant).is_none_or(|runner| *runner == check.runner);
            let failed = check.cases.iter().find(|case| !case.passed);
            if let (true, Some(case)) = (present, failed) {
                failed_cases.insert(variant, case.name.clone());
            }
        }
        failed_cases
    }
}

impl Scope<'_> {
    /// The variant as it was asked for; `None` for one that only left samples.
    pub fn requested(&self, name: &str) -> Option<&bakeoff_protocol::exploration::Variant> {
        self.exploration.variants.iter().find(|variant| variant.name == name)
    }

    /// Whether it only measures the harness: asked for as such, or run by the driver itself.
    pub fn is_harness(&self, name: &str) -> bool {
        self.requested(name).map_or(name == "null", |variant| variant.manifest.harness_only)
    }

    /// Whether it competes.
    pub fn is_entrant(&self, name: &str) -> bool {
        self.requested(name).is_some_and(|variant| !variant.manifest.harness_only)
    }
}

/// The family that a scenario is decided by: the one that it names, or else the latest.
fn primary_family<'a>(scenario: &'a Scenario, timed: &[&'a TrialRecord]) -> Option<&'a str> {
    if !scenario.round_group.is_empty() {
        return Some(&scenario.round_group);
    }
    let throughput = timed.iter().copied().filter(is_throughput);
    let latest = throughput.max_by_key(|trial| age(trial))?;
    latest.timed_slot().map(|slot| slot.round_group.as_str())
}

/// Whether a trial is of the meter that scenarios are decided by.
fn is_throughput(trial: &&TrialRecord) -> bool {
    trial.spec.meter == Meter::Throughput
}

/// Runners that were built from the trees that were asked for, by variant.
fn built<'a>(
    exploration: &Exploration,
    records: &'a [Record],
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut built: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        let Record::Build(build) = record else { continue };
        let asked = exploration.variants.iter().find(|variant| variant.name == build.variant);
        if asked.is_some_and(|variant| variant.tree == build.tree) {
            built.entry(&build.variant).or_default().insert(&build.runner);
        }
    }
    built
}

/// Whether a trial says something of a scenario as it is now. Exact replays are kept by what they
/// replay: of several scenarios with one workload the first that asks has its name in them.
pub fn applies_to(trial: &TrialRecord, scenario: &Scenario) -> bool {
    let is_asked = trial.spec.scenario == scenario.name || trial.timed_slot().is_none();
    is_asked && trial.spec.workload == scenario.workload
}

/// All trials among the records.
pub fn trials(records: &[Record]) -> impl Iterator<Item = &TrialRecord> {
    records.iter().filter_map(|record| match record {
        Record::Trial(trial) => Some(&**trial),
        _ => None,
    })
}

/// Whether the variant still has the runner of that trial.
fn is_present(runners: &BTreeMap<&str, &str>, trial: &TrialRecord) -> bool {
    runners.get(trial.spec.variant.as_str()) == Some(&trial.runner.as_str())
}

/// What orders trials in time, the same whatever the order of the lines.
pub fn age(trial: &TrialRecord) -> (Timestamp, u32, u32, &str, &str, u64) {
    let (round, position) = trial.timed_slot().map_or((0, 0), |slot| (slot.round, slot.position));
    let (started, process_ns) = (trial.observed.started, trial.observed.process_ns);
    (started, round, position, &trial.runner, &trial.key, process_ns)
}

/// The report of a completed trial that measured something.
pub fn usable(trial: &TrialRecord) -> Option<&TrialReport> {
    let report = trial.report()?;
    let measured = report.counts.requests > 0 && report.elapsed_ns > 0;
    measured.then_some(report)
}

/// What was wrong with an answer of that trial, if one was.
fn wrong_answer(trial: &TrialRecord) -> Option<String> {
    if let TrialOutcome::Failed { kind, message } = &trial.outcome
        && kind == "wrong-answers"
    {
        return Some(message.clone());
    }
    let report = trial.report().filter(|report| report.counts.wrong_answers > 0)?;
    let count = report.counts.wrong_answers;
    Some(report.first_violation.as_ref().map_or_else(
        || format!("{count} wrong answers"),
        |violation| format!("request {}: {}", violation.request, violation.what),
    ))
}

/// Returns `part / whole`; `None` if `whole` is 0.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
