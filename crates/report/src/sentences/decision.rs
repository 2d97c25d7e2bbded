//! Sentences on constraints, scores and weights of a decision.

use bakeoff_protocol::results::decision::{
    ConstraintViolation, Constraints, Criterion, Decision, ScoreEvidence,
};
use bakeoff_protocol::results::{Results, VariantResults};

use crate::tables;
use crate::text::number::{bytes, counted, duration, entry_bytes, figures, fixed, percent};

pub const fn criterion_name(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Performance => "performance",
        Criterion::Simplicity => "simplicity",
        Criterion::Cost => "cost",
        Criterion::Longevity => "longevity",
        Criterion::Risk => "risk",
    }
}

/// Returns the rule that gives a criterion its points.
pub const fn criterion_rule(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Performance => {
            "10 for the lowest mean latency of a read, minus 5 for each factor of ten above the lowest. \
             The latency is the geometric mean over the scenarios in which every timed variant was timed"
        }
        Criterion::Simplicity => {
            "10, minus 2 for each factor of ten above 10 lines of code, minus 0.5 for each doubling of \
             1 + own dependencies (crates that the harness does not need), minus 1 for each service"
        }
        Criterion::Cost => {
            "10, minus 3 for each new service, minus 1 for each service that you already operate, \
             minus 1 for each doubling of memory per entry above the lowest of all variants"
        }
        Criterion::Longevity => {
            "10 with at least 15 years in production, otherwise 10·√(years / 15), minus 5 if the \
             library is no longer maintained"
        }
        Criterion::Risk => {
            "10, minus 3 without a size limit, minus 2 for each service, minus 1 if the strategy may \
             return stale answers, minus 2 if the run is unconfirmed. Minus 0.5 for each factor of ten \
             of 1 + own dependencies. In paced replays: minus 1 if at least 1 % of the answers were \
             stale, or minus 3 from 10 %; the same for requests that failed or were not served"
        }
    }
}

/// Returns the figures from which a score was computed.
pub fn evidence(evidence: &ScoreEvidence) -> String {
    match evidence {
        ScoreEvidence::Performance { mean_latency_ns, compared_scenarios, scenarios } => {
            match mean_latency_ns {
                Some(mean) if compared_scenarios < scenarios => format!(
                    "mean latency {} over the {compared_scenarios} of {scenarios} scenarios in which \
                     every variant was timed",
                    duration(mean / 1e9)
                ),
                Some(mean) => format!("mean latency {}", duration(mean / 1e9)),
                None if *compared_scenarios == 0 => {
                    String::from("no scenario has a latency of every variant")
                }
                None => String::from("latency was not measured"),
            }
        }
        ScoreEvidence::Simplicity { code: None, .. } => String::from("its code was not counted"),
        ScoreEvidence::Simplicity { code: Some([lines, own]), services } => format!(
            "{}, {}, {}",
            counted(*lines, "line"),
            own_dependencies_text(*own),
            counted(*services as u64, "service")
        ),
        ScoreEvidence::Cost { new_services, operated_services, bytes_per_entry } => {
            let memory = bytes_per_entry.map_or_else(
                || String::from("memory was not measured"),
                |size| format!("{} per entry", entry_bytes(size)),
            );
            let operated = if *operated_services > 0 {
                format!(
                    ", {} that you already operate",
                    counted(*operated_services as u64, "service")
                )
            } else {
                String::new()
            };
            format!("{}, {memory}{operated}", counted(*new_services as u64, "new service"))
        }
        ScoreEvidence::Longevity { years, last_release, unmaintained } => {
            let mut text = years.map_or_else(
                || String::from("years in production are not declared"),
                |years| {
                    let unit = if (years - 1.0).abs() < f64::EPSILON { "year" } else { "years" };
                    let number =
                        if years.fract() == 0.0 { fixed(years, 0) } else { figures(years) };
                    format!("{number} {unit}")
                },
            );
            if let Some(date) = last_release {
                text.push_str(&format!(", last release {date}"));
            }
            if *unmaintained {
                text.push_str(", no longer maintained");
            }
            text
        }
        ScoreEvidence::Risk {
            services,
            unbounded,
            may_be_stale,
            unconfirmed,
            stale,
            errors,
            own_dependencies,
        } => {
            let noun = if *services == 1 { "point" } else { "points" };
            let mut parts = vec![format!("{services} {noun} of failure")];
            for (applies, words) in [
                (unbounded, "no size limit"),
                (may_be_stale, "answers may be stale"),
                (unconfirmed, "run unconfirmed"),
            ] {
                if *applies {
                    parts.push(String::from(words));
                }
            }
            for (found, words) in
                [(stale, "of the answers stale"), (errors, "of the requests not served")]
            {
                if let Some(found) = found {
                    parts.push(format!("{} {words} ({})", percent(found.share), found.scenario));
                }
            }
            parts.push(own_dependencies_text(*own_dependencies));
            parts.join(", ")
        }
    }
}

