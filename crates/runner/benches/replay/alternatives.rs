//! Comparison of alternatives that do the same work, run in turn.

use std::time::{Duration, Instant};

/// Number of measured repetitions of each alternative.
const REPETITIONS: usize = 15;

/// Named piece of work to compare with others.
pub(crate) struct Alternative {
    name: &'static str,
    run: Box<dyn FnMut() -> u64>,
}

impl Alternative {
    /// Creates an alternative. `run` does one pass and returns its number of hits.
    pub(crate) fn new(name: &'static str, run: impl FnMut() -> u64 + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Runs the alternatives in turn and prints the time of each, compared with the first.
///
/// If the first alternative is passed twice, its second line shows the noise of the comparison.
///
/// # Panics
/// If the hits of two alternatives differ by more than 2 % of the requests: they do not do the same
/// work.
pub(crate) fn compete<const N: usize>(
    name: &str,
    requests: u64,
    mut alternatives: [Alternative; N],
) {
    let mut times = [const { Vec::<Duration>::new() }; N];
    for repetition in 0..=REPETITIONS {
        let mut hits = [0_u64; N];
        for index in (0..N).map(|step| (repetition + step) % N) {
            let start = Instant::now();
            hits[index] = (alternatives[index].run)();
            times[index].push(start.elapsed());
        }
        let differ = |&other: &u64| hits[0].abs_diff(other) * 50 > requests;
        assert!(!hits.iter().any(differ), "{name}: {hits:?} hits of {requests}");
    }
    let figures = times.map(|mut times| {
        // The first repetition is a warm-up.
        times.remove(0);
        times.sort();
        [times[0], times[times.len() / 2]].map(|time| time.as_secs_f64() * 1e9 / requests as f64)
    });
    for (alternative, [least, median]) in alternatives.iter().zip(figures) {
        let over = least - figures[0][0];
        println!(
            "{:34} {least:>9.2} {median:>9.2}   {over:>+9.2}",
            format!("{name}: {}", alternative.name)
        );
    }
}
