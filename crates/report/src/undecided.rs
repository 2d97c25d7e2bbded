//! Why a run that can be believed names nobody.
//!
//! That no difference was found is no proof that there is none: two variants are as good as each
//! other only where the whole interval of their difference lies within what is held to matter
//! (Schuirmann 1987).

use bakeoff_protocol::results::{Pair, Place, ScenarioVerdict, Verdict};

use bakeoff_analysis::figures::ScenarioFigures;
use bakeoff_analysis::number::figures;
use bakeoff_analysis::pairs::oriented::{HIT_MARGIN, LEAST_MISS_NS, beats};
use bakeoff_analysis::words::listed;

/// Ready to stand behind "the run can be believed".
pub fn undecided(of: &ScenarioFigures, verdict: &ScenarioVerdict) -> String {
    let standings = &verdict.standings;
    let eligible: Vec<&str> = standings
        .iter()
        .filter(|standing| standing.place == Place::Eligible)
        .map(|standing| standing.variant.as_str())
        .collect();
    match eligible[..] {
        [] => return format!("but there was nothing to compare{}", left_out(verdict)),
        [only] => {
            return format!("but there was nothing to compare {only} with{}", left_out(verdict));
        }
        _ => {}
    }
    match equals(of, &eligible).as_slice() {
        [] => String::from(
            "but it does not tell the best ones apart, which is no proof that they are alike",
        ),
        equals => format!(
            "and {} are equivalent, in throughput within ±{} % and in hit ratio within {} points: \
             none of them is a mistake",
            listed(equals),
            figures(of.scenario.delta * 100.0),
            figures(HIT_MARGIN * 100.0),
        ),
    }
}

/// Who is out of the choice, each with the reason.
fn left_out(verdict: &ScenarioVerdict) -> String {
    let out = verdict
        .standings
        .iter()
        .filter(|standing| !matches!(standing.place, Place::Eligible | Place::NoEntrant));
    let reasons: Vec<String> = out
        .map(|standing| {
            let reason = standing.reason.lines().next().unwrap_or_default();
            format!("{} ({reason})", standing.variant)
        })
        .collect();
    let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
    match reasons[..] {
        [] => String::from(": no other variant took part"),
        _ => format!("; out of the choice: {}", listed(&reasons)),
    }
}

/// Those whom nobody beats, where every two of them are shown to be equivalent; else nobody.
fn equals<'a>(of: &ScenarioFigures, eligible: &[&'a str]) -> Vec<&'a str> {
    let beats = |one: &str, other: &str| {
        // Misses a request stand for the hits: reads are most of the requests.
        let hits = |pair: &Pair| pair.mean_time.map(|told| told.fewer_misses);
        of.pair(one, other).is_some_and(|pair| beats(&pair, hits(&pair), LEAST_MISS_NS))
    };
    let unbeaten = |one: &&&str| !eligible.iter().any(|other| beats(other, one));
    let best: Vec<&str> = eligible.iter().filter(unbeaten).copied().collect();
    let alike = |one: &str, other: &str| {
        one == other || of.pair(one, other).is_some_and(|pair| equivalent(&pair))
    };
    let all = best.iter().all(|one| best.iter().all(|other| alike(one, other)));
    if all && best.len() > 1 { best } else { Vec::new() }
}

/// Whether neither throughput nor hit ratio differs by what is held to matter.
fn equivalent(pair: &Pair) -> bool {
    let hits_alike = pair
        .mean_time
        .is_some_and(|told| told.fewer_misses.into_iter().all(|fewer| fewer.abs() <= HIT_MARGIN));
    pair.verdict == Verdict::Equivalent && hits_alike
}
