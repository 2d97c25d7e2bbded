//! Benchmark of the time that the harness adds per request.
//!
//! Each strategy runs through the trait and the runner, and is compared with the same work written
//! by hand. Command: `cargo bench -p bakeoff-runner --bench replay [-- NAME…]`. The figures are
//! nanoseconds per request: minimum and median of the repetitions.

#![allow(clippy::expect_used, reason = "a bench that cannot be set up has to stop")]

mod alternatives;
mod always;
mod by_hand;
mod workloads;

use bakeoff_runner::InProcessReplay;
use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
use bakeoff_variant_dict::Dict;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_moka::Moka;
use bakeoff_variant_null::Null;

use alternatives::{Alternative, compete};
use always::Always;
use workloads::Prepared;

fn main() {
    let names: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|word| name.contains(word));
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:34} {:>9} {:>9}   {:>9}", "ns per request", "minimum", "median", "overhead");

    if wanted("null") {
        let reads = workloads::skewed_reads(folder.path());
        let null = open::<Null>(Capacity::Unbounded);
        compete("null", reads.requests, [by_hand::null(&reads), through_runner(&reads, null)]);
    }
    if wanted("always-hit") {
        let mixed = workloads::wide_mix(folder.path());
        let by_hand = by_hand::always(&mixed);
        compete(
            "always-hit, 10^7 keys, 10% writes",
            mixed.requests,
            [by_hand, through_runner(&mixed, Always::new(workloads::WRITTEN_KEYS))],
        );
    }
    if !["dict", "lru", "moka"].iter().any(|name| wanted(name)) {
        return;
    }
    let reads = workloads::skewed_reads(folder.path());
    for share in [1, 10] {
        let entries = reads.keys as u64 * share / 100;
        let capacity = Capacity::Entries(entries);
        let name = |strategy: &str| format!("{strategy}, {share}%");
        if wanted("dict") && share == 10 {
            contest("dict", &reads, open::<Dict>(capacity), || by_hand::dict(&reads));
        }
        if wanted("lru") {
            let by_hand = || by_hand::lru(&reads, entries);
            contest(&name("lru"), &reads, open::<Lru>(capacity), by_hand);
        }
        if wanted("moka") {
            let by_hand = || by_hand::moka(&reads, entries);
            contest(&name("moka"), &reads, open::<Moka>(capacity), by_hand);
        }
    }
}

/// Compares a strategy in the runner with the same work written by hand, which runs twice to show
/// the noise.
fn contest<S: Strategy>(
    name: &str,
    prepared: &Prepared,
    strategy: S,
    by_hand: impl Fn() -> Alternative,
) {
    let alternatives = [by_hand(), through_runner(prepared, strategy), by_hand()];
    compete(name, prepared.requests, alternatives);
}

fn open<S: Strategy>(capacity: Capacity) -> S {
    poll_once(S::open(&OpenConfig::with_capacity(capacity)))
        .expect("the strategy is synchronous")
        .expect("the strategy opens")
}

/// Creates the replay of a strategy by the runner's loop, which verifies every answer.
fn through_runner<S: Strategy>(prepared: &Prepared, strategy: S) -> Alternative {
    let replay = InProcessReplay::prepare(&prepared.path, &prepared.spec())
        .expect("the workload is readable");
    replay.warm_up(&strategy).expect("the strategy is synchronous");
    Alternative::new("runner", move || {
        let counts = replay.pass(&strategy).expect("the strategy is synchronous");
        assert_eq!((counts.wrong_answers, counts.stale_answers, counts.errors), (0, 0, 0));
        counts.hits
    })
}