fn own_dependencies_text(count: u64) -> String {
    format!(
        "{} own {}",
        crate::text::number::count(count),
        if count == 1 { "dependency" } else { "dependencies" }
    )
}

/// Explains how a variant violates a constraint.
pub fn violation(
    results: &Results,
    variant: &VariantResults,
    violation: &ConstraintViolation,
) -> String {
    let observed_or_untested = |tested: bool, observed: &str, property: &str| {
        if tested { observed.to_owned() } else { format!("it was not tested whether {property}") }
    };
    match violation {
        ConstraintViolation::Absent => {
            let reason = tables::absence(variant).unwrap_or_default();
            reason.lines().next().unwrap_or_default().to_owned()
        }
        ConstraintViolation::NotShared { tried } => {
            let observed = "processes do not share its entries";
            observed_or_untested(*tried, observed, "processes share its entries")
        }
        ConstraintViolation::NotPersistent { tried } => {
            let observed = "its entries do not survive a restart";
            observed_or_untested(*tried, observed, "its entries survive a restart")
        }
        ConstraintViolation::NotBounded => {
            format!(
                "it was not shown to stay within a size limit ({})",
                tables::memory_safety(variant)
            )
        }
        ConstraintViolation::NewService { service } => format!("it needs {service}, a new service"),
        ConstraintViolation::P99 { p99_ns: Some(p99) } => {
            format!("its p99 is {}", duration(p99 / 1e9))
        }
        ConstraintViolation::P99 { p99_ns: None } => {
            String::from("its p99 was not measured (--meter latency)")
        }
        ConstraintViolation::Memory { bytes: Some(size) } => {
            format!("its full cache takes {}", bytes(*size))
        }
        ConstraintViolation::Memory { bytes: None } => {
            let limit = results.decision.config.constraints.memory_under_bytes.unwrap_or(0.0);
            format!(
                "its memory was not measured, so it is not known to stay under {}",
                bytes(limit)
            )
        }
    }
}

/// Returns one phrase for each requirement, in alphabetical order of their keys.
pub fn requirements(constraints: &Constraints) -> Vec<String> {
    let operated = if constraints.operated.is_empty() {
        String::new()
    } else {
        format!(" other than {}", constraints.operated.join(", "))
    };
    let memory = constraints.memory_under_bytes;
    let p99 = constraints.p99_under_ns;
    let phrases = [
        constraints.bounded.then(|| String::from("the cache has a size limit and stays within it")),
        memory.map(|limit| format!("the full cache takes less than {}", bytes(limit))),
        constraints.no_new_service.then(|| format!("the cache needs no service{operated}")),
        p99.map(|limit| format!("the p99 latency is under {}", duration(limit / 1e9))),
        constraints.shared.then(|| String::from("processes share entries")),
        constraints.survives_restart.then(|| String::from("entries survive a restart")),
    ];
    phrases.into_iter().flatten().collect()
}

/// Returns the changes of weights that put another variant first: `lru stays first unless …`.
pub fn sensitivity(decision: &Decision) -> String {
    let Some(first) = decision.scores.first() else { return String::new() };
    let name = &first.variant;
    if decision.scores.len() == 1 {
        return format!("{name} is the only variant with a score, so the weights do not matter.");
    }
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let limits: Vec<String> = decision
        .sensitivity
        .iter()
        .filter_map(|range| {
            let under = range.from.map(|from| format!("under {}", percent(from)));
            let over = range.to.map(|to| format!("over {}", percent(to)));
            let ends: Vec<String> = under.into_iter().chain(over).collect();
            let criterion = criterion_name(range.criterion);
            (!ends.is_empty()).then(|| {
                let (ends, now) = (ends.join(" or "), percent(range.share));
                format!("the weight of {criterion} is {ends} (now {now})")
            })
        })
        .collect();
    if limits.is_empty() {
        return format!("{name} stays first, whatever the weight of any single criterion.");
    }
    format!("{name} stays first unless {}.", limits.join(", or "))
}
