//! Faults that the driver brings about: servers that are killed or cut off, and
//! come back.

use std::thread::sleep;
use std::time::{Duration, Instant};

use bakeoff_protocol::setting::{EventKind, EventSetting};

use super::interrupted;
use crate::interrupt::Interrupt;
use crate::trial::{Leased, TrialError};

/// Pause between two looks at ctrl-C.
const LOOK: Duration = Duration::from_millis(20);

/// Does what the events say, from now on; returns when the last one is over. A candidate without
/// such a server has nothing to fear.
pub(super) fn happen(
    events: &[EventSetting],
    leased: &Leased,
    interrupt: &Interrupt,
) -> Result<(), TrialError> {
    let begun = Instant::now();
    let is_ours = |event: &&EventSetting| {
        matches!(event.what, EventKind::RedisDown | EventKind::RedisUnreachable)
    };
    let mut outages: Vec<_> = events.iter().filter(is_ours).collect();
    outages.sort_by_key(|event| event.at_ms);
    if !leased.has("redis") {
        return Ok(());
    }
    for outage in outages {
        wait(begun, outage.at_ms, interrupt)?;
        let is_kept = outage.what == EventKind::RedisUnreachable;
        if is_kept {
            leased.cut_off("redis")?
        } else {
            leased.kill("redis")?
        }
        wait(begun, outage.at_ms + outage.for_ms, interrupt)?;
        if is_kept { leased.reconnect("redis")? } else { leased.revive("redis")? }
    }
    Ok(())
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
