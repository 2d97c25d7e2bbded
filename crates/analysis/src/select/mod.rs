//! Selects the records to analyze: those of current runners, workloads and complete rounds.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_protocol::Capacity;
use bakeoff_protocol::exploration::{Exploration, Scenario};
use bakeoff_protocol::sample::{HitBounds, Record, TrialOutcome, TrialRecord};
use bakeoff_protocol::trial::{Load, Meter, TrialReport};
use bakeoff_stats::median;
use jiff::Timestamp;

/// All records of an exploration, with facts about the variants that hold for every scenario.
pub struct Selection<'a> {
    exploration: &'a Exploration,
    records: &'a [Record],
    /// Digest of the current runner of each variant. Of several runners built from the requested
    /// tree, the one with the latest trial is current.
    runners: BTreeMap<&'a str, &'a str>,
    /// Description of a wrong answer, for each variant whose current runner gave one in any
    /// scenario.
    wrong_answers: BTreeMap<&'a str, String>,
}

/// Records of one scenario that its analysis uses.
pub struct Scope<'a> {
    pub exploration: &'a Exploration,
    pub scenario: &'a Scenario,
    /// Names of the requested variants, in the user's order. Samples of other variants are not
    /// used.
    pub variants: Vec<&'a str>,
    /// Description of a wrong answer, for each variant that gave one in any scenario.
    pub wrong_answers: &'a BTreeMap<&'a str, String>,
    /// All trials of current runners on the current workload, including failures.
    pub trials: Vec<&'a TrialRecord>,
    /// Timed series of the current round group, with complete rounds only.
    pub series: Vec<Series<'a>>,
    /// Timed series of the secondary round groups (times of requests, other numbers of
    /// workers), with complete rounds only. They may have fewer rounds than `series`.
    pub secondary: Vec<Series<'a>>,
    /// Numbers of the complete rounds.
    pub rounds: BTreeSet<u32>,
    /// Variants that were rebuilt after the rounds were measured.
    pub rebuilt: BTreeSet<&'a str>,
    /// Optimal bound and infinite cache over the current workload, by capacity.
    pub bounds: Vec<&'a HitBounds>,
    /// Name of a failed conformance case, for each variant with one.
    pub failed_case: BTreeMap<&'a str, String>,
}

/// Timed trials of one cell, one per round.
pub struct Series<'a> {
    pub variant: &'a str,
    pub aa_control: bool,
    pub meter: Meter,
    pub capacity: Capacity,
    pub load: Load,
    /// Trial record and report of each round, by round number.
    pub trials: BTreeMap<u32, (&'a TrialRecord, &'a TrialReport)>,
}

impl Series<'_> {
    /// Returns requests per second by round.
    pub fn rates(&self) -> BTreeMap<u32, f64> {
        let rate =
            |report: &TrialReport| report.counts.requests as f64 * 1e9 / report.elapsed_ns as f64;
        self.trials.iter().map(|(&round, (_, report))| (round, rate(report))).collect()
    }

    /// Returns the mean service time per request in nanoseconds, by round.
    ///
    /// With n concurrent requests, it is n times the time per completed request.
    pub fn times_ns(&self) -> BTreeMap<u32, f64> {
        let concurrent =
            f64::from(self.load.workers.max(1)) * f64::from(self.load.in_flight.max(1));
        self.rates().into_iter().map(|(round, rate)| (round, concurrent * 1e9 / rate)).collect()
    }

    /// Returns this series with only the rounds that `other` also contains.
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
    /// Finds current runners and wrong answers in the records.
    pub fn new(exploration: &'a Exploration, records: &'a [Record]) -> Self {
        let built = built_runners(exploration, records);
        let mut latest: BTreeMap<&str, &TrialRecord> = BTreeMap::new();
        for trial in trials(records) {
            let of = |runners: &BTreeSet<&str>| runners.contains(trial.runner.as_str());
            if !built.get(trial.spec.variant.as_str()).is_none_or(of) {
                continue;
            }
            let held = latest.entry(&trial.spec.variant).or_insert(trial);
            if time_order(trial) > time_order(held) {
                *held = trial;
            }
        }
        let runners: BTreeMap<&str, &str> =
            latest.into_iter().map(|(variant, trial)| (variant, trial.runner.as_str())).collect();
        let mut wrong_answers = BTreeMap::new();
        for trial in trials(records).filter(|trial| has_current_runner(&runners, trial)) {
            if let Some(what) = wrong_answer(trial) {
                let message: &mut String = wrong_answers
                    .entry(trial.spec.variant.as_str())
                    .or_insert_with(|| what.clone());
                // The lowest message is kept, so that the result does not depend on the order of
                // the lines.
                if what < *message {
                    *message = what;
                }
            }
        }
        Self { exploration, records, runners, wrong_answers }
    }

    /// Returns the records to analyze for one scenario.
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
            wrong_answers: &self.wrong_answers,
            trials: here().filter(|trial| has_current_runner(&self.runners, trial)).collect(),
            series,
            secondary,
            rounds,
            rebuilt,
            bounds: bounds.collect(),
            failed_case: self.failed_cases(),
        }
    }

    /// Returns the timed series of a round group, its complete rounds, and the variants rebuilt
    /// since.
    fn complete_rounds(
        &self,
        scenario: &Scenario,
        timed: &[&'a TrialRecord],
        group: &str,
    ) -> (Vec<Series<'a>>, BTreeSet<u32>, BTreeSet<&'a str>) {
        let ends = self.round_ends(scenario, group);
        let mut chosen: BTreeMap<_, &TrialRecord> = BTreeMap::new();
        for &trial in timed {
            let Some(slot) = trial.timed_slot().filter(|slot| slot.round_group == group) else {
                continue;
            };
            // A round that was interrupted and repeated has several trials of a cell. The last
            // trial before the end of the round is used.
            let counts = ends.get(&slot.round).is_some_and(|end| trial.observed.started <= *end);
            if counts
                && usable_report(trial).is_some()
                && !self.wrong_answers.contains_key(trial.spec.variant.as_str())
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
                if time_order(trial) > time_order(held) {
                    *held = trial;
                }
            }
        }
        let mut series: BTreeMap<_, Series<'a>> = BTreeMap::new();
        let mut rebuilt = BTreeSet::new();
        for ((cell, round), trial) in chosen {
            let Some(report) = usable_report(trial) else { continue };
            let (variant, aa_control, meter, capacity, load) = cell;
            let empty =
                || Series { variant, aa_control, meter, capacity, load, trials: BTreeMap::new() };
            series.entry(cell).or_insert_with(empty).trials.insert(round, (trial, report));
            if !has_current_runner(&self.runners, trial) {
                rebuilt.insert(variant);
            }
        }
        (series.into_values().collect(), ends.into_keys().collect(), rebuilt)
    }

    /// Returns the end of each complete round of a round group.
    fn round_ends(&self, scenario: &Scenario, group: &str) -> BTreeMap<u32, Timestamp> {
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

    /// Returns a conformance case that the current runner failed, for each variant with one.
    fn failed_cases(&self) -> BTreeMap<&'a str, String> {
        let mut failed_cases: BTreeMap<&str, String> = BTreeMap::new();
        for record in self.records {
            let Record::Check(check) = record else { continue };
            let variant = check.variant.as_str();
            let present = self.runners.get(variant).is_none_or(|runner| *runner == check.runner);
            let requested = self.exploration.variants.iter().find(|found| found.name == variant);
            let Some(manifest) = requested.map(|found| &found.manifest) else { continue };
            let failed = manifest.unexpected_failures(&check.cases).next();
            if let (true, Some(case)) = (present, failed) {
                failed_cases.insert(variant, case.name.clone());
            }
        }
        failed_cases
    }
}

