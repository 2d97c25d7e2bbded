//! Runs one trial in a new process with new servers, and verifies its report.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bakeoff_protocol::message::{Hello, TrialCommand, TrialEnvironment};
use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::Observations;
use bakeoff_protocol::trial::MeterReport;
use bakeoff_protocol::{Meter, TrialReport, TrialSpec};
use bakeoff_services::ServerTime;
use bakeoff_workload::expected_answers::ReplayRange;

use crate::interrupt::Interrupt;
use crate::resources::servers::{ServerError, ServerLease, ServerProvider};
use crate::resources::workloads::CompiledScenario;
use crate::trial::callgrind::{Callgrind, CallgrindError};
use crate::trial::process::{LaunchCommand, RunnerError, RunnerLimits, RunnerProcess};
use crate::trial::verify::{self, ExpectedResults, InvalidReport};

/// Everything needed to start and verify a runner.
#[derive(Clone, Debug)]
pub struct BuiltVariant {
    /// Name of the strategy's directory in `variants/`.
    pub strategy: String,
    /// Command line of the runner.
    pub launch: LaunchCommand,
    /// Source tree id that the runner must report; `None` accepts any.
    pub tree: Option<String>,
    /// Options of the strategy.
    pub options: BTreeMap<String, String>,
    /// Services that the strategy needs.
    pub services: Vec<String>,
    /// Prefix of the namespaces that its trials use on servers.
    pub namespace: String,
    /// Log file for the stderr of the runner.
    pub log: PathBuf,
}

/// Limits of one trial.
#[derive(Clone, Copy, Debug)]
pub struct TrialLimits {
    /// Upper bound of the hits of any cache with this capacity, if known.
    pub max_hits: Option<u64>,
    /// Memory limit of the server, for a strategy that needs one.
    pub server_bytes: Option<u64>,
    /// Time and memory limits of the runner's process.
    pub process: RunnerLimits,
}

/// Report of a trial, and the driver's observations of its process and servers.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredTrial {
    /// Verified report of the runner.
    pub report: TrialReport,
    /// Run time of the process and memory of the servers; other fields have default values.
    pub observed: Observations,
}

/// Reason why a trial has no valid result.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The runner failed.
    #[error(transparent)]
    Runner(#[from] RunnerError),
    /// The report of the runner is invalid.
    #[error(transparent)]
    Report(#[from] InvalidReport),
    /// A server failed.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The instruction counter failed.
    #[error(transparent)]
    Callgrind(#[from] CallgrindError),
}

impl From<bakeoff_services::Error> for TrialError {
    fn from(error: bakeoff_services::Error) -> Self {
        Self::Server(error.into())
    }
}

impl TrialError {
    /// Converts the error for a record; `log` is a path relative to the exploration's directory.
    #[must_use]
    pub fn failure(&self, log: &str) -> Failure {
        let (kind, hint) = match self {
            Self::Runner(error) => (error.kind(), error.hint()),
            Self::Report(error) => (error.kind(), error.hint()),
            Self::Server(_) => ("service", "run `bakeoff doctor` to see what is missing"),
            Self::Callgrind(_) => ("instructions", "run `bakeoff doctor` to see what is missing"),
        };
        Failure {
            kind: kind.to_owned(),
            message: self.to_string(),
            hint: hint.to_owned(),
            log: log.to_owned(),
        }
    }

    /// Returns true if the user interrupted the trial, so that it has no result.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Self::Runner(RunnerError::Interrupted))
    }
}

/// Starts runners and servers for trials.
pub struct TrialRunner<'a> {
    /// Provider of servers.
    pub servers: &'a dyn ServerProvider,
    /// Set when the user asks to stop.
    pub interrupt: &'a Interrupt,
    namespaces: AtomicU64,
}

/// Servers leased for one trial.
pub struct LeasedServers {
    /// Namespace of the strategy's data.
    pub namespace: String,
    leases: Vec<(String, Box<dyn ServerLease>)>,
    empty_bytes: BTreeMap<String, u64>,
}

impl LeasedServers {
    /// Returns the addresses by service.
    #[must_use]
    pub fn addresses(&self) -> BTreeMap<String, String> {
        self.leases.iter().map(|(service, lease)| (service.clone(), lease.address())).collect()
    }

    /// Returns the pages of the servers' virtual clocks, by service.
    #[must_use]
    pub fn clock_pages(&self) -> BTreeMap<String, PathBuf> {
        let page = |(service, lease): &(String, Box<dyn ServerLease>)| {
            lease.clock_page().map(|page| (service.clone(), page))
        };
        self.leases.iter().filter_map(page).collect()
    }

