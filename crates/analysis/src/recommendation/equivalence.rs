//! Finds variants that are shown to be equivalent.
//!
//! The absence of a significant difference does not prove equivalence. Two variants are equivalent
//! only if the whole interval of their difference is within the equivalence margin (Schuirmann
//! 1987).

use bakeoff_protocol::results::{Pair, ScenarioResults, Verdict};

use crate::pairs::oriented::{HIT_RATIO_MARGIN, LOWEST_MISS_NS, beats};

/// Returns the variants that no other variant beats, if each pair of them is equivalent.
pub fn equivalent(results: &ScenarioResults) -> Vec<String> {
    let eligible: Vec<&str> = results.eligible().collect();
    let beats = |one: &str, other: &str| {
        // Misses per request approximate the hit ratios, because most requests are reads.
        let hits = |pair: &Pair| pair.access_time.map(|difference| difference.fewer_misses);
        results.pair(one, other).is_some_and(|pair| beats(&pair, hits(&pair), LOWEST_MISS_NS))
    };
    let unbeaten = |one: &&&str| !eligible.iter().any(|other| beats(other, one));
    let best: Vec<&str> = eligible.iter().filter(unbeaten).copied().collect();
    let alike = |one: &str, other: &str| {
        one == other || results.pair(one, other).is_some_and(|pair| is_equivalent(&pair))
    };
    let all = best.iter().all(|one| best.iter().all(|other| alike(one, other)));
    if all && best.len() > 1 { best.into_iter().map(String::from).collect() } else { Vec::new() }
}

/// Returns true if neither throughput nor hit ratio differs by more than its margin.
fn is_equivalent(pair: &Pair) -> bool {
    let same_hits = pair.access_time.is_some_and(|difference| {
        difference.fewer_misses.into_iter().all(|fewer| fewer.abs() <= HIT_RATIO_MARGIN)
    });
    pair.verdict == Verdict::Equivalent && same_hits
}
