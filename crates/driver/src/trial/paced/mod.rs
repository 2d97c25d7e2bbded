//! Runs paced replays: several instances share servers and an origin, and faults are injected.

mod faults;
mod instance;
mod merge_reports;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

use bakeoff_protocol::message::{TrialCommand, TrialEnvironment};
use bakeoff_protocol::paced::config::OriginKind;
use bakeoff_protocol::sample::Observations;
use bakeoff_protocol::{PacedConfig, TrialReport, TrialSpec};
use bakeoff_services::ServerTime;
use bakeoff_workload::scenario::PacedPlan;

use crate::resources::servers::ServerError;
use crate::resources::workloads::CompiledScenario;
use crate::trial::process::RunnerError;
use crate::trial::verify;
use crate::trial::{BuiltVariant, MeasuredTrial, TrialError, TrialLimits, TrialRunner};
use instance::PacedInstance;

impl TrialRunner<'_> {
    /// Runs one paced replay with a new process for each instance, new servers and a new origin.
    ///
    /// # Errors
    /// [`TrialError`] if an instance fails, or an answer is wrong.
    pub(crate) fn paced_trial(
        &self,
        built: &BuiltVariant,
        prepared: &CompiledScenario,
        system: &PacedPlan,
        spec: &TrialSpec,
        limits: TrialLimits,
    ) -> Result<MeasuredTrial, TrialError> {
        let folder = tempfile::Builder::new().prefix("bakeoff-").tempdir().map_err(|error| {
            ServerError(format!("cannot create a directory for the origin: {error}"))
        })?;
        let leased = self.lease(built, limits.server_bytes, ServerTime::Real)?;
        // A separate server, so that faults of the strategy's server do not affect the origin.
        let database = match system.origin.kind {
            OriginKind::Postgres => {
                let namespace = format!("{}origin:", leased.namespace);
                Some(self.servers.lease("postgres", &namespace, None, ServerTime::Real)?)
            }
            OriginKind::Simulated | OriginKind::Sqlite => None,
        };
        let origin_address = match &database {
            Some(lease) => lease.address(),
            None => address(system, folder.path()),
        };
        let mut instances = Vec::new();
        for number in 0..system.instances {
            let mut config = config(system, number, folder.path().join("commits"));
            config.origin.address.clone_from(&origin_address);
            let environment = TrialEnvironment {
                workload_path: prepared.path.clone(),
                namespace: leased.namespace.clone(),
                services: leased.addresses(),
                clock_pages: BTreeMap::new(),
                options: built.options.clone(),
                paced: Some(config),
            };
            let command = TrialCommand { spec: spec.clone(), environment };
            let limits = limits.process;
            instances.push(PacedInstance { trial_runner: self, built, prepared, limits, command });
        }
        let servers = faults::FaultTargets { leased: &leased, database: database.as_deref() };
        let barrier = Barrier::new(instances.len() + 1);
        let results = thread::scope(|scope| {
            let threads: Vec<_> =
                instances.iter().map(|instance| scope.spawn(|| instance.run(&barrier))).collect();
            barrier.wait();
            let outage = faults::inject(&system.events, &servers, self.interrupt);
            let results: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
            outage.map(|()| results)
        })?;
        let mut reports = Vec::new();
        let mut first_process_ns = None;
        for result in results {
            let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            first_process_ns = first_process_ns.or(Some(result.process_ns));
            reports.extend(result.reports);
        }
        let report = merge_reports::merge(&reports);
        verify::paced_report(&report)?;
        let Some(process_ns) = first_process_ns else {
            return Err(ServerError(String::from(
                "cannot run a paced replay: the scenario has no instances",
            ))
            .into());
        };
        // After an injected fault, the memory figures of a server may be missing.
        let observed = Observations {
            process_ns,
            service_bytes: leased.held_bytes().unwrap_or_default(),
            service_peak_bytes: leased.peak_bytes().unwrap_or_default(),
            capacity_as_configured: leased.as_configured(),
            ..Observations::default()
        };
        Ok(MeasuredTrial { report, observed })
    }
}

/// Creates the configuration of one instance.
fn config(system: &PacedPlan, instance: u32, commit_log: PathBuf) -> PacedConfig {
    PacedConfig {
        origin: system.origin.clone(),
        time: system.time,
        instance,
        instances: system.instances,
        routing: system.routing,
        events: system.events.clone(),
        commit_log,
        resume_ms: 0,
    }
}

/// Returns the address of an origin without a server: a file for SQLite, otherwise empty.
fn address(system: &PacedPlan, folder: &std::path::Path) -> String {
    match system.origin.kind {
        OriginKind::Simulated | OriginKind::Postgres => String::new(),
        OriginKind::Sqlite => folder.join("rows.db").display().to_string(),
    }
}

/// Reports of one instance: each restart adds one.
struct InstanceResult {
    reports: Vec<TrialReport>,
    process_ns: u64,
}

/// Returns the error for an interrupt by the user.
fn interrupted() -> TrialError {
    RunnerError::Interrupted.into()
}
