//! Content keys: digests of everything that determines the result of a step.
//!
//! A key contains only these inputs, so a second run repeats only the steps whose inputs changed.

use std::collections::BTreeMap;

use bakeoff_protocol::sample::TrialRecord;
use bakeoff_protocol::{Capacity, Lanes, Load, Meter, PROTOCOL_VERSION, TrialSpec};
use bakeoff_workload::scenario::PacedPlan;
use serde::Serialize;

/// Length of a key in hexadecimal digits (128 bits).
const KEY_DIGITS: usize = 32;

/// Inputs that all steps of a variant have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepInputs {
    /// Digest of the runner.
    pub runner: String,
    /// Options of the variant.
    pub options: BTreeMap<String, String>,
    /// Versions of the services, by name.
    pub services: BTreeMap<String, String>,
}

impl StepInputs {
    /// Returns the key of the conformance check.
    #[must_use]
    pub fn check_key(&self) -> String {
        digest(&("check", PROTOCOL_VERSION, self))
    }

    /// Returns the key of the probe of a property.
    #[must_use]
    pub fn probe_key(&self, property: &str) -> String {
        digest(&("probe", PROTOCOL_VERSION, property, self))
    }

    /// Returns the key of a trial, a digest of the parts of its specification that determine the
    /// result.
    ///
    /// The place in the schedule, the start of the window and the rates are not part of the key.
    #[must_use]
    pub fn trial_key(&self, spec: &TrialSpec, system: Option<&PacedPlan>) -> String {
        let identity = TrialIdentity {
            workload: &spec.workload,
            capacity: spec.capacity,
            load: spec.load,
            lanes: spec.lanes,
            meter: spec.meter,
            warmup_requests: spec.warmup_requests,
            window_requests: spec.window.map(|window| window.length),
            min_measured_ns: spec.min_measured_ns,
            virtual_rate: spec.virtual_rate,
            system: system.filter(|_| spec.meter == Meter::Paced),
        };
        digest(&("trial", PROTOCOL_VERSION, self, identity))
    }
}

/// Parts of a specification that determine the result of a trial.
#[derive(Serialize)]
struct TrialIdentity<'a> {
    workload: &'a str,
    capacity: Capacity,
    load: Load,
    lanes: Option<Lanes>,
    meter: Meter,
    warmup_requests: u64,
    window_requests: Option<u64>,
    min_measured_ns: u64,
    virtual_rate: Option<f64>,
    system: Option<&'a PacedPlan>,
}

/// Returns the key of a build: a digest of the tree, the strategy and the compiler.
#[must_use]
pub fn build(tree: &str, strategy: &str, rustc: &str) -> String {
    digest(&("build", tree, strategy, rustc))
}

/// Returns the round group of a scenario, a digest of the settings that its rounds have in common.
///
/// These are its name, its variants with their cells, the baseline, the machine and the seed.
///
/// Scenarios that replay the same workload have different groups. The number of rounds is not part
/// of the group, so that more rounds can be added later.
#[must_use]
pub fn round_group(
    scenario: &str,
    participants: &[(String, String)],
    baseline: &str,
    machine: &str,
    seed: u64,
) -> String {
    digest(&("round group", scenario, participants, baseline, machine, seed.to_string()))
}

/// Returns the round group of secondary cells, a digest of the primary group and the cells.
#[must_use]
pub fn secondary_group(primary: &str, members: &[(String, String)]) -> String {
    digest(&("secondary group", primary, members))
}

/// Returns the round group to continue: `base`, or `base` with the number of the latest repetition.
///
/// A new repetition starts if `again` is set and the latest repetition contains a failed trial.
#[must_use]
pub fn repetition<'a>(
    base: &str,
    trials: impl Iterator<Item = &'a TrialRecord>,
    again: bool,
) -> String {
    let mut latest = 0;
    let mut failed = false;
    for trial in trials {
        let Some(slot) = trial.timed_slot() else { continue };
        let number = match slot.round_group.strip_prefix(base) {
            Some("") => 0,
            Some(suffix) => match suffix.strip_prefix('-').and_then(|number| number.parse().ok()) {
                Some(number) => number,
                None => continue,
            },
            None => continue,
        };
        if number > latest {
            latest = number;
            failed = false;
        }
        failed |= number == latest && !trial.is_completed();
    }
    match latest + u32::from(again && failed) {
        0 => base.to_owned(),
        number => format!("{base}-{number}"),
    }
}

