//! Flags that select a workload: `--scenario NAME` or `--trace [FORMAT:]PATH`.

use std::path::{Path, PathBuf};

use bakeoff_driver::request::scenarios::trace_source;
use bakeoff_workload::ScenarioDefinition;
use bakeoff_workload::scenario::{self, TraceSource};
use bakeoff_workload::trace::ColumnChoice;

use crate::exit::UsageError;
use crate::workspace;

/// Source of a workload.
#[derive(clap::Args, Clone, Debug)]
pub struct WorkloadArgs {
    /// Scenario, by name or as a file.
    #[arg(long, value_name = "NAME", required_unless_present = "trace",
          conflicts_with_all = ["trace", "keep_ops", "columns", "limit"])]
    scenario: Option<String>,
    /// Trace, access log or compiled workload (.bkw); can be repeated. A pattern ('logs/*.gz')
    /// selects several files, read in the order of their first requests; - is standard input.
    #[arg(long, value_name = "[FORMAT:]PATH")]
    trace: Vec<String>,
    #[command(flatten)]
    reading: TraceArgs,
}

/// Options for reading a trace.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct TraceArgs {
    /// Replay write operations of block and address traces as writes (default: every access is a
    /// read).
    #[arg(long)]
    pub keep_ops: bool,
    /// Meaning of columns (csv) or fields (jsonl): key, op, size, ttl, time, tenant by name or by
    /// number from 1; header=no, separator=tab.
    #[arg(long, value_name = "key=NAME,size=3,…")]
    pub columns: Option<ColumnChoice>,
    /// Maximum number of requests to read, from the start of the trace.
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
}

impl WorkloadArgs {
    /// Returns the scenario and the base directory of its relative paths.
    pub fn scenario(&self) -> anyhow::Result<(ScenarioDefinition, PathBuf)> {
        if !self.trace.is_empty() {
            return self.reading.scenario(&self.trace);
        }
        let name = self.scenario.as_deref().unwrap_or_default();
        let root = workspace::root()?;
        let scenario = if name.ends_with(".toml") {
            ScenarioDefinition::load(Path::new(name))
        } else {
            scenario::find_scenario(&root.join("scenarios"), name)
        };
        Ok((scenario.map_err(|error| UsageError(error.to_string()))?, root))
    }
}

impl TraceArgs {
    /// Returns a scenario that replays these traces, and the base directory of their paths.
    pub fn scenario(&self, traces: &[String]) -> anyhow::Result<(ScenarioDefinition, PathBuf)> {
        let source = self.source(traces)?;
        Ok((ScenarioDefinition::for_source(source), workspace::here()?))
    }

    /// Returns the traces with these options.
    pub fn source(&self, traces: &[String]) -> anyhow::Result<TraceSource> {
        let here = workspace::here()?;
        let mut source = TraceSource {
            keep_ops: self.keep_ops,
            limit: self.limit,
            columns: self.columns.clone().unwrap_or_default(),
            ..TraceSource::default()
        };
        for (index, given) in traces.iter().enumerate() {
            let (one, _) =
                trace_source(given, &here).map_err(|error| UsageError(error.to_string()))?;
            if index > 0 && one.format != source.format {
                let what = "all traces need the same format; give the format for all or for none";
                return Err(UsageError(format!("--trace {given}: {what}")).into());
            }
            source.format = one.format;
            source.paths.extend(one.paths);
        }
        Ok(source)
    }
}
