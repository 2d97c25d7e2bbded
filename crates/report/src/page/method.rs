//! Texts and tables of the section "Method and data".

use bakeoff_protocol::results::Results;
use minijinja::context;
use minijinja::value::Value;

use crate::text::clock::clocks;
use crate::text::number::{count, counted};
use crate::text::phrases::timed_capacity;

/// Returns the description of the method, one paragraph per item.
pub fn method(results: &Results) -> Vec<String> {
    let exploration = &results.exploration;
    let mut lines = vec![
        String::from(
            "Every variant replays the same requests in the same order from one compiled file. Every \
             answer is checked for its key and version.",
        ),
        String::from(
            "Hit ratios are exact counts over a whole replay with one worker and one request in \
             flight. The optimal bound is computed from the same requests; it knows the future and \
             may decline to store a value.",
        ),
        format!(
            "Throughput is timed in rounds. In each round every variant runs once, in random order, \
             each in a fresh process and alone on the machine. After an untimed warm-up, all variants \
             replay a window that begins at the same request. {} takes part twice; its difference \
             from itself is the A/A control. Variants with a service take much longer per request, \
             so they have shorter windows and, if time is limited, fewer rounds.",
            exploration.baseline
        ),
        String::from(
            "Figures are medians over rounds with intervals between order statistics. Differences \
             are Hodges–Lehmann estimates of the paired ratios with Wilcoxon signed-rank intervals, \
             corrected for the number of pairs.",
        ),
        format!(
            "Profile {}, seed {}, {} requested.",
            exploration.profile,
            exploration.seed,
            counted(u64::from(exploration.rounds), "round")
        ),
    ];
    let clocks = clocks(results);
    if !clocks.is_empty() {
        lines.push(format!(
            "In hit-ratio replays, private servers and times to live follow a virtual clock, because \
             a replay is faster than production. Clocks: {}.",
            clocks.join("; ")
        ));
    }
    if results.trials.incomplete_last_line {
        lines.push(String::from(
            "The last line of samples.jsonl was incomplete, as after a killed run; it is left out.",
        ));
    }
    lines
}

/// Returns the rows of the table of scenarios.
pub fn scenario_rows(results: &Results) -> Vec<Value> {
    results
        .scenarios
        .iter()
        .map(|of| {
            let scenario = &of.scenario;
            let load = scenario.load;
            context! {
                name => scenario.name.clone(),
                summary => scenario.summary.clone(),
                requests => count(scenario.requests),
                reads => count(scenario.reads),
                unique_keys => count(scenario.unique_keys),
                capacity => timed_capacity(of),
                load => format!(
                    "{}, {} in flight each, {}",
                    counted(u64::from(load.workers), "worker"),
                    load.in_flight,
                    counted(u64::from(load.connections), "connection")
                ),
                workload => short_digest(&scenario.workload),
            }
        })
        .collect()
}

/// Returns the rows of the table of measured code.
pub fn measured_code_rows(results: &Results) -> Vec<Value> {
    results
        .variants
        .iter()
        .map(|variant| {
            let conformance = variant.conformance.map_or_else(
                || String::from("not checked"),
                |found| format!("{} of {} cases passed", found.passed, found.cases),
            );
            context! {
                index => variant.index,
                variant => variant.name.clone(),
                strategy => variant.strategy.clone(),
                git_ref => variant.git_ref.clone(),
                commit => short_digest(&variant.commit),
                conformance,
            }
        })
        .collect()
}

/// Shortens a digest to twelve digits.
fn short_digest(digest: &str) -> String {
    digest.chars().take(12).collect()
}
