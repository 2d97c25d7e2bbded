//! The strip that says whether a run can be believed, sign by sign.

use bakeoff_protocol::exploration::Stopped;

use crate::tables::spread;
use bakeoff_analysis::figures::Report;
use bakeoff_analysis::number::{
    bytes, counted, duration, figures, fixed, ratio, ratio_with_interval,
};

/// One sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What was looked at.
    pub label: String,
    /// What was found.
    pub value: String,
    /// What that means.
    pub note: String,
    /// Whether it speaks for the run or against it; `None` where it only informs.
    pub state: Option<bool>,
}

fn sign(
    label: &str,
    value: impl Into<String>,
    note: impl Into<String>,
    state: Option<bool>,
) -> Sign {
    Sign { label: label.to_owned(), value: value.into(), note: note.into(), state }
}

/// All signs of a run, the telling ones first.
#[must_use]
pub fn signs(report: &Report) -> Vec<Sign> {
    let mut signs = twins(report);
    signs.push(rounds(report));
    signs.extend(noise(report));
    signs.extend(drift(report));
    signs.extend(load(report));
    signs.extend(report.health.harness.as_ref().map(|(name, nanoseconds)| {
        let value = format!("{} a request", duration(nanoseconds / 1e9));
        sign("Harness", value, format!("what {name} takes, which is no cache"), None)
    }));
    signs.push(trials(report));
    signs.extend(provenance(report));
    signs
}

fn twins(report: &Report) -> Vec<Sign> {
    let health = &report.health;
    health
        .twins
        .iter()
        .map(|twin| {
            let pair = &twin.pair;
            let holds_zero = pair.low <= 1.0 && pair.high >= 1.0;
            let within = holds_zero || within_delta(report, &twin.scenario, pair.low, pair.high);
            let label = if report.scenarios.len() > 1 {
                format!("A/A twin, {}", twin.scenario)
            } else {
                String::from("A/A twin")
            };
            let note = if !pair.is_told() {
                let rounds = counted(u64::from(pair.rounds), "round");
                let verb = if pair.rounds == 1 { "is" } else { "are" };
                format!("{rounds} {verb} too few to tell {} from itself", pair.baseline)
            } else if within {
                format!("{} against itself: {}", pair.baseline, crate::sure::twin(pair))
            } else {
                format!(
                    "{} seems to differ from itself: the machine favoured a place",
                    pair.baseline
                )
            };
            let good = within && pair.is_told() && !crate::sure::is_blurred(pair);
            let value = match pair.is_told() {
                true => ratio_with_interval(pair.ratio, pair.low, pair.high),
                false => ratio(pair.ratio),
            };
            sign(&label, value, note, Some(good))
        })
        .collect()
}

fn within_delta(report: &Report, scenario: &str, low: f64, high: f64) -> bool {
    report
        .scenarios
        .iter()
        .find(|of| of.scenario.name == scenario)
        .is_some_and(|of| low >= 1.0 - of.scenario.delta && high <= 1.0 + of.scenario.delta)
}

fn rounds(report: &Report) -> Sign {
    let done = report.scenarios.iter().map(|of| of.rounds);
    let (least, most) = (done.clone().min().unwrap_or(0), done.max().unwrap_or(0));
    let value = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let (asked, reasons) = (report.exploration.rounds, stopped(report));
    let note = match report.exploration.stopping {
        _ if reasons.contains(&Stopped::Time) => format!(
            "the time was spent{}; PROFILE=publish or --measure-minutes goes on from here",
            report.exploration.stopping.map_or_else(String::new, |rule| {
                format!(" before every interval was within ±{} %", figures(rule.precision * 100.0))
            })
        ),
        Some(rule) if reasons.contains(&Stopped::Precision) => {
            format!("every interval is within ±{} %, as asked", figures(rule.precision * 100.0))
        }
        _ if least < asked => format!("of {asked} asked for"),
        Some(rule) if rule.precision > 0.0 => format!(
            "all that were asked for; some interval is wider than ±{} %",
            figures(rule.precision * 100.0)
        ),
        _ => format!("complete, as asked ({asked})"),
    };
    sign("Rounds", value, note, Some(!reasons.is_empty() || least >= asked))
}

