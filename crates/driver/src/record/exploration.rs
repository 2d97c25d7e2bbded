//! The record of an exploration: what was asked, as it was resolved.

use std::collections::BTreeMap;
use std::process::Command;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::{Exploration, Scenario, Variant};
use jiff::Timestamp;

use crate::phases::run::{Ready, Run};
use crate::request::options::Request;

/// What was asked, resolved: the baseline is provisional until the runners were asked.
pub(crate) fn of(run: &Run<'_>, request: &Request) -> Exploration {
    let saved = run.spec.saved.as_ref().filter(|_| !request.fresh);
    let variants: Vec<Variant> =
        run.spec.entrants.iter().map(|entrant| entrant.variant.clone()).collect();
    let first = variants.first().map(|variant| variant.name.clone()).unwrap_or_default();
    let saved_baseline = saved
        .map(|saved| saved.baseline.clone())
        .filter(|name| variants.iter().any(|variant| variant.name == *name));
    let scenarios: Vec<Scenario> =
        run.prepared.iter().map(|prepared| prepared.record.clone()).collect();
    Exploration {
        schema: SCHEMA_VERSION,
        name: run.spec.name.to_string(),
        created: saved.map_or_else(Timestamp::now, |saved| saved.created),
        command: request.command.clone(),
        variants,
        scenarios,
        baseline: run.spec.baseline.clone().or(saved_baseline).unwrap_or(first),
        seed: run.spec.seed,
        profile: run.spec.profile.to_string(),
        rounds: run.spec.stopping.maximum_rounds,
        stopping: Some(run.spec.stopping),
        dirty: run.spec.entrants.iter().any(|entrant| entrant.at.dirty),
        tool_version: String::from(env!("CARGO_PKG_VERSION")),
        rustc: rustc_version(),
        services: BTreeMap::new(),
        meters: run.spec.meters.clone(),
        machine: run.machine.clone(),
    }
}

/// The compiler's own words; empty where there is none.
fn rustc_version() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

/// The one that was chosen; else the first bounded entrant; else the first that is ready.
pub(crate) fn baseline(run: &Run<'_>, ready: &[Ready]) -> Option<String> {
    let is_there = |name: &&String| ready.iter().any(|ready| ready.name() == name.as_str());
    if let Some(chosen) = run.spec.baseline.as_ref().filter(is_there) {
        return Some(chosen.clone());
    }
    let bounded =
        |ready: &&Ready| ready.bound().is_bounded() && ready.entrant.variant.manifest.entrant;
    ready.iter().find(bounded).or(ready.first()).map(|ready| ready.name().to_owned())
}
