//! Properties of each variant, declared and observed.

use bakeoff_protocol::exploration::Variant;
use bakeoff_protocol::progress::Status;
use bakeoff_protocol::results::variant::{AllowedAndHeld, MemoryGrowth};
use bakeoff_protocol::results::{
    Conformance, MemoryLimit, ScenarioResults, TestedProperty, VariantFigures, VariantResults,
};
use bakeoff_protocol::sample::Record;

use crate::cells::memory_growth::strongest_growth;
use crate::input::Input;

/// Largest ratio of held to allowed entries at which a limit counts as kept. A server limits bytes,
/// so its number of entries varies a little.
const LIMIT_TOLERANCE: f64 = 1.05;

/// Returns the variants in the user's order, without harness-only strategies.
pub fn variants(input: &Input) -> Vec<VariantResults> {
    input
        .exploration
        .variants
        .iter()
        .filter(|variant| !variant.manifest.harness_only)
        .enumerate()
        .map(|(index, variant)| from_records(index, variant, input))
        .collect()
}

fn from_records(index: usize, variant: &Variant, input: &Input) -> VariantResults {
    let progress = input.progress.get(&variant.name);
    let mut results = VariantResults {
        index,
        name: variant.name.clone(),
        description: variant.description.clone(),
        strategy: variant.strategy.clone(),
        git_ref: variant.git_ref.clone(),
        commit: variant.commit.clone(),
        options: variant.options.clone(),
        manifest: variant.manifest.clone(),
        properties: variant.properties,
        asynchronous: variant.asynchronous,
        status: progress.map_or(Status::Pending, |progress| progress.status),
        disqualified: progress.and_then(|progress| progress.disqualified.clone()),
        error: progress.and_then(|progress| progress.error.clone()),
        facts: None,
        build_seconds: None,
        conformance: None,
        shared: None,
        survives_restart: None,
        memory_limit: MemoryLimit::default(),
    };
    // A later record replaces an earlier record of the same kind.
    for record in &input.records {
        add_record(&mut results, record);
    }
    results
}

fn add_record(results: &mut VariantResults, record: &Record) {
    match record {
        Record::Facts(facts) if facts.variant == results.name => {
            results.facts = Some(facts.clone());
        }
        Record::Build(build) if build.variant == results.name => {
            results.build_seconds = Some(build.cpu_seconds.unwrap_or(build.seconds));
        }
        Record::Check(check) if check.variant == results.name => {
            let passed = check.cases.iter().filter(|case| case.passed).count();
            results.conformance = Some(Conformance { passed, cases: check.cases.len() });
        }
        Record::Probe(probe) if probe.variant == results.name => {
            let tried = TestedProperty {
                declared: probe.declared,
                observed: probe.observed,
                detail: probe.detail.clone(),
            };
            match probe.property.as_str() {
                "shared" => results.shared = Some(tried),
                "survives-restart" => results.survives_restart = Some(tried),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Compares the observed size of a variant with its limit, over all scenarios.
pub fn memory_limit(index: usize, scenarios: &[ScenarioResults]) -> MemoryLimit {
    let rows = || {
        scenarios.iter().filter_map(|results| {
            Some((results.scenario.name.as_str(), results.figures.get(index)?))
        })
    };
    let limited = |(scenario, row): (&str, &VariantFigures)| {
        Some(AllowedAndHeld {
            allowed: row.allowed_entries?,
            held: row.held_entries?,
            scenario: scenario.to_owned(),
        })
    };
    let ratio = |limit: &AllowedAndHeld| limit.held as f64 / limit.allowed.max(1) as f64;
    let grown = |(scenario, row): (&str, &VariantFigures)| {
        Some(MemoryGrowth {
            entries: row.held_entries?,
            bytes: row.growth_bytes.unwrap_or(0),
            scenario: scenario.to_owned(),
        })
    };
    let grows = strongest_growth(scenarios.iter().flat_map(|results| {
        let name = results.figures.get(index).map(|row| row.variant.as_str());
        results.cells.iter().filter(move |cell| Some(cell.variant.as_str()) == name)
    }));
    MemoryLimit {
        kept: rows()
            .filter_map(limited)
            .map(|limit| limit.held as f64 <= limit.allowed as f64 * LIMIT_TOLERANCE)
            .reduce(|all, kept| all && kept)
            .map(|kept| kept && grows.is_none()),
        grows,
        server_capacity: rows().any(|(_, row)| row.server_capacity),
        largest: rows().filter_map(grown).max(),
        at_most_entries: rows().filter_map(limited).max_by_key(|limit| limit.held),
        at_highest_ratio: rows().filter_map(limited).max_by(|a, b| ratio(a).total_cmp(&ratio(b))),
    }
}
