//! Faults that the driver brings about: servers that are killed or cut off, and
//! come back.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_protocol::paced::config::{FaultEvent, FaultKind};

use super::interrupted;
use crate::interrupt::Interrupt;
use crate::resources::servers::{Lease, ServerError};
use crate::trial::{Leased, TrialError};

/// Pause between two looks at ctrl-C.
const LOOK: Duration = Duration::from_millis(20);

/// What can be done to the servers of one trial.
pub(super) struct Servers<'a> {
    /// Those of the candidate.
    pub(super) leased: &'a Leased,
    /// That of the origin.
    pub(super) database: Option<&'a dyn Lease>,
}

/// Does what the events say, from now on; returns when the last one is over. A trial without such a
/// server has nothing to fear.
pub(super) fn happen(
    events: &[FaultEvent],
    servers: &Servers<'_>,
    interrupt: &Interrupt,
) -> Result<(), TrialError> {
    let begun = Instant::now();
    let mut outages: Vec<_> = events.iter().filter(|event| servers.concern(event.kind)).collect();
    outages.sort_by_key(|event| event.at_ms);
    for outage in outages {
        wait(begun, outage.at_ms, interrupt)?;
        servers.begin(outage.kind)?;
        wait(begun, outage.end_ms(), interrupt)?;
        servers.end(outage.kind)?;
    }
    Ok(())
}

impl Servers<'_> {
    fn concern(&self, what: FaultKind) -> bool {
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
                self.database.map_or(Ok(()), Lease::kill)
            }
        }
    }

    fn end(&self, what: FaultKind) -> Result<(), ServerError> {
        match what {
            FaultKind::RedisDown => self.leased.restart("redis"),
            FaultKind::RedisUnreachable => self.leased.reconnect("redis"),
            _ => {
                self.leased.restart("postgres")?;
                self.database.map_or(Ok(()), Lease::restart)
            }
        }
    }
}

fn wait(begun: Instant, until_ms: u64, interrupt: &Interrupt) -> Result<(), TrialError> {
    let until = begun + Duration::from_millis(until_ms);
    loop {
        if interrupt.asked() {
            return Err(interrupted());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        sleep(left.min(LOOK));
    }
}