    /// Returns the growth of each server's memory since it was leased, in bytes by service.
    ///
    /// # Errors
    /// [`ServerError`] if a server does not answer.
    pub fn held_bytes(&self) -> Result<BTreeMap<String, u64>, ServerError> {
        let held = |(service, lease): &(String, Box<dyn ServerLease>)| {
            let empty = self.empty_bytes.get(service).copied().unwrap_or(0);
            Ok((service.clone(), lease.used_bytes()?.saturating_sub(empty)))
        };
        self.leases.iter().map(held).collect()
    }

    /// Returns the peak memory of each private server in bytes, by service.
    ///
    /// The user's own servers are left out: their memory also contains data of other applications.
    ///
    /// # Errors
    /// [`ServerError`] if a server does not answer.
    pub fn peak_bytes(&self) -> Result<BTreeMap<String, u64>, ServerError> {
        let mut peaks = BTreeMap::new();
        for (service, lease) in self.leases.iter().filter(|(_, lease)| !lease.as_configured()) {
            if let Some(bytes) = lease.peak_bytes()? {
                peaks.insert(service.clone(), bytes);
            }
        }
        Ok(peaks)
    }

    /// Returns the processor time that each private server has used, by service.
    fn cpu_times(&self) -> BTreeMap<String, Duration> {
        let known = |(service, lease): &(String, Box<dyn ServerLease>)| {
            Some((service.clone(), lease.cpu_time()?))
        };
        self.leases.iter().filter_map(known).collect()
    }

    /// Returns the total memory of the servers in bytes, including what they use when empty.
    ///
    /// # Errors
    /// [`ServerError`] if a server does not answer.
    pub fn used_bytes(&self) -> Result<u64, ServerError> {
        self.leases.iter().map(|(_, lease)| lease.used_bytes()).sum()
    }

    /// Returns true if a service is leased.
    #[must_use]
    pub fn has(&self, service: &str) -> bool {
        self.leases.iter().any(|(name, _)| name == service)
    }

    /// Kills a service, if it is leased.
    ///
    /// # Errors
    /// [`ServerError`] if the server is not private.
    pub fn kill(&self, service: &str) -> Result<(), ServerError> {
        self.find(service).map_or(Ok(()), |lease| lease.kill())
    }

    /// Starts a killed service again.
    ///
    /// # Errors
    /// [`ServerError`] if the server does not start.
    pub fn restart(&self, service: &str) -> Result<(), ServerError> {
        self.find(service).map_or(Ok(()), |lease| lease.restart())
    }

    /// Makes a service unreachable, if it is leased.
    ///
    /// # Errors
    /// [`ServerError`] if the server is not private.
    pub fn disconnect(&self, service: &str) -> Result<(), ServerError> {
        self.find(service).map_or(Ok(()), |lease| lease.disconnect())
    }

    /// Makes a disconnected service reachable again.
    ///
    /// # Errors
    /// [`ServerError`] if the server was not disconnected.
    pub fn reconnect(&self, service: &str) -> Result<(), ServerError> {
        self.find(service).map_or(Ok(()), |lease| lease.reconnect())
    }

    fn find(&self, service: &str) -> Option<&dyn ServerLease> {
        self.leases.iter().find(|(name, _)| name == service).map(|(_, lease)| &**lease)
    }

    /// Returns true if Bakeoff sets the memory limit of a leased server.
    #[must_use]
    pub fn takes_limit(&self) -> bool {
        self.leases.iter().any(|(_, lease)| lease.takes_limit())
    }

    /// Returns true if the user's own server is leased, and its configured memory limit applies.
    #[must_use]
    pub fn as_configured(&self) -> bool {
        self.leases.iter().any(|(_, lease)| lease.as_configured())
    }
}

impl<'a> TrialRunner<'a> {
    /// Creates a trial runner that leases its servers from `servers`.
    #[must_use]
    pub fn new(servers: &'a dyn ServerProvider, interrupt: &'a Interrupt) -> Self {
        Self { servers, interrupt, namespaces: AtomicU64::new(0) }
    }

    /// Leases servers for a strategy, with a new namespace. `time` is the clock of private servers.
    ///
    /// # Errors
    /// [`ServerError`] if a server is not available.
    pub fn lease(
        &self,
        built: &BuiltVariant,
        limit_bytes: Option<u64>,
        time: ServerTime,
    ) -> Result<LeasedServers, ServerError> {
        let namespace = self.namespace(built);
        let mut leased =
            LeasedServers { namespace, leases: Vec::new(), empty_bytes: BTreeMap::new() };
        for service in &built.services {
            let lease = self.servers.lease(service, &leased.namespace, limit_bytes, time)?;
            leased.empty_bytes.insert(service.clone(), lease.used_bytes()?);
            leased.leases.push((service.clone(), lease));
        }
        Ok(leased)
    }

