//! Two ways of doing the same work, measured in turns.

use std::time::{Duration, Instant};

/// Turns of each rival.
const TURNS: usize = 15;

/// One way, and what it is called.
pub(crate) struct Rival {
    name: &'static str,
    run: Box<dyn FnMut() -> u64>,
}

impl Rival {
    /// `run` does one pass and returns its hits.
    pub(crate) fn new(name: &'static str, run: impl FnMut() -> u64 + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Lets two rivals take turns and prints what each took. The first one is the yardstick.
///
/// # Panics
/// If their hits differ by more than a fiftieth: they would not be doing the same work.
pub(crate) fn compete(name: &str, requests: u64, mut rivals: [Rival; 2]) {
    let mut times = [const { Vec::<Duration>::new() }; 2];
    for turn in 0..=TURNS {
        let mut hits = [0; 2];
        for place in [turn % 2, 1 - turn % 2] {
            let begin = Instant::now();
            hits[place] = (rivals[place].run)();
            times[place].push(begin.elapsed());
        }
        let difference = hits[0].abs_diff(hits[1]);
        assert!(difference * 50 <= requests, "{name}: {hits:?} hits of {requests}");
    }
    let figures = times.map(|mut times| {
        // The first turn warms up.
        times.remove(0);
        times.sort();
        [times[0], times[times.len() / 2]].map(|time| time.as_secs_f64() * 1e9 / requests as f64)
    });
    for (rival, [least, median]) in rivals.iter().zip(figures) {
        let over = least - figures[0][0];
        println!(
            "{:34} {least:>9.2} {median:>9.2}   {over:>+9.2}",
            format!("{name}: {}", rival.name)
        );
    }
}
