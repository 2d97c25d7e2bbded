//! Selection of the records that count: current runners, workload and round group, complete rounds.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_protocol::Capacity;
use bakeoff_protocol::exploration::{Exploration, Scenario};
use bakeoff_protocol::sample::{HitBounds, Record, TrialOutcome, TrialRecord};
use bakeoff_protocol::trial::{Load, Meter, TrialReport};
use bakeoff_stats::median;
use jiff::Timestamp;

/// All records, with the facts that do not depend on a scenario.
pub struct Selection<'a> {
    exploration: &'a Exploration,
    records: &'a [Record],
    /// Current runner of each variant: built from the requested tree, if known; the one of the latest
    /// trial if there are several.
    runners: BTreeMap<&'a str, &'a str>,
    /// Variants whose current runner gave a wrong answer in any scenario, with the answer.
    wrong: BTreeMap<&'a str, String>,
}

/// Records of one scenario that count.
pub struct Scope<'a> {
    /// The exploration.
    pub exploration: &'a Exploration,
    /// The resolved scenario.
    pub scenario: &'a Scenario,
    /// Names of the variants, in the user's order. Samples of variants that are no longer requested do
    /// not count.
    pub variants: Vec<&'a str>,
    /// Variants that gave a wrong answer, with the answer.
    pub wrong: &'a BTreeMap<&'a str, String>,
    /// All trials of current runners on the current workload, including failures.
    pub trials: Vec<&'a TrialRecord>,
    /// Timed series of the current round group, complete rounds only.
    pub series: Vec<Series<'a>>,
    /// Series of the secondary round groups (latency, other numbers of workers), complete rounds only.
    /// Not every round has them.
    pub secondary: Vec<Series<'a>>,
    /// Numbers of the complete rounds.
    pub rounds: BTreeSet<u32>,
    /// Variants that were rebuilt after the rounds were measured.
    pub rebuilt: BTreeSet<&'a str>,
    /// Bounds of the current workload.
    pub bounds: Vec<&'a HitBounds>,
    /// A failed conformance case by variant.
    pub failed_case: BTreeMap<&'a str, String>,
}

/// Timed trials of one cell, one per round.
pub struct Series<'a> {
    /// The variant.
    pub variant: &'a str,
    /// True for the A/A control.
    pub aa_control: bool,
    /// The meter.
    pub meter: Meter,
    /// The capacity.
    pub capacity: Capacity,
    /// The load.
    pub load: Load,
    /// Record and report by round.
    pub trials: BTreeMap<u32, (&'a TrialRecord, &'a TrialReport)>,
}

impl Series<'_> {
    /// Returns requests per second by round.
    pub fn rates(&self) -> BTreeMap<u32, f64> {
        let rate =
            |report: &TrialReport| report.counts.requests as f64 * 1e9 / report.elapsed_ns as f64;
        self.trials.iter().map(|(&round, (_, report))| (round, rate(report))).collect()
    }

    /// Returns the mean service time per request in nanoseconds, by round. Concurrent requests of a
    /// load each count their full time.
    pub fn times_ns(&self) -> BTreeMap<u32, f64> {
        let concurrent =
            f64::from(self.load.workers.max(1)) * f64::from(self.load.in_flight.max(1));
        self.rates().into_iter().map(|(round, rate)| (round, concurrent * 1e9 / rate)).collect()
    }

    /// Returns the series restricted to the rounds that another one also contains.
    #[must_use]
    pub fn in_common_rounds(&self, other: &Self) -> Self {
        let trials = self.trials.iter().filter(|(round, _)| other.trials.contains_key(round));
        let trials = trials.map(|(&round, &trial)| (round, trial)).collect();
        Self { trials, ..*self }
    }

    /// Returns the median service time per request in the measured windows, in nanoseconds.
    pub fn time_ns(&self) -> Option<f64> {
        let times: Vec<f64> = self.times_ns().into_values().collect();
        median(&times)
    }

    /// Returns the hit ratio over the measured windows of all rounds.
    pub fn window_hit_ratio(&self) -> Option<f64> {
        let counts = || self.trials.values().map(|(_, report)| &report.counts);
        share(counts().map(|c| c.hits).sum(), counts().map(|c| c.reads).sum())
    }

    /// Returns the share of the requests that failed.
    pub fn error_share(&self) -> f64 {
        let counts = || self.trials.values().map(|(_, report)| &report.counts);
        share(counts().map(|c| c.errors).sum(), counts().map(|c| c.requests).sum()).unwrap_or(0.0)
    }
}

