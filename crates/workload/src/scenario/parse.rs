//! From the text of a scenario file to a validated [`Scenario`].

mod generator;
mod system;
mod trace;
mod values;
mod workload;

use std::path::Path;

use toml::de::DeTable;

use super::document::{Document, Item, Section};
use super::{
    CapacityPlan, Generator, Lifetime, LoadPlan, MeasurePlan, SCHEMA, Scenario, ScenarioError,
    ServicePlan, Size, Values,
};

const SECTIONS: [&str; 14] = [
    "schema",
    "summary",
    "seed",
    "workload",
    "mix",
    "values",
    "capacity",
    "load",
    "services",
    "measure",
    "origin",
    "time",
    "instances",
    "event",
];

pub(super) fn scenario(text: &str, path: &Path) -> Result<Scenario, ScenarioError> {
    let document = Document { text, path };
    let root = DeTable::parse(text).map_err(|error| {
        let message = format!("not TOML: {}", error.message().trim());
        document.error(&error.span().unwrap_or(0..0), message)
    })?;
    let top = Section::new(document, "the scenario", root.get_ref(), 0..0, &SECTIONS)?;
    top.require("schema", "write `schema = 1`")?.whole(SCHEMA.into()..=SCHEMA.into())?;
    let summary = top.require("summary", "one line that says what it imitates")?.text()?;
    if summary.trim().is_empty() || summary.contains('\n') {
        return Err(top.error("`summary` is one line that says what it imitates"));
    }
    let mix = top.get("mix").map(|item| generator::mix(&item)).transpose()?;
    let workload = top.require("workload", "a generator, phases or a trace")?;
    let capacity = top.require("capacity", "`sizes` and `timed`")?;
    let (values, lifetime) = top
        .get("values")
        .map_or(Ok((Values::default(), Lifetime::default())), |item| values::values(&item))?;
    Ok(Scenario {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        summary: summary.to_owned(),
        seed: top.whole_or("seed", 0..=u64::MAX, 0)?,
        workload: workload::plan(&workload, mix, top.get("mix").as_ref())?,
        values,
        lifetime,
        capacity: capacity_plan(&capacity)?,
        load: top.get("load").map_or(Ok(LoadPlan::default()), |item| load(&item))?,
        services: top.get("services").map_or(Ok(ServicePlan::default()), |item| services(&item))?,
        measure: top.get("measure").map_or(Ok(MeasurePlan::default()), |item| measure(&item))?,
        system: system::plan(&top)?,
        digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
    })
}

fn size(item: &Item<'_>) -> Result<Size, ScenarioError> {
    if let Some(text) = item.value.as_str() {
        return text.parse().map_err(|error| item.error(error));
    }
    item.whole(1..=u64::MAX).map(Size::Entries)
}

fn sizes(item: &Item<'_>) -> Result<Vec<Size>, ScenarioError> {
    let sizes: Vec<Size> = item.items()?.iter().map(size).collect::<Result<_, _>>()?;
    if sizes.is_empty() {
        return Err(item.error("needs at least one capacity"));
    }
    Ok(sizes)
}

fn capacity_plan(item: &Item<'_>) -> Result<CapacityPlan, ScenarioError> {
    let section = item.section("[capacity]", &["sizes", "timed"])?;
    let all = sizes(&section.require("sizes", "a list such as [\"1%\", \"10%\"]")?)?;
    let timed_item = section.require("timed", "the one of `sizes` that is timed")?;
    let timed = size(&timed_item)?;
    if !all.contains(&timed) {
        let written: Vec<String> = all.iter().map(ToString::to_string).collect();
        let message = format!("{timed} is none of `sizes` ({})", written.join(", "));
        return Err(timed_item.error(message));
    }
    Ok(CapacityPlan { sizes: all, timed })
}

fn load(item: &Item<'_>) -> Result<LoadPlan, ScenarioError> {
    let known = ["workers", "in_flight", "connections", "open_loop", "scaling"];
    let section = item.section("[load]", &known)?;
    let open_loop = section.get("open_loop").map(|item| shares(&item)).transpose()?;
    let scaling = section.get("scaling").map(|item| workers(&item)).transpose()?;
    Ok(LoadPlan {
        workers: section.whole_or("workers", 1..=1_024, 1)? as u32,
        in_flight: section.whole_or("in_flight", 1..=65_536, 1)? as u32,
        connections: section.whole_or("connections", 1..=4_096, 1)? as u32,
        open_loop,
        scaling: scaling.unwrap_or_default(),
    })
}

/// Shares of the closed loop, in per cent; an empty list means that no open loop is wanted.
fn shares(item: &Item<'_>) -> Result<Vec<u32>, ScenarioError> {
    let percent = |item: &Item<'_>| Ok((item.number(0.01, 2.0)? * 100.0).round() as u32);
    ascending(item.items()?.iter().map(percent).collect())
}

fn workers(item: &Item<'_>) -> Result<Vec<u32>, ScenarioError> {
    ascending(item.items()?.iter().map(|item| Ok(item.whole(1..=1_024)? as u32)).collect())
}

fn ascending(numbers: Result<Vec<u32>, ScenarioError>) -> Result<Vec<u32>, ScenarioError> {
    let mut numbers = numbers?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn services(item: &Item<'_>) -> Result<ServicePlan, ScenarioError> {
    let section = item.section("[services]", &["requests", "warmup", "section", "sizes"])?;
    Ok(ServicePlan {
        requests: section.get("requests").map(|item| item.whole(1..=u64::MAX)).transpose()?,
        warmup: section.get("warmup").map(|item| item.whole(0..=u64::MAX)).transpose()?,
        section: section.get("section").map(|item| item.whole(1..=u64::MAX)).transpose()?,
        sizes: section.get("sizes").map(|item| sizes(&item)).transpose()?,
    })
}

fn measure(item: &Item<'_>) -> Result<MeasurePlan, ScenarioError> {
    let section = item.section("[measure]", &["section", "warmup", "delta"])?;
    let default = MeasurePlan::default();
    let delta = section.get("delta").map(|item| item.number(0.0, 1.0)).transpose()?;
    Ok(MeasurePlan {
        section: section.whole_or("section", 1..=u64::MAX, default.section)?,
        warmup: section.whole_or("warmup", 0..=u64::MAX, default.warmup)?,
        delta: delta.unwrap_or(default.delta),
    })
}
