//! Paced replays: several instances over one service and one origin, and what happens to them.

mod faults;
mod instance;
mod merge;

use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

use bakeoff_protocol::setting::{OriginKind, Setting};
use bakeoff_protocol::{TrialReport, TrialRequest};
use bakeoff_workload::scenario::SystemPlan;

use crate::resources::servers::ServerError;
use crate::resources::workloads::Prepared;
use crate::trial::process::{Limits, RunnerError};
use crate::trial::verify;
use crate::trial::{Bench, Candidate, Found, Job, TrialError};
use instance::Instance;

impl Bench<'_> {
    /// Runs one paced replay: a fresh process for each instance, fresh servers, a fresh origin.
    ///
    /// # Errors
    /// [`TrialError`] if an instance comes to no end, or an answer was wrong.
    pub(crate) fn behave(
        &self,
        candidate: &Candidate,
        prepared: &Prepared,
        system: &SystemPlan,
        job: &Job,
        limits: Limits,
    ) -> Result<Found, TrialError> {
        let folder = tempfile::Builder::new().prefix("bakeoff-").tempdir().map_err(|error| {
            ServerError(format!("no folder for the origin and its ledger: {error}"))
        })?;
        let leased = self.lease(candidate, job.server_bytes)?;
        // Apart from the server that the candidate may have: what befalls the one spares the other.
        let database = match system.origin.kind {
            OriginKind::Postgres => {
                let namespace = format!("{}origin:", leased.namespace);
                Some(self.servers.lease("postgres", &namespace, None)?)
            }
            OriginKind::Simulated | OriginKind::Sqlite => None,
        };
        let origin_address = match &database {
            Some(lease) => lease.address(),
            None => address(system, folder.path()),
        };
        let request = |number| TrialRequest {
            meter: job.meter,
            workload: prepared.path.clone(),
            capacity: job.capacity,
            load: job.load,
            seed: job.seed,
            namespace: leased.namespace.clone(),
            services: leased.addresses(),
            options: candidate.options.clone(),
            section: None,
            limit: None,
            warmup: 0,
            weigh_bytes: job.weigh_bytes,
            rate: None,
            setting: Some(setting(system, number, folder.path().join("ledger"))),
        };
        let mut instances = Vec::new();
        for number in 0..system.instances {
            let mut request = request(number);
            if let Some(setting) = &mut request.setting {
                setting.origin.address.clone_from(&origin_address);
            }
            instances.push(Instance { bench: self, candidate, prepared, limits, request });
        }
        let servers = faults::Servers { leased: &leased, database: database.as_deref() };
        let barrier = Barrier::new(instances.len() + 1);
        let lives = thread::scope(|scope| {
            let threads: Vec<_> =
                instances.iter().map(|instance| scope.spawn(|| instance.live(&barrier))).collect();
            barrier.wait();
            let outage = faults::happen(&system.events, &servers, self.interrupt);
            let lives: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
            outage.map(|()| lives)
        })?;
        let mut reports = Vec::new();
        let mut first = None;
        for life in lives {
            let life = life.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            first = first.or(Some((life.hello, life.process_ns)));
            reports.extend(life.reports);
        }
        let report = merge::of(&reports);
        verify::behaviour(&report)?;
        let Some((hello, process_ns)) = first else {
            return Err(ServerError(String::from("a scenario without instances")).into());
        };
        // A server that was killed has other figures than the one that was started.
        let service_bytes = leased.held_bytes().unwrap_or_default();
        let capacity_as_configured = leased.as_configured();
        let service_peak_bytes = leased.peak_bytes().unwrap_or_default();
        Ok(Found {
            hello,
            report,
            service_bytes,
            service_peak_bytes,
            capacity_as_configured,
            process_ns,
        })
    }
}

/// What an instance is told.
fn setting(system: &SystemPlan, instance: u32, ledger: PathBuf) -> Setting {
    Setting {
        origin: system.origin.clone(),
        time: system.time,
        instance,
        instances: system.instances,
        deal: system.deal,
        events: system.events.clone(),
        ledger,
        resume_ms: 0,
    }
}

/// Where an origin is that needs no server.
fn address(system: &SystemPlan, folder: &std::path::Path) -> String {
    match system.origin.kind {
        OriginKind::Simulated | OriginKind::Postgres => String::new(),
        OriginKind::Sqlite => folder.join("rows.db").display().to_string(),
    }
}

/// What one instance was and found, over all its lives.
struct Life {
    hello: bakeoff_protocol::message::Hello,
    reports: Vec<TrialReport>,
    process_ns: u64,
}

/// Whether an error is that of the user's stopping us.
fn interrupted() -> TrialError {
    RunnerError::Interrupted.into()
}
