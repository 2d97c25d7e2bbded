//! Constraints first: who can be taken at all, by what was seen, not by what is declared.

use bakeoff_protocol::progress::Status;

use crate::tables;
use bakeoff_analysis::figures::{Entrant, Report};
use bakeoff_analysis::number::{bytes, duration};

use super::score::{filled, filled_words};
use super::wish::Wish;

/// Why a variant cannot be taken; empty where it can.
#[must_use]
pub fn objections(report: &Report, wish: &Wish, entrant: &Entrant) -> Vec<String> {
    if entrant.status != Status::Completed || entrant.disqualified.is_some() {
        let why = entrant.absence().unwrap_or_default();
        return vec![why.lines().next().unwrap_or_default().to_owned()];
    }
    let asked = &wish.constraints;
    let mut against = Vec::new();
    let seen =
        |tried: &Option<bakeoff_analysis::figures::Tried>| tried.as_ref().map(|t| t.observed);
    if asked.shared {
        against.extend(lacking(seen(&entrant.shared), "processes do not share its entries"));
    }
    if asked.survives_restart {
        against.extend(lacking(seen(&entrant.survives_restart), "entries end with the process"));
    }
    if asked.bounded && !bounded(report, entrant) {
        let seen = tables::memory_safety(report, entrant);
        against.push(format!("was not seen to keep a limit ({seen})"));
    }
    if asked.no_new_service {
        let services = entrant.manifest.services.iter();
        against.extend(
            services
                .filter(|service| !asked.operated.contains(service))
                .map(|service| format!("needs {service}, a new service")),
        );
    }
    let scenarios = super::scenarios(report, wish);
    if let Some(limit) = asked.p99_under {
        let p99 = scenarios
            .iter()
            .filter_map(|of| Some(of.rows.get(entrant.place)?.latency()?.p99.value))
            .max_by(f64::total_cmp);
        match p99 {
            Some(found) if found < limit => {}
            Some(found) => against.push(format!("p99 is {}", duration(found / 1e9))),
            None => against.push(String::from("its p99 was not measured (--meter latency)")),
        }
    }
    if let Some(limit) = asked.memory_under {
        match filled(&scenarios, entrant) {
            Some(size) if size < limit => {}
            Some(size) => against.push(filled_words(size)),
            None => against.push(format!(
                "its memory was not measured, so it is not known to stay under {}",
                bytes(limit)
            )),
        }
    }
    against
}

fn lacking(seen: Option<bool>, words: &str) -> Option<String> {
    match seen {
        Some(true) => None,
        Some(false) => Some(words.to_owned()),
        None => Some(format!("it was not tried whether {words}")),
    }
}

fn bounded(report: &Report, entrant: &Entrant) -> bool {
    tables::kept_its_limit(report, entrant) == Some(true) && entrant.bounded() != Some(false)
}
