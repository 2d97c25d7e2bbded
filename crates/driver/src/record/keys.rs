//! Content keys: digests of everything that determines the result of a step.
//!
//! A key contains nothing else, such as names, paths or times. So a second run repeats what changed,
//! and nothing else.

use std::collections::BTreeMap;

use bakeoff_protocol::sample::TrialRecord;
use bakeoff_protocol::{Capacity, Load, Meter, PROTOCOL_VERSION, TrialSpec};
use bakeoff_workload::scenario::PacedPlan;
use serde::Serialize;

/// Length of a key in hexadecimal digits: 128 bits.
const DIGITS: usize = 32;

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
    pub fn check(&self) -> String {
        digest(&("check", PROTOCOL_VERSION, self))
    }

    /// Returns the key of the probe of a property.
    #[must_use]
    pub fn probe(&self, property: &str) -> String {
        digest(&("probe", PROTOCOL_VERSION, property, self))
    }

    /// Returns the key of a trial: a digest of all parts of its specification that determine the
    /// result. Its place in the schedule, the start of its window and its rate are not among them.
    #[must_use]
    pub fn trial(&self, spec: &TrialSpec, system: Option<&PacedPlan>) -> String {
        let identity = TrialIdentity {
            workload: &spec.workload,
            request_limit: spec.request_limit,
            capacity: spec.capacity,
            load: spec.load,
            meter: spec.meter,
            warmup_requests: spec.warmup_requests,
            window_requests: spec.window.map(|window| window.length),
            min_measured_ns: spec.min_measured_ns,
            system: system.filter(|_| spec.meter == Meter::Paced),
        };
        digest(&("trial", PROTOCOL_VERSION, self, identity))
    }
}

/// Parts of a specification that determine the result of a trial.
#[derive(Serialize)]
struct TrialIdentity<'a> {
    workload: &'a str,
    request_limit: Option<u64>,
    capacity: Capacity,
    load: Load,
    meter: Meter,
    warmup_requests: u64,
    window_requests: Option<u64>,
    min_measured_ns: u64,
    system: Option<&'a PacedPlan>,
}

/// Returns the key of a build: a digest of the tree, the strategy and the compiler.
#[must_use]
pub fn build(tree: &str, strategy: &str, rustc: &str) -> String {
    digest(&("build", tree, strategy, rustc))
}

/// Returns the round group of a scenario: a digest of its name, its variants with their cells, the
/// baseline, the machine and the seed.
///
/// Two scenarios that replay the same workload have different groups. The number of rounds is not
/// part of the group, so that more rounds can be added later.
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

/// Returns the round group of secondary cells: a digest of the primary group and of the variants with
/// their cells.
#[must_use]
pub fn secondary_group(primary: &str, members: &[(String, String)]) -> String {
    digest(&("secondary group", primary, members))
}

/// Returns the round group to continue: the base digest, or its latest repetition.
///
/// A new repetition starts if `again` is set and the latest one has a failure.
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
    hasher.finalize().to_hex()[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::{ScheduleSlot, TimedSlot, Window};

    use super::*;

    fn subject() -> StepInputs {
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

    fn key(subject: &StepInputs, change: impl FnOnce(&mut TrialSpec)) -> String {
        let mut spec = spec();
        change(&mut spec);
        subject.trial(&spec, Some(&PacedPlan::default()))
    }

    #[test]
    fn everything_that_determines_a_result_is_in_its_key() {
        let plain = subject().trial(&spec(), None);
        assert_eq!(plain, subject().trial(&spec(), None));
        let other_runner = StepInputs { runner: String::from("s"), ..subject() };
        let options = BTreeMap::from([(String::from("shards"), String::from("8"))]);
        let other_options = StepInputs { options, ..subject() };
        let services = BTreeMap::from([(String::from("redis"), String::from("8"))]);
        let other_service = StepInputs { services, ..subject() };
        let window = Window { start: 3, length: 5 };
        let changed = [
            key(&other_runner, |_| {}),
            key(&other_options, |_| {}),
            key(&other_service, |_| {}),
            key(&subject(), |spec| spec.workload = String::from("v")),
            key(&subject(), |spec| spec.request_limit = Some(3)),
            key(&subject(), |spec| spec.capacity = Capacity::Entries(11)),
            key(&subject(), |spec| spec.capacity = Capacity::Bytes(10)),
            key(&subject(), |spec| spec.load.workers = 2),
            key(&subject(), |spec| spec.meter = Meter::Memory),
            key(&subject(), |spec| spec.window = Some(window)),
            key(&subject(), |spec| spec.warmup_requests = 4),
            key(&subject(), |spec| spec.min_measured_ns = 4),
            key(&subject(), |spec| spec.meter = Meter::Paced),
            subject().check(),
            subject().probe("shared"),
        ];
        let different: std::collections::BTreeSet<&String> = changed.iter().collect();
        assert_eq!(different.len(), changed.len());
        assert!(!different.contains(&plain));
    }

    #[test]
    fn names_and_the_place_in_the_schedule_are_not_in_the_key() {
        let timed = TimedSlot {
            round_group: String::from("g"),
            round: 3,
            position: 1,
            aa_control: true,
            attempt: 1,
        };
        let plain = key(&subject(), |_| {});
        let windowed =
            |start| key(&subject(), |spec| spec.window = Some(Window { start, length: 5 }));
        assert_eq!(plain, key(&subject(), |spec| spec.schedule = ScheduleSlot::Timed(timed)));
        assert_eq!(plain, key(&subject(), |spec| spec.variant = String::from("dict")));
        assert_eq!(plain, key(&subject(), |spec| spec.rate = Some(3.0)));
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
