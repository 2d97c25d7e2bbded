//! Content keys: digests of everything that decides a step's result.
//!
//! A key holds nothing that may differ while the result stays the same (names, paths, times), and
//! everything that changes it, so that a second run repeats what changed and nothing else.

use std::collections::BTreeMap;

use bakeoff_protocol::sample::Trial;
use bakeoff_protocol::{Capacity, Load, Meter, PROTOCOL_VERSION};
use serde::Serialize;

/// Hexadecimal digits of a key: 128 bits.
const DIGITS: usize = 32;

/// What a step runs with, whatever the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Digest of the runner.
    pub runner: String,
    /// The variant's options.
    pub options: BTreeMap<String, String>,
    /// Versions of the services that it needs, by name.
    pub services: BTreeMap<String, String>,
}

impl Subject {
    /// Key of the conformance check.
    #[must_use]
    pub fn check(&self) -> String {
        digest(&("check", PROTOCOL_VERSION, self))
    }

    /// Key of the trial of a property with further processes.
    #[must_use]
    pub fn probe(&self, property: &str) -> String {
        digest(&("probe", PROTOCOL_VERSION, property, self))
    }

    /// Key of a trial.
    #[must_use]
    pub fn trial(&self, cell: &CellIdentity) -> String {
        digest(&("trial", PROTOCOL_VERSION, self, cell))
    }
}

/// What a trial replays, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellIdentity {
    /// Digest of the compiled workload.
    pub workload: String,
    /// Requests of it, where not all.
    pub limit: Option<u64>,
    /// The capacity.
    pub capacity: Capacity,
    /// The load.
    pub load: Load,
    /// The meter.
    pub meter: Meter,
    /// Requests that count as warm-up.
    pub warmup: u64,
    /// Requests of the measured section; 0 where all are.
    pub section: u64,
    /// Nanoseconds measured at least.
    pub minimum_ns: u64,
    /// Digest of what a paced replay runs in; empty for the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
}

/// Key of a build: the tree, the strategy and the compiler.
#[must_use]
pub fn build(tree: &str, strategy: &str, rustc: &str) -> String {
    digest(&("build", tree, strategy, rustc))
}

/// What all rounds of a scenario share: who takes part, each with its cell, and on which machine.
/// Its name is part of it: two scenarios may replay the same workload, and count their rounds apart.
/// The number of rounds is no part of it: more rounds may join those that are there.
#[must_use]
pub fn family(
    scenario: &str,
    participants: &[(String, String)],
    baseline: &str,
    machine: &str,
    seed: u64,
) -> String {
    digest(&("family", scenario, participants, baseline, machine, seed.to_string()))
}

/// What the rounds of a set share: the contest that it stands beside, and its members, each with its
/// cell.
#[must_use]
pub fn set(contest: &str, members: &[(String, String)]) -> String {
    digest(&("set", contest, members))
}

/// The family to go on with: that of the base digest, or its latest repetition; a new repetition
/// where `again` is asked for and the latest one has a failure.
#[must_use]
pub fn repetition<'a>(base: &str, trials: impl Iterator<Item = &'a Trial>, again: bool) -> String {
    let mut latest = 0;
    let mut failed = false;
    for trial in trials {
        let number = match trial.family.strip_prefix(base) {
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
        failed |= number == latest && trial.report.is_none();
    }
    match latest + u32::from(again && failed) {
        0 => base.to_owned(),
        number => format!("{base}-{number}"),
    }
}

/// Digest of any record: of its JSON, whose fields have a fixed order.
pub fn digest<T: Serialize>(of: &T) -> String {
    let mut hasher = blake3::Hasher::new();
    match serde_json::to_writer(&mut hasher, of) {
        Ok(()) => {}
        // Nothing that is hashed here can fail to be written; a key that no record has merely
        // means that the step is done again.
        Err(error) => drop(hasher.update(error.to_string().as_bytes())),
    }
    hasher.finalize().to_hex()[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject { runner: String::from("r"), options: BTreeMap::new(), services: BTreeMap::new() }
    }

    fn cell() -> CellIdentity {
        CellIdentity {
            workload: String::from("w"),
            limit: None,
            capacity: Capacity::Entries(10),
            load: Load::ONE,
            meter: Meter::HitRatio,
            warmup: 0,
            section: 0,
            minimum_ns: 0,
            system: String::new(),
        }
    }

    #[test]
    fn whatever_decides_a_result_is_in_its_key() {
        let plain = subject().trial(&cell());
        assert_eq!(plain, subject().trial(&cell()));
        let other_runner = Subject { runner: String::from("s"), ..subject() };
        let options = BTreeMap::from([(String::from("shards"), String::from("8"))]);
        let other_options = Subject { options, ..subject() };
        let services = BTreeMap::from([(String::from("redis"), String::from("8"))]);
        let other_service = Subject { services, ..subject() };
        let changed = [
            other_runner.trial(&cell()),
            other_options.trial(&cell()),
            other_service.trial(&cell()),
            subject().trial(&CellIdentity { workload: String::from("v"), ..cell() }),
            subject().trial(&CellIdentity { limit: Some(3), ..cell() }),
            subject().trial(&CellIdentity { capacity: Capacity::Entries(11), ..cell() }),
            subject().trial(&CellIdentity { capacity: Capacity::Bytes(10), ..cell() }),
            subject().trial(&CellIdentity { load: Load { workers: 2, ..Load::ONE }, ..cell() }),
            subject().trial(&CellIdentity { meter: Meter::Memory, ..cell() }),
            subject().check(),
            subject().probe("shared"),
        ];
        let different: std::collections::BTreeSet<&String> = changed.iter().collect();
        assert_eq!(different.len(), changed.len());
        assert!(!different.contains(&plain));
    }

    #[test]
    fn a_family_is_its_scenario_its_participants_and_its_machine() {
        let word = |text: &str| text.to_owned();
        let two = [(word("lru"), word("k1")), (word("dict"), word("k2"))];
        let base = family("s", &two, "lru", "m", 1);
        assert_ne!(base, family("s", &two[..1], "lru", "m", 1));
        assert_ne!(base, family("s", &two, "dict", "m", 1));
        assert_ne!(base, family("s", &two, "lru", "n", 1));
        assert_ne!(base, family("t", &two, "lru", "m", 1));
    }
}
