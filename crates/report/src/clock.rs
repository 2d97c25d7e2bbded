//! How much of a short time is the reading of the clock.
//!
//! A request that is timed takes as long as itself and the clock, which a strategy that stores
//! nothing shows: some 30 ns, more than a lookup in process takes.

use bakeoff_protocol::results::LatencyFigures;

use bakeoff_analysis::figures::{Row, ScenarioFigures};
use bakeoff_analysis::number::fixed;

/// A clock that is more of the median than this is worth a word.
const WORTH_A_WORD: f64 = 0.1;

/// Nanoseconds of the clock in every time, where they are more than a tenth of the median.
#[must_use]
pub fn part(found: &LatencyFigures) -> Option<f64> {
    let clock = found.timing?.clock_ns;
    (clock > WORTH_A_WORD * found.p50.value).then_some(clock)
}

/// The most of several, in words: they were taken on one machine, and hardly differ.
pub fn said<'a>(of: impl Iterator<Item = &'a LatencyFigures>) -> Option<String> {
    of.filter_map(part).reduce(f64::max).map(|clock| format!("about {} ns", fixed(clock, 0)))
}

/// What a caption says of the times of single requests; empty where they are long.
#[must_use]
pub fn note(of: &ScenarioFigures) -> String {
    said(of.rows.iter().filter_map(Row::latency)).map_or_else(String::new, |clock| {
        format!("; of every p50, p99 and p99.9 {clock} are the clock that took them")
    })
}
