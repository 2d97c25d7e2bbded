//! Parser of `[capacity]`, `[load]`, `[services]` and `[measure]`.

use bakeoff_protocol::exploration::RatePlan;

use super::document::TomlValue;
use crate::scenario::capacity_spec::CapacitySpec;
use crate::scenario::error::ScenarioError;
use crate::scenario::measurement_plan::{CapacityPlan, LoadPlan, MeasurePlan, ServicePlan};

/// Highest rate of an open loop per worker, in requests per second. At higher rates, reading the
/// clock takes a large part of the time between two requests.
const MAX_RATE_PER_WORKER: u64 = 1_000_000;

pub(super) fn parse_capacity(item: &TomlValue<'_>) -> Result<CapacityPlan, ScenarioError> {
    let section = item.section("[capacity]", &["sizes", "timed"])?;
    let sizes =
        capacity_list(&section.require("sizes", "write a list such as [\"1%\", \"10%\"]")?)?;
    let timed_item = section.require("timed", "write one of the values in `sizes`")?;
    let timed = capacity(&timed_item)?;
    if !sizes.contains(&timed) {
        let listed: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        let message = format!("{timed} is not one of `sizes` ({})", listed.join(", "));
        return Err(timed_item.error(message));
    }
    Ok(CapacityPlan { sizes, timed })
}

pub(super) fn parse_load(item: &TomlValue<'_>) -> Result<LoadPlan, ScenarioError> {
    let known = ["workers", "in_flight", "connections", "rates", "scaling"];
    let section = item.section("[load]", &known)?;
    let workers = section.integer_or("workers", 1..=1_024, 1)?;
    let rates = section.get("rates").map(|item| rate_plan(&item, workers)).transpose()?;
    let scaling = section.get("scaling").map(|item| worker_counts(&item)).transpose()?;
    Ok(LoadPlan {
        workers: workers as u32,
        in_flight: section.integer_or("in_flight", 1..=65_536, 1)? as u32,
        connections: section.integer_or("connections", 1..=4_096, 1)? as u32,
        rates: rates.unwrap_or_default(),
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
    let known = ["window", "warmup", "equivalence_margin", "p99_limit_ms"];
    let section = item.section("[measure]", &known)?;
    let default = MeasurePlan::default();
    let p99_limit = section.get("p99_limit_ms").map(|item| item.number(0.001, 60_000.0));
    let margin = section.get("equivalence_margin").map(|item| item.number(0.0, 1.0)).transpose()?;
    Ok(MeasurePlan {
        window: section.integer_or("window", 1..=u64::MAX, default.window)?,
        warmup: section.integer_or("warmup", 0..=u64::MAX, default.warmup)?,
        equivalence_margin: margin.unwrap_or(default.equivalence_margin),
        p99_limit_ms: p99_limit.transpose()?.unwrap_or(default.p99_limit_ms),
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

/// Parses request rates: the strategies of a grid, or a list of rates per second.
fn rate_plan(item: &TomlValue<'_>, workers: u64) -> Result<RatePlan, ScenarioError> {
    match item.value.as_str() {
        Some("services") => return Ok(RatePlan::Services),
        Some("all") => return Ok(RatePlan::All),
        Some(_) => return Err(item.error("expected \"services\", \"all\" or a list of rates")),
        None => {}
    }
    let rate = |item: &TomlValue<'_>| Ok(item.integer(1..=MAX_RATE_PER_WORKER * workers)? as u32);
    sorted_distinct(item.items()?.iter().map(rate).collect()).map(RatePlan::Fixed)
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
