//! Progress of a variant: a pure function from state and event to the next state.

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::Variant;
use bakeoff_protocol::progress::{Failure, Generation, Phase, Progress, Status};
use jiff::Timestamp;

/// Event that changes the progress of a variant.
#[derive(Clone, Debug, PartialEq)]
pub enum VariantEvent {
    /// The worktree was created.
    CheckedOut {
        /// Path relative to the workspace root.
        worktree: String,
        /// Branch of the worktree.
        branch: String,
    },
    /// A phase started.
    Started(Phase),
    /// A step within the phase started; carries its description.
    Step(String),
    /// A part of a phase ended.
    Spent {
        /// Phase that the part belongs to.
        phase: Phase,
        /// Wall-clock time, added to that of earlier parts.
        seconds: f64,
    },
    /// The command of `--generate-cmd` ended.
    Generated {
        /// Wall-clock time of the command.
        seconds: f64,
        /// Result of the command.
        end: Generation,
    },
    /// The percentage of completed work changed.
    Advanced {
        /// Completed work in percent, 0 to 100; a decrease is ignored.
        percent: f64,
        /// Estimated seconds to the end, if known.
        eta_seconds: Option<f64>,
    },
    /// An exact hit ratio at the timed capacity was measured.
    HitRatio {
        /// Name of the scenario.
        scenario: String,
        /// Hit ratio, 0 to 1.
        ratio: f64,
    },
    /// The median of the timed trials changed.
    RequestsPerSecond {
        /// Name of the scenario.
        scenario: String,
        /// Requests per second.
        median: f64,
    },
    /// The variant has results but must not be recommended; carries the reason.
    Disqualified(String),
    /// The variant is still in progress.
    Heartbeat,
    /// The user stopped the run; the next run continues it.
    Paused,
    /// All work is done.
    Completed,
    /// The variant failed.
    Failed(Failure),
    /// The variant cannot run on this machine.
    Skipped(Failure),
}

/// Returns the initial state of a variant.
#[must_use]
pub fn pending(experiment: &str, variant: &Variant, now: Timestamp) -> Progress {
    Progress {
        schema: SCHEMA_VERSION,
        variant: variant.name.clone(),
        status: Status::Pending,
        timestamp: now,
        experiment: experiment.to_owned(),
        phase: Phase::Preparing,
        description: variant.description.clone(),
        strategy: variant.strategy.clone(),
        git_ref: variant.git_ref.clone(),
        commit: variant.commit.clone(),
        worktree: String::new(),
        branch: String::new(),
        step: String::new(),
        percent: 0.0,
        eta_seconds: None,
        heartbeat: now,
        durations_seconds: Default::default(),
        hit_ratio: Default::default(),
        requests_per_second: Default::default(),
        generation_seconds: None,
        generation: None,
        disqualified: None,
        error: None,
    }
}

/// Returns true if no further event changes a variant with this status.
#[must_use]
pub fn is_final(status: Status) -> bool {
    matches!(status, Status::Completed | Status::Failed | Status::Skipped)
}

/// Returns the state after an event; a final state does not change.
#[must_use]
pub fn after(before: &Progress, event: VariantEvent, now: Timestamp) -> Progress {
    let mut next = before.clone();
    if is_final(before.status) {
        return next;
    }
    let now = now.max(before.timestamp);
    next.timestamp = now;
    next.heartbeat = now;
    match event {
        VariantEvent::CheckedOut { worktree, branch } => {
            next.worktree = worktree;
            next.branch = branch;
        }
        VariantEvent::Started(phase) => {
            next.status = Status::Running;
            next.phase = next.phase.max(phase);
            next.step.clear();
        }
        VariantEvent::Step(step) => next.step = step,
        VariantEvent::Spent { phase, seconds } => {
            *next.durations_seconds.entry(phase_name(phase).to_owned()).or_insert(0.0) += seconds;
        }
        VariantEvent::Generated { seconds, end } => {
            next.commit.clone_from(&end.commit);
            next.generation_seconds = Some(seconds);
            next.generation = Some(end);
        }
        VariantEvent::Advanced { percent, eta_seconds } => {
            next.percent = next.percent.max(percent.clamp(0.0, 100.0));
            next.eta_seconds = eta_seconds;
        }
        VariantEvent::HitRatio { scenario, ratio } => {
            next.hit_ratio.insert(scenario, ratio);
        }
        VariantEvent::RequestsPerSecond { scenario, median } => {
            next.requests_per_second.insert(scenario, median);
        }
        VariantEvent::Disqualified(why) => next.disqualified = next.disqualified.or(Some(why)),
        VariantEvent::Heartbeat => {}
        VariantEvent::Paused => next.status = Status::Pending,
        VariantEvent::Completed => finish(&mut next, Status::Completed, None),
        VariantEvent::Failed(failure) => finish(&mut next, Status::Failed, Some(failure)),
        VariantEvent::Skipped(failure) => finish(&mut next, Status::Skipped, Some(failure)),
    }
    next
}

fn finish(progress: &mut Progress, status: Status, error: Option<Failure>) {
    progress.status = status;
    progress.error = error;
    progress.eta_seconds = None;
    progress.step.clear();
    // A failed variant keeps its phase, which shows where it failed.
    if status == Status::Completed {
        progress.phase = Phase::Done;
        progress.percent = 100.0;
    }
}

