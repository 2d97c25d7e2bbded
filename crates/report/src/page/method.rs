//! How it was measured: what the page's last section says.

use minijinja::context;
use minijinja::value::Value;

use super::short;
use bakeoff_analysis::figures::Report;
use bakeoff_analysis::number::{count, counted};

/// The method, a sentence or a few a line.
pub fn method(report: &Report) -> Vec<String> {
    let exploration = &report.exploration;
    let mut lines = vec![
        String::from(
            "Every variant replays the same requests in the same order from one compiled file, and \
             every answer is checked for key and version.",
        ),
        String::from(
            "Hit ratios are exact counts over a whole replay, with one worker and one request in \
             flight; the clairvoyant bound is computed from the same requests, and may refuse to \
             store.",
        ),
        format!(
            "Throughput is timed in rounds: in each, a variant runs once, in a fresh process, in \
             random order, alone on the machine, over a section of the requests that begins at \
             the same one for all, after an untimed warm-up. {} takes part twice; what it differs \
             from itself is the twin's figure above. Variants with a service, which take much \
             longer over a request, have shorter sections, and where time is limited fewer rounds.",
            exploration.baseline
        ),
        String::from(
            "Figures are medians over rounds with intervals between order statistics; differences \
             are Hodges–Lehmann estimates of the paired ratios with Wilcoxon signed-rank \
             intervals, corrected for the number of pairs.",
        ),
        format!(
            "Profile {}, seed {}, {} asked for.",
            exploration.profile,
            exploration.seed,
            counted(u64::from(exploration.rounds), "round")
        ),
    ];
    if report.health.torn {
        lines.push(String::from(
            "The last line of samples.jsonl was torn, as a killed run leaves it; it is left out.",
        ));
    }
    lines
}

/// What was replayed.
pub fn scenarios(report: &Report) -> Vec<Value> {
    report
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
                capacity => of.at_timed_capacity(),
                load => format!(
                    "{}, {} in flight each, {}",
                    counted(u64::from(load.workers), "worker"),
                    load.in_flight,
                    counted(u64::from(load.connections), "connection")
                ),
                workload => short(&scenario.workload),
            }
        })
        .collect()
}

/// What code was measured.
pub fn code(report: &Report) -> Vec<Value> {
    report
        .entrants
        .iter()
        .map(|entrant| {
            let conformance = entrant.check.as_ref().map_or_else(
                || String::from("not checked"),
                |check| {
                    let passed = check.cases.iter().filter(|case| case.passed).count();
                    format!("{passed} of {} rules kept", check.cases.len())
                },
            );
            context! {
                place => entrant.place,
                variant => entrant.name.clone(),
                strategy => entrant.strategy.clone(),
                git_ref => entrant.git_ref.clone(),
                commit => short(&entrant.commit),
                conformance,
            }
        })
        .collect()
}