    /// Returns a namespace that was never used before.
    pub(crate) fn namespace(&self, built: &BuiltVariant) -> String {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed);
        format!("{}:{}:{number}:", built.namespace, std::process::id())
    }

    /// Starts a runner and verifies its `hello` message.
    ///
    /// # Errors
    /// [`TrialError`] if the runner does not start or answer, or is not the expected one.
    pub fn greet(
        &self,
        built: &BuiltVariant,
        heading: &str,
        limits: RunnerLimits,
    ) -> Result<(RunnerProcess, Hello), TrialError> {
        let mut client =
            RunnerProcess::start(&built.launch, &built.log, heading, limits, self.interrupt)?;
        let hello = client.hello()?;
        verify::hello(&hello, &built.strategy, built.tree.as_deref())?;
        Ok((client, hello))
    }

    /// Starts a runner once to read its `hello` message.
    ///
    /// # Errors
    /// The errors of [`greet`](Self::greet), and [`TrialError`] if the runner does not end.
    pub fn hello(&self, built: &BuiltVariant, limits: RunnerLimits) -> Result<Hello, TrialError> {
        let (client, hello) = self.greet(built, "hello", limits)?;
        client.bye()?;
        Ok(hello)
    }

    /// Runs a trial in a new process with new servers.
    ///
    /// # Errors
    /// [`TrialError`] if a server or the runner fails, or the report is invalid.
    pub fn trial(
        &self,
        built: &BuiltVariant,
        scenario: &CompiledScenario,
        spec: &TrialSpec,
        limits: TrialLimits,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<MeasuredTrial, TrialError> {
        let heading = format!("{} {} {:?}", spec.meter, spec.scenario, spec.capacity);
        let time = match spec.virtual_rate {
            Some(_) => ServerTime::Virtual,
            None => ServerTime::Real,
        };
        let leased = self.lease(built, limits.server_bytes, time)?;
        let counter = match spec.meter {
            Meter::Instructions => Some(Callgrind::prepare()?),
            _ => None,
        };
        let mut process = built.clone();
        if let Some(counter) = &counter {
            process.launch = counter.launch(&built.launch);
        }
        let (mut client, hello) = self.greet(&process, &heading, limits.process)?;
        let environment = TrialEnvironment {
            workload_path: scenario.path.clone(),
            // Constant for counted trials, so that equal work takes equally many instructions.
            namespace: match &counter {
                Some(_) => String::from("counted:"),
                None => leased.namespace.clone(),
            },
            services: leased.addresses(),
            clock_pages: leased.clock_pages(),
            options: built.options.clone(),
            paced: None,
        };
        let command = TrialCommand { spec: spec.clone(), environment };
        client.prepare(command, &mut on_progress)?;
        let (cpu_before, started) = (leased.cpu_times(), Instant::now());
        let mut report = client.measure(on_progress)?;
        let seconds = started.elapsed().as_secs_f64();
        let cpu_share = |(service, now): (String, Duration)| {
            let before = cpu_before.get(&service)?;
            Some((service, now.saturating_sub(*before).as_secs_f64() / seconds))
        };
        let service_cpu_share = leased.cpu_times().into_iter().filter_map(cpu_share).collect();
        let observed = Observations {
            process_ns: client.age_ns(),
            service_bytes: leased.held_bytes()?,
            service_peak_bytes: leased.peak_bytes()?,
            service_cpu_share,
            capacity_as_configured: leased.as_configured(),
            ..Observations::default()
        };
        client.bye()?;
        if let Some(counter) = &counter {
            report.meter = MeterReport::Instructions { count: Some(counter.instructions()?) };
        }
        let expected = expected(scenario, spec, &report, limits.max_hits);
        verify::report(&report, spec, &hello.properties, &expected)?;
        Ok(MeasuredTrial { report, observed })
    }
}

fn expected(
    scenario: &CompiledScenario,
    spec: &TrialSpec,
    report: &TrialReport,
    max_hits: Option<u64>,
) -> ExpectedResults {
    let replayed = match spec.window {
        None => ReplayRange::whole(scenario.plan.record.requests),
        Some(window) => ReplayRange {
            start: window.start,
            length: match spec.rate_steps.as_slice() {
                [] => window.length,
                // A sweep ends at the first rate that the variant cannot sustain.
                _ => report.meter.rate_steps().iter().map(|step| step.requests).sum(),
            },
            warmup: spec.warmup_requests,
        },
    };
    ExpectedResults {
        requests: replayed.length,
        reads: scenario.reads(replayed),
        window_may_repeat: spec.window.is_some(),
        max_hits,
        checksum: spec.has_ordered_keys().then(|| scenario.checksum(replayed)),
    }
}