/// Why rounds ended, scenario by scenario.
fn stopped(report: &Report) -> Vec<Stopped> {
    report.scenarios.iter().filter_map(|of| of.scenario.stopped).collect()
}

fn noise(report: &Report) -> Option<Sign> {
    let noise = report.health.noise?;
    Some(sign("Noise", spread(noise), "typical spread of one variant's samples", None))
}

fn drift(report: &Report) -> Vec<Sign> {
    let health = &report.health;
    let mut signs = Vec::new();
    if let Some((trend, probability)) = health.drift {
        let plus = if trend > 0.0 { "+" } else { "" };
        let chance = probability.map_or_else(String::new, |p| {
            let chance = match p {
                p if p < 0.001 => String::from("under 0.1"),
                p if p < 0.1 => fixed(p * 100.0, 1),
                p => fixed(p * 100.0, 0),
            };
            format!("; so strong a trend by chance: {chance} %")
        });
        let note =
            format!("first round to last, all variants together{chance}; pairing cancels it");
        signs.push(sign("Drift", format!("{plus}{}", spread(trend)), note, None));
    }
    if !health.drifting_pairs.is_empty() {
        let note = "these ratios moved from round to round";
        signs.push(sign("Drifting pairs", health.drifting_pairs.join(", "), note, Some(false)));
    }
    if !health.bimodal.is_empty() {
        let note = "two groups of samples: only paired differences count there";
        signs.push(sign("Two speeds", health.bimodal.join(", "), note, Some(false)));
    }
    signs
}

fn load(report: &Report) -> Vec<Sign> {
    let health = &report.health;
    let cores = f64::from(report.exploration.machine.cores.max(1));
    let load = health.load.map(|highest| {
        let note = format!(
            "highest load average before a timed trial, on {}",
            counted(u64::from(report.exploration.machine.cores), "core")
        );
        // The trial before has itself left about one.
        sign("Load", fixed(highest, 2), note, Some(highest <= cores.max(1.5)))
    });
    let steal = health.steal.map(|share| {
        sign(
            "Stolen time",
            spread(share),
            "highest share that the hypervisor took",
            Some(share < 0.02),
        )
    });
    load.into_iter().chain(steal).collect()
}

fn trials(report: &Report) -> Sign {
    let health = &report.health;
    let value = if health.timed_trials == 0 {
        String::from("none yet")
    } else {
        format!("{} in {}", health.timed_trials, duration(health.timed_seconds))
    };
    let failed = health.failed_trials;
    let note = if failed == 0 {
        String::from("no trial failed")
    } else {
        format!("{} failed", counted(failed as u64, "trial"))
    };
    sign(
        "Timed trials",
        value,
        note,
        Some(failed == 0).filter(|_| health.timed_trials > 0 || failed > 0),
    )
}

fn provenance(report: &Report) -> Vec<Sign> {
    let exploration = &report.exploration;
    let machine = &exploration.machine;
    let tree = if exploration.dirty {
        sign(
            "Tree",
            "uncommitted changes",
            "measured as they were; commits alone do not bring this code back",
            Some(false),
        )
    } else {
        sign("Tree", "clean", "the commits below are what was measured", Some(true))
    };
    let governor = machine.governor.as_deref().unwrap_or("not readable");
    let services: Vec<String> = exploration.services.iter().map(named_once).collect();
    let mut signs = vec![
        tree,
        sign(
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
        sign(
            "Versions",
            format!("bakeoff {}", exploration.tool_version),
            std::iter::once(exploration.rustc.clone())
                .chain(services)
                .collect::<Vec<_>>()
                .join(", "),
            None,
        ),
    ];
    if let Some((first, last)) = report.health.span {
        let format = "%Y-%m-%d %H:%M:%S UTC";
        let note = format!("last trial {}", last.strftime(format));
        signs.push(sign("First trial", first.strftime(format).to_string(), note, None));
    }
    signs
}

/// A service and its version, which may begin with its name, or with a longer one (`postgresql`).
fn named_once((name, version): (&String, &String)) -> String {
    if version.starts_with(name.as_str()) { version.clone() } else { format!("{name} {version}") }
}
