//! `--scenario NAME` or `--trace [FORMAT:]PATH`: where a workload comes from.

use std::path::{Path, PathBuf};

use bakeoff_explore::spec::scenarios::of_trace;
use bakeoff_workload::Scenario;
use bakeoff_workload::scenario;

use crate::exit::UsageError;
use crate::workspace;

/// The flags that name a workload.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct Input {
    /// A scenario, by name or as a file.
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// A trace or access log.
    #[arg(long, value_name = "[FORMAT:]PATH")]
    trace: Option<String>,
}

impl Input {
    /// The scenario, and the folder that relative paths in it count from.
    pub fn scenario(&self) -> anyhow::Result<(Scenario, PathBuf)> {
        let here = workspace::here()?;
        if let Some(trace) = &self.trace {
            let asked = of_trace(trace, &here).map_err(|error| UsageError(error.to_string()))?;
            return Ok((asked.scenario, here));
        }
        let name = self.scenario.as_deref().unwrap_or_default();
        let root = workspace::root()?;
        let scenario = if name.ends_with(".toml") {
            Scenario::load(Path::new(name))
        } else {
            scenario::find(&root.join("scenarios"), name)
        };
        Ok((scenario.map_err(|error| UsageError(error.to_string()))?, root))
    }
}
