//! Finds the memory limit at which a server holds as many entries as a strategy's capacity.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::message::{DriverMessage, ProbeAction};
use bakeoff_services::ServerTime;
use bakeoff_services::parity::BYTES_PER_CONNECTION;

use crate::record::{atomic_file, keys};
use crate::resources::servers::ServerError;
use crate::resources::workloads::CompiledScenario;
use crate::trial::context::TrialContext;
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;
use crate::trial::{BuiltVariant, TrialError, TrialRunner};

/// Capacity, value sizes and connections for which a server needs memory.
#[derive(Clone, Debug)]
pub struct ServerMemoryDemand {
    /// Capacity of the strategy.
    pub capacity: Capacity,
    /// Sizes of the values in bytes, by key.
    ///
    /// A server's allocator rounds each size up, so the mean size would not suffice.
    pub value_sizes: Vec<u32>,
    /// Connections to the server.
    pub connections: u32,
}

impl TrialContext<'_> {
    /// Returns the memory limit for a variant's server in bytes; `None` if no limit is set.
    ///
    /// The limit is calibrated once and then cached; the file name is a digest of all inputs.
    ///
    /// # Errors
    /// [`TrialError`] if the calibration fails.
    pub fn server_bytes(
        &self,
        ready: &RunnableVariant,
        prepared: &CompiledScenario,
        (capacity, connections): (Capacity, u32),
        limits: RunnerLimits,
    ) -> Result<Option<u64>, TrialError> {
        if !ready.needs_service() || capacity == Capacity::Unbounded {
            return Ok(None);
        }
        let demand = demand(prepared, capacity, connections);
        let cache_path = self.cache_path(ready, &demand);
        let known = fs::read(&cache_path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(known) = known {
            return Ok(demand.with_buffers(known));
        }
        self.recorder.set_step(ready.name(), "finding the memory limit of the server");
        let found = self.trial_runner.calibrate(&ready.built, &demand, limits)?;
        // Errors are ignored: without the file, the next call calibrates again.
        let _ = atomic_file::write_json(&cache_path, &found);
        Ok(demand.with_buffers(found))
    }

    fn cache_path(&self, ready: &RunnableVariant, demand: &ServerMemoryDemand) -> PathBuf {
        let key =
            keys::digest(&("parity", &ready.step_inputs, demand.capacity, &demand.value_sizes));
        self.results.parity(&key)
    }
}

impl ServerMemoryDemand {
    /// Adds the buffers of all connections but the first to a limit calibrated for one.
    ///
    /// A capacity in bytes is a limit that the user set, so nothing is added to it.
    #[must_use]
    pub fn with_buffers(&self, limit: Option<u64>) -> Option<u64> {
        let buffers = match self.capacity {
            Capacity::Entries(_) => {
                u64::from(self.connections.saturating_sub(1)) * BYTES_PER_CONNECTION
            }
            Capacity::Bytes(_) | Capacity::Unbounded => 0,
        };
        limit.map(|bytes| bytes + buffers)
    }
}

/// Returns the memory demand of a scenario's workload.
#[must_use]
pub fn demand(
    prepared: &CompiledScenario,
    capacity: Capacity,
    connections: u32,
) -> ServerMemoryDemand {
    ServerMemoryDemand { capacity, value_sizes: prepared.value_sizes().to_vec(), connections }
}

impl TrialRunner<'_> {
    /// Finds the memory limit at which the server holds as many entries as the strategy's capacity,
    /// with one connection.
    ///
    /// The strategy itself fills the server. `None` if no limit applies.
    ///
    /// # Errors
    /// [`TrialError`] if the runner or the server fails.
    pub fn calibrate(
        &self,
        built: &BuiltVariant,
        demand: &ServerMemoryDemand,
        limits: RunnerLimits,
    ) -> Result<Option<u64>, TrialError> {
        let entries = match demand.capacity {
            Capacity::Unbounded => return Ok(None),
            Capacity::Bytes(bytes) => {
                let empty = self.lease(built, None, ServerTime::Real)?;
                let limited = empty.takes_limit();
                return Ok(if limited { Some(empty.used_bytes()? + bytes) } else { None });
            }
            Capacity::Entries(entries) => self.planned_entries(built, entries, limits)?,
        };
        let (Some(service), true) = (built.services.first(), entries > 0) else {
            return Ok(None);
        };
        let namespace = self.namespace(built);
        // The runner's error is kept here, because a `ServerError` would reduce it to its message.
        let mut runner_error = None;
        let mut fill = |address: &str, ids: Range<u64>| {
            let request = DriverMessage::Probe {
                action: ProbeAction::Put,
                ids: ids.collect(),
                value_bytes: 0,
                value_sizes: demand.value_sizes.clone(),
                capacity: demand.capacity,
                namespace: namespace.clone(),
                services: [(service.clone(), address.to_owned())].into(),
                options: built.options.clone(),
            };
            let put = || -> Result<(), TrialError> {
                let (mut client, _) = self.greet(built, "calibration", limits)?;
                client.probe(&request)?;
                Ok(client.bye()?)
            };
            put().map_err(|error| {
                let shown = ServerError(error.to_string());
                runner_error = Some(error);
                shown
            })
        };
        let found = self.servers.limit_for(service, entries, &mut fill);
        match runner_error {
            Some(error) => Err(error),
            None => Ok(found?),
        }
    }

    /// Asks the runner how many entries the service holds when the strategy is full.
    fn planned_entries(
        &self,
        built: &BuiltVariant,
        capacity_entries: u64,
        limits: RunnerLimits,
    ) -> Result<u64, TrialError> {
        let (mut client, _) = self.greet(built, "plan", limits)?;
        let options = built.options.clone();
        let entries = client.plan(&DriverMessage::Plan { capacity_entries, options })?;
        client.bye()?;
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_further_connections_are_added_to_a_limit_in_entries() {
        let limit = |capacity, connections| {
            let demand = ServerMemoryDemand { capacity, value_sizes: Vec::new(), connections };
            demand.with_buffers(Some(1_000))
        };
        assert_eq!(limit(Capacity::Entries(10), 1), Some(1_000));
        assert_eq!(limit(Capacity::Entries(10), 3), Some(1_000 + 2 * BYTES_PER_CONNECTION));
        assert_eq!(limit(Capacity::Bytes(10), 3), Some(1_000));
    }
}
