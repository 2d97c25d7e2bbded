//! Validated content of a scenario file.

use std::path::PathBuf;

use serde::Serialize;

use super::capacity_spec::CapacitySpec;
use super::decision_plan::DecisionPlan;
use super::generated_plan::GeneratedPlan;
use super::measurement_plan::{CapacityPlan, LoadPlan, MeasurePlan, ServicePlan};
use super::paced_plan::{DEFAULT_REQUEST_RATE, PacedPlan};
use super::trace_source::TraceSource;
use super::value_distributions::{SizeDistribution, TtlDistribution};

/// Version of the scenario file format.
pub const SCHEMA: u32 = 1;

/// Validated content of a scenario file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioDefinition {
    /// File name without extension.
    pub name: String,
    /// Description in one line.
    pub summary: String,
    /// Seed of all random numbers of the workload.
    pub seed: u64,
    /// Source of the requests.
    pub workload: WorkloadPlan,
    /// Value sizes, for sources that do not record them.
    pub value_sizes: SizeDistribution,
    /// Times to live, for sources that do not record them.
    pub ttls: TtlDistribution,
    /// Capacities to measure.
    pub capacity: CapacityPlan,
    /// Load of the timed trials.
    pub load: LoadPlan,
    /// Capacities and timed trials of strategies that use a service.
    pub services: ServicePlan,
    /// Length and precision of the measurement.
    pub measure: MeasurePlan,
    /// Requests per second of the workload's time, for workloads without timestamps.
    pub requests_per_second: f64,
    /// Question, deciding quantities and miss cost.
    pub decision: DecisionPlan,
    /// Origin, clock, instances and faults of a paced replay; `None` without a paced replay.
    pub paced: Option<PacedPlan>,
    /// BLAKE3 digest of the scenario's text, in hexadecimal.
    pub digest: String,
}

/// Source of the requests: `[workload]` and `[mix]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadPlan {
    /// Generated requests.
    Generated(GeneratedPlan),
    /// Recorded trace or log.
    Trace(Box<TraceSource>),
}

impl WorkloadPlan {
    /// Returns true if generated requests have arrival times.
    #[must_use]
    pub fn has_arrivals(&self) -> bool {
        matches!(self, Self::Generated(plan) if plan.arrivals.is_some())
    }
}

impl ScenarioDefinition {
    /// Creates the default scenario for a user's trace.
    ///
    /// It measures hit ratios at thirteen capacities from 0.1 % to 50 % of the keys and runs timed
    /// trials at 10 %. `format` is a name from [`crate::trace::FORMATS`]; `None` is guessed.
    #[must_use]
    pub fn for_trace(path: PathBuf, format: Option<String>) -> Self {
        Self::for_source(TraceSource::from_file(path, format))
    }

    /// Creates the default scenario for a trace source, like [`ScenarioDefinition::for_trace`].
    #[must_use]
    pub fn for_source(source: TraceSource) -> Self {
        let file_name = source.paths.first().and_then(|path| path.file_name());
        let file_name = file_name.map(|name| name.to_string_lossy().into_owned());
        let name = file_name.as_deref().map_or_else(|| String::from("trace"), name_from_file);
        let summary = format!("Requests as recorded in {}", source.display_name());
        let digest = blake3::hash(format!("{source:?}").as_bytes()).to_hex().to_string();
        Self {
            name,
            summary,
            seed: 0,
            workload: WorkloadPlan::Trace(Box::new(source)),
            value_sizes: SizeDistribution::default(),
            ttls: TtlDistribution::default(),
            capacity: CapacityPlan::for_traces(),
            load: LoadPlan { in_flight: 16, ..LoadPlan::default() },
            services: ServicePlan {
                warmup: Some(100_000),
                window: None,
                sizes: Some([0.01, 0.1, 0.3].map(CapacitySpec::Share).to_vec()),
            },
            measure: MeasurePlan::default(),
            requests_per_second: DEFAULT_REQUEST_RATE,
            decision: DecisionPlan::by_mean_access_time(DecisionPlan::DEFAULT_MISS_COST_NS),
            paced: None,
            digest,
        }
    }
}

/// Derives a scenario name from the name of a trace file: `access.log.gz` becomes `access-log`.
fn name_from_file(file: &str) -> String {
    let lower = file.to_ascii_lowercase();
    let mut stem = lower.as_str();
    for extension in [".gz", ".xz", ".zst", ".bz2"] {
        stem = stem.strip_suffix(extension).unwrap_or(stem);
    }
    let mut name = String::new();
    for character in stem.chars().take(40) {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { String::from("trace") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_scenario_of_a_trace_has_a_valid_name_and_capacities() {
        let scenario =
            ScenarioDefinition::for_trace(PathBuf::from("/var/log/Access (old).log.gz"), None);
        assert_eq!(scenario.name, "access-old-log");
        assert!(scenario.capacity.sizes.len() >= 12);
        assert!(scenario.capacity.sizes.contains(&scenario.capacity.timed));
        assert_eq!(name_from_file("???"), "trace");
    }
}
