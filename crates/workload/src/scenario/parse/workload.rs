//! `[workload]`: a trace, one generator, phases, or tenants.

use super::super::document::{Item, Section};
use super::super::{Arrivals, GeneratedPlan, Mix, Phase, ScenarioError, Stream, WorkloadPlan};
use super::{generator, trace};

/// Where the requests come from.
pub(super) fn plan(
    item: &Item<'_>,
    mix: Option<Mix>,
    mix_item: Option<&Item<'_>>,
) -> Result<WorkloadPlan, ScenarioError> {
    let mut known = vec!["phase", "tenant", "repeat", "arrivals", "requests"];
    known.extend(generator::KEYS);
    known.extend(trace::KEYS);
    let section = item.section("[workload]", &known)?;
    let given = |key: &str| section.get(key).is_some();
    if given("trace") {
        // Only what a trace knows may stand beside it.
        item.section("[workload] with `trace`", &trace::KEYS)?;
        if let Some(mix) = mix_item {
            return Err(mix.error("a trace brings its own operations; take [mix] out"));
        }
        return trace::trace(&section).map(|source| WorkloadPlan::Trace(Box::new(source)));
    }
    let default_mix = mix.unwrap_or(Mix::READS);
    let phases = if given("phase") {
        item.section("[workload] with phases", &["phase", "repeat", "arrivals"])?;
        phases(&section, default_mix)?
    } else if given("tenant") {
        item.section("[workload] with tenants", &["tenant", "requests", "repeat", "arrivals"])?;
        vec![tenants(&section, default_mix)?]
    } else if given("generator") {
        let mut known = vec!["requests", "repeat", "arrivals"];
        known.extend(generator::KEYS);
        vec![phase(&item.section("[workload]", &known)?, default_mix)?]
    } else {
        let what = format!(
            "expected `generator` ({}), [[workload.phase]], [[workload.tenant]] or `trace`",
            generator::names()
        );
        return Err(section.error(what));
    };
    Ok(WorkloadPlan::Generated(GeneratedPlan {
        phases,
        repeat: section.whole_or("repeat", 1..=1_000_000, 1)?,
        arrivals: section.get("arrivals").map(|item| arrivals(&item)).transpose()?,
    }))
}

fn phases(section: &Section<'_>, default_mix: Mix) -> Result<Vec<Phase>, ScenarioError> {
    let mut known = vec!["requests"];
    known.extend(generator::KEYS);
    let phases = section.require("phase", "a list of phases")?.items()?;
    let phases: Vec<Phase> = phases
        .iter()
        .map(|item| phase(&item.section("[[workload.phase]]", &known)?, default_mix))
        .collect::<Result<_, _>>()?;
    if phases.is_empty() {
        return Err(section.error("`phase` needs at least one phase"));
    }
    Ok(phases)
}

/// A phase of one stream.
fn phase(section: &Section<'_>, default_mix: Mix) -> Result<Phase, ScenarioError> {
    let stream = generator::stream(section, default_mix, 0)?;
    let whole_scan = matches!(stream.generator, super::Generator::Scan { .. });
    let requests = match section.get("requests") {
        // A scan that says nothing else reads every key once.
        None if whole_scan => stream.generator.keys(),
        None => return Err(section.error("`requests` is missing: how many to make")),
        Some(item) => item.whole(1..=u64::from(u32::MAX) - 1)?,
    };
    Ok(Phase { requests, streams: vec![stream] })
}

/// One phase in which tenants take turns at random.
fn tenants(section: &Section<'_>, default_mix: Mix) -> Result<Phase, ScenarioError> {
    let requests = section.require("requests", "how many to make")?;
    let mut known = vec!["name", "weight"];
    known.extend(generator::KEYS);
    let requests = requests.whole(1..=u64::from(u32::MAX) - 1)?;
    let mut streams: Vec<Stream> = Vec::new();
    for item in section.require("tenant", "a list of tenants")?.items()? {
        let section = item.section("[[workload.tenant]]", &known)?;
        // Tenants that say nothing else have keys of their own.
        let free = streams.iter().map(|stream| stream.key_limit(requests)).max().unwrap_or(0);
        let mut stream = generator::stream(&section, default_mix, free)?;
        stream.name = section.get("name").map(|item| item.text().map(str::to_owned)).transpose()?;
        stream.weight = section.get("weight").map_or(Ok(1.0), |item| item.number(1e-9, 1e9))?;
        streams.push(stream);
    }
    if streams.is_empty() {
        return Err(section.error("`tenant` needs at least one tenant"));
    }
    Ok(Phase { requests, streams })
}

fn arrivals(item: &Item<'_>) -> Result<Arrivals, ScenarioError> {
    let section = item.section("`arrivals`", &["rate", "amplitude", "period_seconds"])?;
    let rate = section.require("rate", "requests per second on average")?.number(1e-6, 1e9)?;
    let amplitude = section.get("amplitude").map_or(Ok(0.0), |item| item.number(0.0, 1.0))?;
    let period = section.get("period_seconds").map(|item| item.number(1e-3, 1e9)).transpose()?;
    Ok(Arrivals { rate, amplitude, period_seconds: period.unwrap_or(86_400.0) })
}
