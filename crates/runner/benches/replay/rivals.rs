//! Ways of doing the same work, measured in turns.

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

/// Lets rivals take turns and prints what each took. The first one is the yardstick; where it
/// stands in the list a second time, its second line tells what a difference of nothing looks like.
///
/// # Panics
/// If their hits differ by more than a fiftieth: they would not be doing the same work.
pub(crate) fn compete<const N: usize>(name: &str, requests: u64, mut rivals: [Rival; N]) {
    let mut times = [const { Vec::<Duration>::new() }; N];
    for turn in 0..=TURNS {
        let mut hits = [0_u64; N];
        for place in (0..N).map(|step| (turn + step) % N) {
            let begin = Instant::now();
            hits[place] = (rivals[place].run)();
            times[place].push(begin.elapsed());
        }
        let differ = |&other: &u64| hits[0].abs_diff(other) * 50 > requests;
        assert!(!hits.iter().any(differ), "{name}: {hits:?} hits of {requests}");
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
