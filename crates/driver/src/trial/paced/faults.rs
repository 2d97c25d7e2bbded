//! Faults that the driver brings about: servers that are killed or cut off, and
//! come back.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_protocol::setting::{EventKind, EventSetting};

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
    events: &[EventSetting],
    servers: &Servers<'_>,
    interrupt: &Interrupt,
) -> Result<(), TrialError> {
    let begun = Instant::now();
    let mut outages: Vec<_> = events.iter().filter(|event| servers.concern(event.what)).collect();
    outages.sort_by_key(|event| event.at_ms);
    for outage in outages {
        wait(begun, outage.at_ms, interrupt)?;
        servers.begin(outage.what)?;
        wait(begun, outage.at_ms + outage.for_ms, interrupt)?;
        servers.end(outage.what)?;
    }
    Ok(())
}

impl Servers<'_> {
    fn concern(&self, what: EventKind) -> bool {
        match what {
            EventKind::RedisDown | EventKind::RedisUnreachable => self.leased.has("redis"),
            EventKind::PostgresDown => self.leased.has("postgres") || self.database.is_some(),
            _ => false,
        }
    }

    fn begin(&self, what: EventKind) -> Result<(), ServerError> {
        match what {
            EventKind::RedisDown => self.leased.kill("redis"),
            EventKind::RedisUnreachable => self.leased.disconnect("redis"),
            _ => {
                self.leased.kill("postgres")?;
                self.database.map_or(Ok(()), Lease::kill)
            }
        }
    }

    fn end(&self, what: EventKind) -> Result<(), ServerError> {
        match what {
            EventKind::RedisDown => self.leased.restart("redis"),
            EventKind::RedisUnreachable => self.leased.reconnect("redis"),
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