/// Returns the name of a phase in files and messages.
#[must_use]
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing",
        Phase::Generating => "generating",
        Phase::Building => "building",
        Phase::Checking => "checking",
        Phase::Replaying => "replaying",
        Phase::Measuring => "measuring",
        Phase::Done => "done",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use bakeoff_protocol::variant::Manifest;
    use proptest::prelude::*;

    use super::*;

    fn variant() -> Variant {
        Variant {
            name: String::from("lru"),
            description: String::from("LRU"),
            strategy: String::from("lru"),
            git_ref: String::from("HEAD"),
            commit: String::from("c"),
            tree: String::from("t"),
            harness: String::new(),
            harness_ref: None,
            options: BTreeMap::new(),
            manifest: Manifest {
                title: String::new(),
                summary: String::new(),
                pros: Vec::new(),
                cons: Vec::new(),
                services: Vec::new(),
                default: true,
                harness_only: false,
                years_in_production: None,
                last_release: None,
                maintained: None,
                known_failures: BTreeMap::new(),
                operating_cost: None,
                options: BTreeMap::new(),
                command: None,
            },
            properties: None,
            asynchronous: None,
        }
    }

    pub(crate) fn pending_variant() -> Progress {
        pending("mine", &variant(), Timestamp::UNIX_EPOCH)
    }

    fn failure() -> Failure {
        let word = |text: &str| text.to_owned();
        Failure { kind: word("panic"), message: word("m"), hint: word("h"), log: word("l") }
    }

    fn phases() -> impl Strategy<Value = Phase> {
        prop_oneof![
            Just(Phase::Preparing),
            Just(Phase::Building),
            Just(Phase::Checking),
            Just(Phase::Replaying),
            Just(Phase::Measuring),
        ]
    }

    fn events() -> impl Strategy<Value = VariantEvent> {
        prop_oneof![
            phases().prop_map(VariantEvent::Started),
            (phases(), 0.0..9.0)
                .prop_map(|(phase, seconds)| VariantEvent::Spent { phase, seconds }),
            (-10.0..200.0)
                .prop_map(|percent| VariantEvent::Advanced { percent, eta_seconds: None }),
            ("[ab]", 0.0..1.0)
                .prop_map(|(scenario, ratio)| VariantEvent::HitRatio { scenario, ratio }),
            ("[ab]", 1.0..9.0).prop_map(|(scenario, median)| VariantEvent::RequestsPerSecond {
                scenario,
                median
            }),
            Just(VariantEvent::Disqualified(String::from("why"))),
            Just(VariantEvent::Heartbeat),
            Just(VariantEvent::Step(String::from("s"))),
            Just(VariantEvent::Paused),
            Just(VariantEvent::Generated {
                seconds: 1.0,
                end: Generation {
                    status: Status::Completed,
                    commit: String::from("c"),
                    log: String::new(),
                },
            }),
            Just(VariantEvent::CheckedOut {
                worktree: String::from("w"),
                branch: String::from("b")
            }),
            Just(VariantEvent::Completed),
            Just(VariantEvent::Failed(failure())),
            Just(VariantEvent::Skipped(failure())),
        ]
    }

    fn keys(map: &BTreeMap<String, f64>) -> Vec<&String> {
        map.keys().collect()
    }

    proptest! {
        #[test]
        fn events_never_lose_information(
            happened in proptest::collection::vec((events(), 0_i64..1_000), 0..40)
        ) {
            let mut state = pending("mine", &variant(), Timestamp::UNIX_EPOCH);
            for (event, second) in happened {
                let now = Timestamp::from_second(second).unwrap();
                let next = after(&state, event, now);
                prop_assert!(next.timestamp >= state.timestamp);
                prop_assert!(next.phase >= state.phase && next.percent >= state.percent);
                prop_assert!((0.0..=100.0).contains(&next.percent));
                for (old, new) in [
                    (&state.hit_ratio, &next.hit_ratio),
                    (&state.requests_per_second, &next.requests_per_second),
                    (&state.durations_seconds, &next.durations_seconds),
                ] {
                    prop_assert!(keys(old).iter().all(|key| new.contains_key(*key)));
                }
                prop_assert!(state.worktree.is_empty() || next.worktree == state.worktree);
                prop_assert!(state.generation.is_none() || next.generation.is_some());
                prop_assert!(state.disqualified.is_none() || next.disqualified.is_some());
                if is_final(state.status) {
                    prop_assert_eq!(&next, &state);
                }
                prop_assert_eq!(
                    next.error.is_some(),
                    matches!(next.status, Status::Failed | Status::Skipped)
                );
                state = next;
            }
        }
    }

    #[test]
    fn a_failed_variant_keeps_its_phase() {
        let now = Timestamp::UNIX_EPOCH;
        let state = pending("mine", &variant(), now);
        let state = after(&state, VariantEvent::Started(Phase::Building), now);
        let state = after(&state, VariantEvent::Failed(failure()), now);
        assert_eq!((state.status, state.phase), (Status::Failed, Phase::Building));
        assert_eq!(state.error, Some(failure()));
    }

    #[test]
    fn a_completed_variant_is_in_phase_done_at_100_percent() {
        let now = Timestamp::UNIX_EPOCH;
        let state = after(&pending("mine", &variant(), now), VariantEvent::Completed, now);
        assert_eq!((state.phase, state.percent), (Phase::Done, 100.0));
    }
}
