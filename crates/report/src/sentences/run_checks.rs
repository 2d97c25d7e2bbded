//! Labels, values and explanations of the run checks.

use bakeoff_protocol::results::{Check, Results, RunCheck};

use crate::text::number::{
    bytes, counted, duration, figures, fixed, percent, percent_with, ratio, ratio_with_interval,
};

/// Run check as text.
pub struct CheckText {
    pub label: String,
    pub value: String,
    /// Explanation of the value.
    pub note: String,
    /// `None` for a line that only informs and cannot fail.
    pub passed: Option<bool>,
}

fn text(
    label: impl Into<String>,
    value: impl Into<String>,
    note: impl Into<String>,
    passed: Option<bool>,
) -> CheckText {
    CheckText { label: label.into(), value: value.into(), note: note.into(), passed }
}

/// Returns all run checks, then lines on machine, versions and time of the run.
pub fn run_checks(results: &Results) -> Vec<CheckText> {
    let checks = results.run_checks.iter().map(|check| run_check(results, check));
    checks.chain(provenance(results)).collect()
}

/// Returns one sentence on the run checks: how many passed, and the names of those that failed.
pub fn checks_in_one_line(results: &Results) -> String {
    let checks = run_checks(results);
    let judged = checks.iter().filter(|check| check.passed.is_some()).count();
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| check.passed == Some(false))
        .map(|check| check.label.as_str())
        .collect();
    if failed.is_empty() {
        format!("{judged} of {judged} run checks passed.")
    } else {
        format!("{} of {judged} run checks failed: {}.", failed.len(), failed.join("; "))
    }
}

/// Returns the largest difference that a noisy A/A control could hide; `None` if the noise is low.
pub fn hidden_difference(results: &Results, scenario: &str) -> Option<f64> {
    results.run_checks.iter().find_map(|check| match &check.check {
        Check::AaControl { scenario: name, hides, .. } if name == scenario => *hides,
        _ => None,
    })
}

fn run_check(results: &Results, RunCheck { passed, check }: &RunCheck) -> CheckText {
    let passed = *passed;
    match check {
        Check::AaControl { scenario, no_difference, hides } => {
            aa_control(results, scenario, *no_difference, *hides, passed)
        }
        Check::Rounds { .. } => rounds(check, passed),
        Check::Noise { spread } => {
            text("Noise", share(*spread), "typical spread of one variant's samples", passed)
        }
        Check::Drift { trend, p_value } => {
            let plus = if *trend > 0.0 { "+" } else { "" };
            let chance = p_value.map_or_else(String::new, |p| {
                let chance = match p {
                    p if p < 0.001 => String::from("under 0.1"),
                    p if p < 0.1 => fixed(p * 100.0, 1),
                    p => fixed(p * 100.0, 0),
                };
                format!("; probability of such a trend by chance: {chance} %")
            });
            let note = format!(
                "change from the first round to the last, over all variants{chance}; paired comparisons \
                 cancel it"
            );
            text("Drift", format!("{plus}{}", share(*trend)), note, passed)
        }
        Check::DriftingPairs { pairs } => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|pair| format!("{} / {} in {}", pair.variant, pair.baseline, pair.scenario))
                .collect();
            let note = "the throughput ratio of these variants drifted over the rounds";
            text("Drifting pairs", pairs.join(", "), note, passed)
        }
        Check::TwoSpeeds { cells } => {
            let note = "the samples fall into two groups; only paired differences are reliable";
            text("Bimodal samples", cell_names(cells), note, passed)
        }
        Check::GeneratorSaturation { cells } if cells.is_empty() => text(
            "Load generator",
            "not saturated",
            "the load generator had time left, or the service was saturated",
            passed,
        ),
        Check::GeneratorSaturation { cells } => {
            let note =
                "saturated, while the service had time left; the throughput is a lower bound";
            text("Load generator", cell_names(cells), note, passed)
        }
        Check::FinishSkew { highest } => text(
            "Finish skew",
            format!("{}×", fixed(*highest, 2)),
            "highest time of the last worker of a trial, divided by that of the first",
            passed,
        ),
        Check::ImplausibleHitRatios { found } => {
            let found: Vec<String> = found
                .iter()
                .map(|one| {
                    format!(
                        "{} in {}: {} where LRU has {}",
                        one.variant,
                        one.scenario,
                        percent(one.hit_ratio),
                        percent(one.lru_hit_ratio)
                    )
                })
                .collect();
            let note = "almost no hits at a capacity at which LRU has many; check the size limit \
                        and the options of the variant";
            text("Implausible hit ratio", found.join(", "), note, passed)
        }
        Check::Load { highest } => {
            let cores = u64::from(results.exploration.machine.cores);
            let note =
                format!("highest load average before a timed trial, on {}", counted(cores, "core"));
            text("Load", fixed(*highest, 2), note, passed)
        }
        Check::StolenTime { share: stolen } => text(
            "Stolen time",
            share(*stolen),
            "highest share of CPU time taken by the hypervisor",
            passed,
        ),
        Check::Harness { variant, request_ns } => {
            let value = format!("{} per request", duration(request_ns / 1e9));
            text(
                "Harness",
                value,
                format!(
                    "time of the harness itself, measured with {variant}, which caches nothing"
                ),
                passed,
            )
        }
        Check::TimedTrials => timed_trials(results, passed),
        Check::WorkingTree if results.exploration.dirty => text(
            "Working tree",
            "uncommitted changes",
            "they were measured too; the commits alone do not reproduce this code",
            passed,
        ),
        Check::WorkingTree => {
            text("Working tree", "clean", "the measured code is that of the commits", passed)
        }
    }
}

