//! Parser of `[capacity]`, `[load]`, `[services]` and `[measure]`.

use super::document::TomlValue;
use crate::scenario::capacity_spec::CapacitySpec;
use crate::scenario::error::ScenarioError;
use crate::scenario::measurement_plan::{CapacityPlan, LoadPlan, MeasurePlan, ServicePlan};

pub(super) fn parse_capacity(item: &TomlValue<'_>) -> Result<CapacityPlan, ScenarioError> {
    let section = item.section("[capacity]", &["sizes", "timed"])?;
    let sizes =
        capacity_list(&section.require("sizes", "write a list such as [\"1%\", \"10%\"]")?)?;
    let timed_item = section.require("timed", "repeat one of `sizes`")?;
    let timed = capacity(&timed_item)?;
    if !sizes.contains(&timed) {
        let listed: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        let message = format!("{timed} is not one of `sizes` ({})", listed.join(", "));
        return Err(timed_item.error(message));
    }
    Ok(CapacityPlan { sizes, timed })
}

pub(super) fn parse_load(item: &TomlValue<'_>) -> Result<LoadPlan, ScenarioError> {
    let known = ["workers", "in_flight", "connections", "open_loop", "scaling"];
    let section = item.section("[load]", &known)?;
    let open_loop = section.get("open_loop").map(|item| percentages(&item)).transpose()?;
    let scaling = section.get("scaling").map(|item| worker_counts(&item)).transpose()?;
    Ok(LoadPlan {
        workers: section.integer_or("workers", 1..=1_024, 1)? as u32,
        in_flight: section.integer_or("in_flight", 1..=65_536, 1)? as u32,
        connections: section.integer_or("connections", 1..=4_096, 1)? as u32,
        open_loop,
        scaling: scaling.unwrap_or_default(),
    })
}

pub(super) fn parse_services(item: &TomlValue<'_>) -> Result<ServicePlan, ScenarioError> {
    let section = item.section("[services]", &["warmup", "window", "sizes"])?;
    let integer =
        |key: &str, min: u64| section.get(key).map(|item| item.integer(min..=u64::MAX)).transpose();
    Ok(ServicePlan {
        warmup: integer("warmup", 0)?,
        window: integer("window", 1)?,
        sizes: section.get("sizes").map(|item| capacity_list(&item)).transpose()?,
    })
}

pub(super) fn parse_measure(item: &TomlValue<'_>) -> Result<MeasurePlan, ScenarioError> {
    let section = item.section("[measure]", &["window", "warmup", "equivalence_margin"])?;
    let default = MeasurePlan::default();
    let margin = section.get("equivalence_margin").map(|item| item.number(0.0, 1.0)).transpose()?;
    Ok(MeasurePlan {
        window: section.integer_or("window", 1..=u64::MAX, default.window)?,
        warmup: section.integer_or("warmup", 0..=u64::MAX, default.warmup)?,
        equivalence_margin: margin.unwrap_or(default.equivalence_margin),
    })
}

fn capacity(item: &TomlValue<'_>) -> Result<CapacitySpec, ScenarioError> {
    if let Some(text) = item.value.as_str() {
        return text.parse().map_err(|error| item.error(error));
    }
    item.integer(1..=u64::MAX).map(CapacitySpec::Entries)
}

fn capacity_list(item: &TomlValue<'_>) -> Result<Vec<CapacitySpec>, ScenarioError> {
    let capacities: Vec<CapacitySpec> =
        item.items()?.iter().map(capacity).collect::<Result<_, _>>()?;
    if capacities.is_empty() {
        return Err(item.error("expected at least one capacity"));
    }
    Ok(capacities)
}

/// Parses shares of the closed-loop throughput as percentages; an empty list disables open loops.
fn percentages(item: &TomlValue<'_>) -> Result<Vec<u32>, ScenarioError> {
    let percent = |item: &TomlValue<'_>| Ok((item.number(0.01, 2.0)? * 100.0).round() as u32);
    sorted_distinct(item.items()?.iter().map(percent).collect())
}

fn worker_counts(item: &TomlValue<'_>) -> Result<Vec<u32>, ScenarioError> {
    sorted_distinct(item.items()?.iter().map(|item| Ok(item.integer(1..=1_024)? as u32)).collect())
}

fn sorted_distinct(numbers: Result<Vec<u32>, ScenarioError>) -> Result<Vec<u32>, ScenarioError> {
    let mut numbers = numbers?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}
