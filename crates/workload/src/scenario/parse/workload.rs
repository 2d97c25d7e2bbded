//! Parser of `[workload]`: a trace, one generator, phases, or tenants.

use super::document::{Section, TomlValue};
use super::{generator, trace};
use crate::scenario::definition::WorkloadPlan;
use crate::scenario::error::ScenarioError;
use crate::scenario::generated_plan::{
    ArrivalPlan, GeneratedPlan, OperationMix, RequestStream, WorkloadPhase,
};
use crate::scenario::generator::Generator;

/// Parses `[workload]`; `mix` and `mix_item` are the parsed and the original `[mix]`.
pub(super) fn parse_workload(
    item: &TomlValue<'_>,
    mix: Option<OperationMix>,
    mix_item: Option<&TomlValue<'_>>,
) -> Result<WorkloadPlan, ScenarioError> {
    let mut known = vec!["phase", "tenant", "repeat", "arrivals", "requests"];
    known.extend(generator::KEYS);
    known.extend(trace::KEYS);
    let section = item.section("[workload]", &known)?;
    let given = |key: &str| section.get(key).is_some();
    if given("trace") {
        // Checks that no key of a generator is given.
        item.section("[workload] with `trace`", &trace::KEYS)?;
        if let Some(mix) = mix_item {
            return Err(mix.error("a trace has its own operations; remove [mix]"));
        }
        return trace::parse_trace(&section).map(|source| WorkloadPlan::Trace(Box::new(source)));
    }
    let default_mix = mix.unwrap_or(OperationMix::READS);
    let phases = if given("phase") {
        item.section("[workload] with phases", &["phase", "repeat", "arrivals"])?;
        parse_phases(&section, default_mix)?
    } else if given("tenant") {
        item.section("[workload] with tenants", &["tenant", "requests", "repeat", "arrivals"])?;
        vec![parse_tenants(&section, default_mix)?]
    } else if given("generator") {
        let mut known = vec!["requests", "repeat", "arrivals"];
        known.extend(generator::KEYS);
        vec![parse_phase(&item.section("[workload]", &known)?, default_mix)?]
    } else {
        let message = format!(
            "expected `generator` ({}), [[workload.phase]], [[workload.tenant]] or `trace`",
            generator::names()
        );
        return Err(section.error(message));
    };
    Ok(WorkloadPlan::Generated(GeneratedPlan {
        phases,
        repeat: section.integer_or("repeat", 1..=1_000_000, 1)?,
        arrivals: section.get("arrivals").map(|item| parse_arrivals(&item)).transpose()?,
    }))
}

fn parse_phases(
    section: &Section<'_>,
    default_mix: OperationMix,
) -> Result<Vec<WorkloadPhase>, ScenarioError> {
    let mut known = vec!["requests"];
    known.extend(generator::KEYS);
    let phases = section.require("phase", "add [[workload.phase]]")?.items()?;
    let phases: Vec<WorkloadPhase> = phases
        .iter()
        .map(|item| parse_phase(&item.section("[[workload.phase]]", &known)?, default_mix))
        .collect::<Result<_, _>>()?;
    if phases.is_empty() {
        return Err(section.error("`phase` needs at least one phase"));
    }
    Ok(phases)
}

/// Parses a phase with one stream.
fn parse_phase(
    section: &Section<'_>,
    default_mix: OperationMix,
) -> Result<WorkloadPhase, ScenarioError> {
    let stream = generator::parse_stream(section, default_mix, 0)?;
    let is_scan = matches!(stream.generator, Generator::Scan { .. });
    let requests = match section.get("requests") {
        // By default, a scan reads every key once.
        None if is_scan => stream.generator.keys(),
        None => {
            return Err(section.error("`requests` is missing; write the number of requests"));
        }
        Some(item) => item.integer(1..=u64::from(u32::MAX) - 1)?,
    };
    Ok(WorkloadPhase { requests, streams: vec![stream] })
}

/// Parses a phase with one stream per tenant.
fn parse_tenants(
    section: &Section<'_>,
    default_mix: OperationMix,
) -> Result<WorkloadPhase, ScenarioError> {
    let requests = section.require("requests", "write the number of requests")?;
    let mut known = vec!["name", "weight"];
    known.extend(generator::KEYS);
    let requests = requests.integer(1..=u64::from(u32::MAX) - 1)?;
    let mut streams: Vec<RequestStream> = Vec::new();
    for item in section.require("tenant", "add [[workload.tenant]]")?.items()? {
        let section = item.section("[[workload.tenant]]", &known)?;
        // By default, tenants do not share keys.
        let free = streams.iter().map(|stream| stream.key_limit(requests)).max().unwrap_or(0);
        let mut stream = generator::parse_stream(&section, default_mix, free)?;
        stream.name = section.get("name").map(|item| item.text().map(str::to_owned)).transpose()?;
        stream.weight = section.get("weight").map_or(Ok(1.0), |item| item.number(1e-9, 1e9))?;
        streams.push(stream);
    }
    if streams.is_empty() {
        return Err(section.error("`tenant` needs at least one tenant"));
    }
    Ok(WorkloadPhase { requests, streams })
}

fn parse_arrivals(item: &TomlValue<'_>) -> Result<ArrivalPlan, ScenarioError> {
    let section = item.section("`arrivals`", &["rate", "amplitude", "period_seconds"])?;
    let rate = section
        .require("rate", "write the mean number of requests per second")?
        .number(1e-6, 1e9)?;
    let amplitude = section.get("amplitude").map_or(Ok(0.0), |item| item.number(0.0, 1.0))?;
    let period = section.get("period_seconds").map(|item| item.number(1e-3, 1e9)).transpose()?;
    Ok(ArrivalPlan { rate, amplitude, period_seconds: period.unwrap_or(86_400.0) })
}
