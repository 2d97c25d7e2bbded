//! What the harness adds to a request: each strategy through trait and runner, and the same work
//! written by hand, in turns within one run.
//!
//! `cargo bench -p bakeoff-runner --bench replay [-- NAME…]`. Figures are nanoseconds a request:
//! the least and the median of the repetitions.

#![allow(clippy::expect_used, reason = "a bench that cannot be set up has to stop")]

mod always;
mod by_hand;
mod rivals;
mod workloads;

use bakeoff_runner::Passes;
use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
use bakeoff_variant_dict::Dict;
use bakeoff_variant_lru::Lru;
use bakeoff_variant_moka::Moka;
use bakeoff_variant_null::Null;

use always::Always;
use rivals::{Rival, compete};
use workloads::Prepared;

fn main() {
    let asked: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|word| name.contains(word));
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:34} {:>9} {:>9}   {:>9}", "ns a request", "least", "median", "over hand");

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

/// A strategy through the runner, between the same work by hand and the same work by hand.
fn contest<S: Strategy>(name: &str, prepared: &Prepared, strategy: S, by_hand: impl Fn() -> Rival) {
    let rivals = [by_hand(), through_runner(prepared, strategy), by_hand()];
    compete(name, prepared.requests, rivals);
}

fn open<S: Strategy>(capacity: Capacity) -> S {
    poll_once(S::open(&OpenConfig::with_capacity(capacity)))
        .expect("it answers at once")
        .expect("it opens")
}

/// The runner's own loop, every answer verified.
fn through_runner<S: Strategy>(prepared: &Prepared, strategy: S) -> Rival {
    let passes = Passes::prepare(&prepared.request()).expect("the workload is there");
    passes.warm_up(&strategy).expect("it answers at once");
    Rival::new("runner", move || {
        let counts = passes.pass(&strategy).expect("it answers at once");
        assert_eq!((counts.wrong_answers, counts.stale_answers, counts.errors), (0, 0, 0));
        counts.hits
    })
}