/// Returns the digest of a value's JSON, whose fields have a fixed order.
pub fn digest<T: Serialize>(of: &T) -> String {
    let mut hasher = blake3::Hasher::new();
    match serde_json::to_writer(&mut hasher, of) {
        Ok(()) => {}
        // These values can always be serialized. A wrong key would only repeat a step.
        Err(error) => drop(hasher.update(error.to_string().as_bytes())),
    }
    hasher.finalize().to_hex()[..KEY_DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::{RateStep, ScheduleSlot, TimedSlot, Window};

    use super::*;

    fn inputs() -> StepInputs {
        StepInputs {
            runner: String::from("r"),
            options: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }

    fn spec() -> TrialSpec {
        let names = ("lru", "s", "w");
        TrialSpec::new(names, Meter::HitRatio, Capacity::Entries(10), Load::ONE, 1)
    }

    fn key(inputs: &StepInputs, change: impl FnOnce(&mut TrialSpec)) -> String {
        let mut spec = spec();
        change(&mut spec);
        inputs.trial_key(&spec, Some(&PacedPlan::default()))
    }

    #[test]
    fn a_key_depends_on_all_inputs_that_determine_the_result() {
        let plain = inputs().trial_key(&spec(), None);
        assert_eq!(plain, inputs().trial_key(&spec(), None));
        let other_runner = StepInputs { runner: String::from("s"), ..inputs() };
        let options = BTreeMap::from([(String::from("shards"), String::from("8"))]);
        let other_options = StepInputs { options, ..inputs() };
        let services = BTreeMap::from([(String::from("redis"), String::from("8"))]);
        let other_service = StepInputs { services, ..inputs() };
        let window = Window { start: 3, length: 5 };
        let changed = [
            key(&other_runner, |_| {}),
            key(&other_options, |_| {}),
            key(&other_service, |_| {}),
            key(&inputs(), |spec| spec.workload = String::from("v")),
            key(&inputs(), |spec| spec.lanes = Some(Lanes { count: 3, window: 9 })),
            key(&inputs(), |spec| spec.capacity = Capacity::Entries(11)),
            key(&inputs(), |spec| spec.capacity = Capacity::Bytes(10)),
            key(&inputs(), |spec| spec.load.workers = 2),
            key(&inputs(), |spec| spec.meter = Meter::Memory),
            key(&inputs(), |spec| spec.window = Some(window)),
            key(&inputs(), |spec| spec.warmup_requests = 4),
            key(&inputs(), |spec| spec.min_measured_ns = 4),
            key(&inputs(), |spec| spec.virtual_rate = Some(1_000.0)),
            key(&inputs(), |spec| spec.meter = Meter::Paced),
            inputs().check_key(),
            inputs().probe_key("shared"),
        ];
        let different: std::collections::BTreeSet<&String> = changed.iter().collect();
        assert_eq!(different.len(), changed.len());
        assert!(!different.contains(&plain));
    }

    #[test]
    fn a_key_does_not_depend_on_the_variant_name_or_the_schedule() {
        let timed = TimedSlot {
            round_group: String::from("g"),
            round: 3,
            position: 1,
            aa_control: true,
            attempt: 1,
        };
        let plain = key(&inputs(), |_| {});
        let step = RateStep { requests_per_second: 3, requests: 1 };
        let windowed =
            |start| key(&inputs(), |spec| spec.window = Some(Window { start, length: 5 }));
        assert_eq!(plain, key(&inputs(), |spec| spec.schedule = ScheduleSlot::Timed(timed)));
        assert_eq!(plain, key(&inputs(), |spec| spec.variant = String::from("dict")));
        assert_eq!(plain, key(&inputs(), |spec| spec.rate_steps = vec![step]));
        assert_eq!(windowed(1), windowed(2));
    }

    #[test]
    fn a_round_group_depends_on_scenario_variants_baseline_and_machine() {
        let word = |text: &str| text.to_owned();
        let two = [(word("lru"), word("k1")), (word("dict"), word("k2"))];
        let base = round_group("s", &two, "lru", "m", 1);
        assert_ne!(base, round_group("s", &two[..1], "lru", "m", 1));
        assert_ne!(base, round_group("s", &two, "dict", "m", 1));
        assert_ne!(base, round_group("s", &two, "lru", "n", 1));
        assert_ne!(base, round_group("t", &two, "lru", "m", 1));
    }
}