/// Formats cells, given as variant and scenario: `lru in smoke, moka in smoke`.
fn cell_names(cells: &[[String; 2]]) -> String {
    let names = cells.iter().map(|[variant, scenario]| format!("{variant} in {scenario}"));
    names.collect::<Vec<_>>().join(", ")
}

fn aa_control(
    results: &Results,
    scenario: &str,
    no_difference: bool,
    hides: Option<f64>,
    passed: Option<bool>,
) -> CheckText {
    let label = if results.scenarios.len() > 1 {
        format!("A/A control, {scenario}")
    } else {
        String::from("A/A control")
    };
    let Some(pair) = results.scenario(scenario).and_then(|of| of.aa_control.as_ref()) else {
        return text(label, "", "", passed);
    };
    let baseline = &pair.baseline;
    if !pair.has_enough_rounds() {
        let rounds = counted(u64::from(pair.rounds), "round");
        let verb = if pair.rounds == 1 { "is" } else { "are" };
        let note = format!("{rounds} {verb} too few to compare {baseline} with itself");
        return text(label, ratio(pair.ratio), note, passed);
    }
    let note = match (no_difference, hides) {
        (true, None) => format!("{baseline} against itself: no difference"),
        (true, Some(hides)) => format!(
            "{baseline} against itself: no difference, but differences below {} cannot be seen on \
             this machine",
            percent_with(hides, 0)
        ),
        (false, _) => {
            format!("failed for {baseline}: the position within a round affects the measurement")
        }
    };
    text(label, ratio_with_interval(pair.ratio, pair.low, pair.high), note, passed)
}

fn rounds(check: &Check, passed: Option<bool>) -> CheckText {
    let Check::Rounds { fewest, most, requested, out_of_time, precise, precision } = check else {
        return text("Rounds", "", "", passed);
    };
    let value = if fewest == most { most.to_string() } else { format!("{fewest} to {most}") };
    let width = |precision: f64| format!("±{} %", figures(precision * 100.0));
    let note = match precision {
        _ if *out_of_time => format!(
            "the time limit was reached{}; run again with PROFILE=publish or --measure-minutes to \
             continue from here",
            precision.map_or_else(String::new, |precision| {
                format!(" before every interval was within {}", width(precision))
            })
        ),
        Some(precision) if *precise => {
            format!("every interval is within {}, as requested", width(*precision))
        }
        _ if fewest < requested => format!("of {requested} requested"),
        Some(precision) if *precision > 0.0 => format!(
            "all that were requested; at least one interval is wider than {}",
            width(*precision)
        ),
        _ if fewest == requested => String::from("as requested"),
        _ => format!("{requested} requested"),
    };
    text("Rounds", value, note, passed)
}

fn timed_trials(results: &Results, passed: Option<bool>) -> CheckText {
    let trials = &results.trials;
    let value = if trials.timed == 0 {
        String::from("none yet")
    } else {
        format!("{} in {}", trials.timed, duration(trials.timed_seconds))
    };
    let note = match trials.failed {
        0 => String::from("no trial failed"),
        failed => format!("{} failed", counted(failed as u64, "trial")),
    };
    text("Timed trials", value, note, passed)
}

fn provenance(results: &Results) -> Vec<CheckText> {
    let exploration = &results.exploration;
    let machine = &exploration.machine;
    let governor = machine.governor.as_deref().unwrap_or("not readable");
    let services = exploration.services.iter().map(service_version);
    let versions: Vec<String> =
        std::iter::once(exploration.rustc.clone()).chain(services).collect();
    let mut texts = vec![
        text(
            "Machine",
            machine.cpu.clone(),
            format!(
                "{}, {}, {}, governor {governor}",
                counted(u64::from(machine.cores), "core"),
                bytes(machine.memory_bytes as f64),
                machine.kernel
            ),
            None,
        ),
        text(
            "Versions",
            format!("bakeoff {}", exploration.tool_version),
            versions.join(", "),
            None,
        ),
    ];
    if let Some((first, last)) = results.trials.span {
        let format = "%Y-%m-%d %H:%M:%S UTC";
        let note = format!("last trial {}", last.strftime(format));
        texts.push(text("First trial", first.strftime(format).to_string(), note, None));
    }
    texts
}

/// Formats a service and its version; a version may begin with the name itself (`postgresql 16`).
fn service_version((name, version): (&String, &String)) -> String {
    if version.starts_with(name.as_str()) { version.clone() } else { format!("{name} {version}") }
}

fn share(share: f64) -> String {
    format!("{} %", fixed(share * 100.0, 1))
}
