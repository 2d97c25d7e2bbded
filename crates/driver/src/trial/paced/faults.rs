//! Injects faults: kills or disconnects servers, and restores them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_protocol::paced::config::{FaultEvent, FaultKind};

use super::interrupted;
use crate::interrupt::Interrupt;
use crate::resources::servers::{ServerError, ServerLease};
use crate::trial::{LeasedServers, TrialError};

/// Interval of the checks for an interrupt.
const POLL: Duration = Duration::from_millis(20);

/// Servers of one trial in which faults can be injected.
pub(super) struct FaultTargets<'a> {
    /// Servers of the strategy.
    pub(super) leased: &'a LeasedServers,
    /// Database server of the origin, if it has one.
    pub(super) database: Option<&'a dyn ServerLease>,
}

/// Injects each fault at its time, counted from the call; returns when the last fault has ended.
///
/// Faults of servers that the trial does not use are skipped.
pub(super) fn inject(
    events: &[FaultEvent],
    servers: &FaultTargets<'_>,
    interrupt: &Interrupt,
) -> Result<(), TrialError> {
    let begun = Instant::now();
    let mut outages: Vec<_> =
        events.iter().filter(|event| servers.has_target(event.kind)).collect();
    outages.sort_by_key(|event| event.at_ms);
    for outage in outages {
        wait(begun, outage.at_ms, interrupt)?;
        servers.begin(outage.kind)?;
        wait(begun, outage.end_ms(), interrupt)?;
        servers.end(outage.kind)?;
    }
    Ok(())
}

impl FaultTargets<'_> {
    fn has_target(&self, what: FaultKind) -> bool {
        match what {
            FaultKind::RedisDown | FaultKind::RedisUnreachable => self.leased.has("redis"),
            FaultKind::PostgresDown => self.leased.has("postgres") || self.database.is_some(),
            _ => false,
        }
    }

    fn begin(&self, what: FaultKind) -> Result<(), ServerError> {
        match what {
            FaultKind::RedisDown => self.leased.kill("redis"),
            FaultKind::RedisUnreachable => self.leased.disconnect("redis"),
            _ => {
                self.leased.kill("postgres")?;
                self.database.map_or(Ok(()), ServerLease::kill)
            }
        }
    }

    fn end(&self, what: FaultKind) -> Result<(), ServerError> {
        match what {
            FaultKind::RedisDown => self.leased.restart("redis"),
            FaultKind::RedisUnreachable => self.leased.reconnect("redis"),
            _ => {
                self.leased.restart("postgres")?;
                self.database.map_or(Ok(()), ServerLease::restart)
            }
        }
    }
}

fn wait(begun: Instant, until_ms: u64, interrupt: &Interrupt) -> Result<(), TrialError> {
    let until = begun + Duration::from_millis(until_ms);
    loop {
        if interrupt.is_set() {
            return Err(interrupted());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        sleep(left.min(POLL));
    }
}
