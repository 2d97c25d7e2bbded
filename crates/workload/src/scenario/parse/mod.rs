//! Parser of scenario files.

mod decide;
pub(super) mod document;
mod generator;
mod measurement;
mod paced;
mod trace;
mod values;
mod workload;

use std::path::Path;

use toml::de::DeTable;

use super::definition::{SCHEMA, ScenarioDefinition};
use super::error::ScenarioError;
use super::measurement_plan::{LoadPlan, MeasurePlan, ServicePlan};
use super::paced_plan::DEFAULT_REQUEST_RATE;
use super::value_distributions::{SizeDistribution, TtlDistribution};
use document::{Document, Section};

const TOP_LEVEL_KEYS: [&str; 15] = [
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
    "decide",
    "origin",
    "time",
    "instances",
    "event",
];

impl ScenarioDefinition {
    /// Loads and validates a scenario file.
    ///
    /// # Errors
    /// [`ScenarioError`] with the line and the cause.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|error| ScenarioError {
            path: path.to_owned(),
            line: None,
            message: format!("cannot read the scenario: {error}"),
        })?;
        Self::parse(&text, path)
    }

    /// Validates the text of a scenario; `path` determines its name and is shown in errors.
    ///
    /// # Errors
    /// [`ScenarioError`] with the line and the cause.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ScenarioError> {
        let document = Document { text, path };
        let root = DeTable::parse(text).map_err(|error| {
            let message = format!("invalid TOML: {}", error.message().trim());
            document.error(&error.span().unwrap_or(0..0), message)
        })?;
        let top = Section::new(document, "the scenario", root.get_ref(), 0..0, &TOP_LEVEL_KEYS)?;
        parse_sections(&top, text, path)
    }
}

fn parse_sections(
    top: &Section<'_>,
    text: &str,
    path: &Path,
) -> Result<ScenarioDefinition, ScenarioError> {
    top.require("schema", "write `schema = 1`")?.integer(SCHEMA.into()..=SCHEMA.into())?;
    let summary = top.require("summary", "describe the scenario in one line")?.text()?;
    if summary.trim().is_empty() || summary.contains('\n') {
        return Err(top.error("`summary` must be a single line that is not empty"));
    }
    let mix = top.get("mix").map(|item| generator::parse_mix(&item)).transpose()?;
    let workload = top.require("workload", "add a generator, phases, tenants or a trace")?;
    let capacity = top.require("capacity", "add `sizes` and `timed`")?;
    let (value_sizes, ttls) = top
        .get("values")
        .map_or(Ok((SizeDistribution::default(), TtlDistribution::default())), |item| {
            values::parse_values(&item)
        })?;
    let workload_plan = workload::parse_workload(&workload, mix, top.get("mix").as_ref())?;
    let request_rate = paced::parse_request_rate(top)?;
    if request_rate.is_some() && workload_plan.has_arrivals() {
        return Err(workload.error(
            "`arrivals` and `requests_per_second` exclude each other: arrivals set the time of each \
             request; remove one of them",
        ));
    }
    let requests_per_second = request_rate.unwrap_or(DEFAULT_REQUEST_RATE);
    let paced = paced::parse_paced(top, requests_per_second)?;
    Ok(ScenarioDefinition {
        decision: decide::parse_decide(top, decide::parse_miss_cost(top)?, paced.is_some())?,
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        summary: summary.to_owned(),
        seed: top.integer_or("seed", 0..=u64::MAX, 0)?,
        workload: workload_plan,
        value_sizes,
        ttls,
        capacity: measurement::parse_capacity(&capacity)?,
        load: top
            .get("load")
            .map_or(Ok(LoadPlan::default()), |item| measurement::parse_load(&item))?,
        services: top
            .get("services")
            .map_or(Ok(ServicePlan::default()), |item| measurement::parse_services(&item))?,
        measure: top
            .get("measure")
            .map_or(Ok(MeasurePlan::default()), |item| measurement::parse_measure(&item))?,
        requests_per_second,
        paced,
        digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
    })
}