impl<'a> Selection<'a> {
    /// Scans all records once.
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
                let message: &mut String =
                    wrong.entry(trial.spec.variant.as_str()).or_insert_with(|| what.clone());
                // Independent of the order of the lines.
                if what < *message {
                    *message = what;
                }
            }
        }
        Self { exploration, records, runners, wrong }
    }

    /// Returns the records that count for one scenario.
    pub fn scope(&'a self, scenario: &'a Scenario) -> Scope<'a> {
        let variants =
            self.exploration.variants.iter().map(|variant| variant.name.as_str()).collect();
        let here = || trials(self.records).filter(|trial| applies_to(trial, scenario));
        let timed: Vec<&TrialRecord> =
            here().filter(|trial| trial.timed_slot().is_some()).collect();
        let (series, rounds, rebuilt) = match primary_group(scenario, &timed) {
            Some(group) => {
                let throughput: Vec<&TrialRecord> =
                    timed.iter().copied().filter(is_throughput).collect();
                self.complete_rounds(scenario, &throughput, group)
            }
            None => Default::default(),
        };
        let complete = |group: &String| self.complete_rounds(scenario, &timed, group).0;
        let secondary = scenario.secondary_groups.iter().flat_map(complete).collect();
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
            secondary,
            rounds,
            rebuilt,
            bounds: bounds.collect(),
            failed_case: self.failed_cases(),
        }
    }

    /// Timed series of a round group, its complete rounds, and the variants rebuilt since.
    fn complete_rounds(
        &self,
        scenario: &Scenario,
        timed: &[&'a TrialRecord],
        group: &str,
    ) -> (Vec<Series<'a>>, BTreeSet<u32>, BTreeSet<&'a str>) {
        let ends = self.ends(scenario, group);
        let mut chosen: BTreeMap<_, &TrialRecord> = BTreeMap::new();
        for &trial in timed {
            let Some(slot) = trial.timed_slot().filter(|slot| slot.round_group == group) else {
                continue;
            };
            // A round that was interrupted and repeated has several trials of a cell. The last one
            // before the end of the round counts.
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
            let (variant, aa_control, meter, capacity, load) = cell;
            let empty =
                || Series { variant, aa_control, meter, capacity, load, trials: BTreeMap::new() };
            series.entry(cell).or_insert_with(empty).trials.insert(round, (trial, report));
            if !is_present(&self.runners, trial) {
                rebuilt.insert(variant);
            }
        }
        (series.into_values().collect(), ends.into_keys().collect(), rebuilt)
    }

    /// End of each complete round of a round group.
    fn ends(&self, scenario: &Scenario, group: &str) -> BTreeMap<u32, Timestamp> {
        let mut ends = BTreeMap::new();
        for record in self.records {
            if let Record::Round { scenario: name, round_group, round, at, .. } = record
                && *name == scenario.name
                && round_group == group
            {
                let end = ends.entry(*round).or_insert(*at);
                *end = (*end).max(*at);
            }
        }
        ends
    }

    /// Conformance cases that current runners failed.
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
    /// Returns the requested variant; `None` for one that only has samples.
    pub fn requested(&self, name: &str) -> Option<&bakeoff_protocol::exploration::Variant> {
        self.exploration.variants.iter().find(|variant| variant.name == name)
    }

    /// Returns true for a variant that measures only the harness: declared so, or run by the driver.
    pub fn is_harness(&self, name: &str) -> bool {
        self.requested(name).map_or(name == "null", |variant| variant.manifest.harness_only)
    }

    /// Returns true for a requested variant that may be recommended.
    pub fn is_contender(&self, name: &str) -> bool {
        self.requested(name).is_some_and(|variant| !variant.manifest.harness_only)
    }
}

/// Round group that decides a scenario: the one that it names, else the latest.
fn primary_group<'a>(scenario: &'a Scenario, timed: &[&'a TrialRecord]) -> Option<&'a str> {
    if !scenario.round_group.is_empty() {
        return Some(&scenario.round_group);
    }
    let throughput = timed.iter().copied().filter(is_throughput);
    let latest = throughput.max_by_key(|trial| age(trial))?;
    latest.timed_slot().map(|slot| slot.round_group.as_str())
}

/// True for the meter that decides scenarios.
fn is_throughput(trial: &&TrialRecord) -> bool {
    trial.spec.meter == Meter::Throughput
}

/// Runners that were built from the requested trees, by variant.
fn built<'a>(
    exploration: &Exploration,
    records: &'a [Record],
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut built: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        let Record::Build(build) = record else { continue };
        let requested = exploration.variants.iter().find(|variant| variant.name == build.variant);
        if requested.is_some_and(|variant| variant.tree == build.tree) {
            built.entry(&build.variant).or_default().insert(&build.runner);
        }
    }
    built
}

/// Returns true if a trial applies to a scenario in its current form. Exact replays are stored by
/// workload, under the name of the first scenario that requested them.
pub fn applies_to(trial: &TrialRecord, scenario: &Scenario) -> bool {
    let belongs = trial.spec.scenario == scenario.name || trial.timed_slot().is_none();
    belongs && trial.spec.workload == scenario.workload
}

/// Returns all trials among the records.
pub fn trials(records: &[Record]) -> impl Iterator<Item = &TrialRecord> {
    records.iter().filter_map(|record| match record {
        Record::Trial(trial) => Some(&**trial),
        _ => None,
    })
}

/// True if the variant still has the runner of the trial.
fn is_present(runners: &BTreeMap<&str, &str>, trial: &TrialRecord) -> bool {
    runners.get(trial.spec.variant.as_str()) == Some(&trial.runner.as_str())
}

/// Returns the sort key of trials by time, independent of the order of the lines.
pub fn age(trial: &TrialRecord) -> (Timestamp, u32, u32, &str, &str, u64) {
    let (round, position) = trial.timed_slot().map_or((0, 0), |slot| (slot.round, slot.position));
    let (started, process_ns) = (trial.observed.started, trial.observed.process_ns);
    (started, round, position, &trial.runner, &trial.key, process_ns)
}

/// Returns the report of a completed trial with at least one request.
pub fn usable(trial: &TrialRecord) -> Option<&TrialReport> {
    let report = trial.report()?;
    let measured = report.counts.requests > 0 && report.elapsed_ns > 0;
    measured.then_some(report)
}

/// Wrong answer of a trial, if any.
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