impl Scope<'_> {
    /// Returns a variant by name; `None` if the user did not request it.
    pub fn requested(&self, name: &str) -> Option<&bakeoff_protocol::exploration::Variant> {
        self.exploration.variants.iter().find(|variant| variant.name == name)
    }

    /// Returns true for a variant that measures only the harness, requested or added by the driver.
    pub fn is_harness(&self, name: &str) -> bool {
        self.requested(name).map_or(name == "null", |variant| variant.manifest.harness_only)
    }

    /// Returns true for a requested variant that may be recommended.
    pub fn is_contender(&self, name: &str) -> bool {
        self.requested(name).is_some_and(|variant| !variant.manifest.harness_only)
    }
}

/// Returns the round group with the timed trials of a scenario: the group that it names, otherwise
/// the latest.
fn primary_group<'a>(scenario: &'a Scenario, timed: &[&'a TrialRecord]) -> Option<&'a str> {
    if !scenario.round_group.is_empty() {
        return Some(&scenario.round_group);
    }
    let throughput = timed.iter().copied().filter(is_throughput);
    let latest = throughput.max_by_key(|trial| time_order(trial))?;
    latest.timed_slot().map(|slot| slot.round_group.as_str())
}

fn is_throughput(trial: &&TrialRecord) -> bool {
    trial.spec.meter == Meter::Throughput
}

/// Digests of the runners that were built from the requested tree, by variant.
fn built_runners<'a>(
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

/// Returns true if a trial measured the current workload of a scenario.
///
/// Scenarios with the same workload share exact replays, which have the name of the scenario that
/// requested them first.
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

/// Returns true if the runner of the trial is the current runner of its variant.
fn has_current_runner(runners: &BTreeMap<&str, &str>, trial: &TrialRecord) -> bool {
    runners.get(trial.spec.variant.as_str()) == Some(&trial.runner.as_str())
}

/// Returns the key that sorts trials by time, with a fixed order of trials with equal times.
pub fn time_order(trial: &TrialRecord) -> (Timestamp, u32, u32, &str, &str, u64) {
    let (round, position) = trial.timed_slot().map_or((0, 0), |slot| (slot.round, slot.position));
    let (started, process_ns) = (trial.observed.started, trial.observed.process_ns);
    (started, round, position, &trial.runner, &trial.key, process_ns)
}

/// Returns the report of a completed trial with at least one request.
pub fn usable_report(trial: &TrialRecord) -> Option<&TrialReport> {
    let report = trial.report()?;
    let measured = report.counts.requests > 0 && report.elapsed_ns > 0;
    measured.then_some(report)
}

/// Returns a description of a wrong answer of a trial; `None` if all answers were right.
fn wrong_answer(trial: &TrialRecord) -> Option<String> {
    if let TrialOutcome::Failed { kind, message } = &trial.outcome
        && kind == "wrong-answers"
    {
        return Some(message.clone());
    }
    let report = trial.report().filter(|report| report.counts.wrong_answers > 0)?;
    let count = report.counts.wrong_answers;
    Some(
        report
            .first_violation
            .as_ref()
            .map_or_else(|| format!("{count} wrong answers"), ToString::to_string),
    )
}

/// Returns `part / whole`; `None` if `whole` is 0.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
