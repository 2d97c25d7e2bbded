//! A scenario: a workload, cache capacities, load shape, and what to measure.

pub mod catalogue;
mod document;
mod error;
mod list;
mod parse;
mod plan;
mod size;
mod system;
mod workload;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use error::ScenarioError;
pub use list::{Listed, find, list};
pub use plan::{CapacityPlan, LoadPlan, MeasurePlan, ServicePlan};
pub use size::{Size, SizeError};
pub use system::SystemPlan;
pub use workload::{
    Arrivals, Bursts, Changes, GeneratedPlan, Generator, Lifetime, Mix, Phase, ReusePlan, Stream,
    TraceSource, Values, WorkloadPlan,
};

/// Version of scenario files.
pub const SCHEMA: u32 = 1;

/// A scenario file, validated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    /// Name: that of the file without its ending.
    pub name: String,
    /// One line for people.
    pub summary: String,
    /// Root of all randomness in the workload.
    pub seed: u64,
    /// Where the requests come from.
    pub workload: WorkloadPlan,
    /// Value sizes, where the source does not know them.
    pub values: Values,
    /// Times to live, where the source does not know them.
    pub lifetime: Lifetime,
    /// Capacities for hit ratios, and the one that is timed.
    pub capacity: CapacityPlan,
    /// Load of the timed trials.
    pub load: LoadPlan,
    /// What strategies with a service replay.
    pub services: ServicePlan,
    /// What is measured, and how finely.
    pub measure: MeasurePlan,
    /// What a paced replay runs in, where one is wanted.
    pub system: Option<SystemPlan>,
    /// BLAKE3 of the text that it was read from, in hexadecimal.
    pub digest: String,
}

impl Scenario {
    /// Reads and validates a scenario file.
    ///
    /// # Errors
    /// [`ScenarioError`], which says where and what was expected.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|error| ScenarioError {
            path: path.to_owned(),
            line: None,
            message: error.to_string(),
        })?;
        Self::parse(&text, path)
    }

    /// Validates the text of a scenario; `path` gives it its name and stands in messages.
    ///
    /// # Errors
    /// [`ScenarioError`], which says where and what was expected.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ScenarioError> {
        parse::scenario(text, path)
    }

    /// The scenario that replays a user's own trace: thirteen capacities from 0.1 % to 50 % of its
    /// keys, timed at 10 %. `format` is a name of [`crate::trace::FORMATS`], `None` to guess it
    /// from content and name.
    #[must_use]
    pub fn for_trace(path: PathBuf, format: Option<String>) -> Self {
        Self::for_source(TraceSource::file(path, format))
    }

    /// As [`Scenario::for_trace`], of several files or with more said of how they are read.
    #[must_use]
    pub fn for_source(source: TraceSource) -> Self {
        let stem = source.paths.first().and_then(|path| path.file_name());
        let stem = stem.map(|name| name.to_string_lossy().into_owned());
        let name = stem.as_deref().map_or_else(|| String::from("trace"), trace_name);
        let summary = format!("Requests as recorded in {}", source.name());
        let digest = blake3::hash(format!("{source:?}").as_bytes()).to_hex().to_string();
        Self {
            name,
            summary,
            seed: 0,
            workload: WorkloadPlan::Trace(Box::new(source)),
            values: Values::default(),
            lifetime: Lifetime::default(),
            capacity: CapacityPlan::for_traces(),
            load: LoadPlan { in_flight: 16, ..LoadPlan::default() },
            services: ServicePlan {
                warmup: Some(100_000),
                requests: Some(200_000),
                section: None,
                sizes: Some([0.01, 0.1, 0.3].map(Size::Share).to_vec()),
            },
            measure: MeasurePlan::default(),
            system: None,
            digest,
        }
    }
}

/// A scenario's name from a trace's file name: `access.log.gz` becomes `access-log`.
fn trace_name(file: &str) -> String {
    let lower = file.to_ascii_lowercase();
    let mut stem = lower.as_str();
    for ending in [".gz", ".xz", ".zst", ".bz2"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
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
    fn a_trace_becomes_a_scenario_with_a_name_that_fits_everywhere() {
        let scenario = Scenario::for_trace(PathBuf::from("/var/log/Access (old).log.gz"), None);
        assert_eq!(scenario.name, "access-old-log");
        assert!(scenario.capacity.sizes.len() >= 12);
        assert!(scenario.capacity.sizes.contains(&scenario.capacity.timed));
        assert_eq!(trace_name("???"), "trace");
    }
}
