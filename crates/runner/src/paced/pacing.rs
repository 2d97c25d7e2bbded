//! Schedule of a paced replay: the time of each request and the instance that serves it.

use std::time::Duration;

use bakeoff_compiled::Workload;
use bakeoff_protocol::PacedConfig;
use bakeoff_protocol::paced::config::{FaultKind, Routing};

use super::shared_state::split_mix_unit;

/// Returns the scheduled time of a request, counted from the start of the schedule.
pub(crate) fn due(config: &PacedConfig, workload: &Workload, index: usize) -> Duration {
    let time = config.time;
    match workload.times_us() {
        Some(times) => {
            let first = times.first().copied().unwrap_or(0);
            let micros = times.get(index).map_or(0, |at| at.saturating_sub(first));
            Duration::from_secs_f64(micros as f64 / time.scale / 1e6)
        }
        None => Duration::from_secs_f64(index as f64 / time.rate),
    }
}

/// Returns true if this instance serves a request.
pub(crate) fn is_own(config: &PacedConfig, index: usize, id: u32) -> bool {
    let word = match config.routing {
        Routing::Random => index as u64,
        Routing::KeyHash => u64::from(id),
    };
    let share = split_mix_unit(word.wrapping_mul(0xD6E8_FEB8_6659_FD93).wrapping_add(1));
    (share * f64::from(config.instances)) as u32 == config.instance
}

/// Returns true if this instance was down at the given time, between a crash and its restart.
pub(crate) fn was_down(config: &PacedConfig, at: Duration) -> bool {
    let at = at.as_millis() as u64;
    config.events.iter().any(|event| {
        event.kind == FaultKind::Crash
            && event.instance == config.instance
            && (event.at_ms..event.end_ms()).contains(&at)
    })
}
