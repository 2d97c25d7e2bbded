//! Fault events that a paced replay injects.

use std::sync::Arc;

use bakeoff_protocol::PacedConfig;
use bakeoff_protocol::paced::config::{FaultEvent, FaultKind};
use bakeoff_protocol::paced::outcome::AppliedEvent;
use bakeoff_strategy::{Key, Strategy};

use super::shared_state::SharedState;

/// Returns all events of the scenario in order of time, as the outcome reports them.
pub(crate) fn applied(config: &PacedConfig) -> Vec<AppliedEvent> {
    let mut events = config.events.clone();
    events.sort_by_key(|event| event.at_ms);
    let applied = |event: &FaultEvent| AppliedEvent {
        at_ms: event.at_ms,
        until_ms: (event.duration_ms > 0).then_some(event.end_ms()),
        kind: event.kind,
    };
    events.iter().map(applied).collect()
}

/// Returns the events that this instance injects itself. The next event is the last element.
pub(crate) fn own_events(config: &PacedConfig) -> Vec<FaultEvent> {
    let ours = |event: &&FaultEvent| match event.kind {
        FaultKind::Crash => event.instance == config.instance,
        FaultKind::Expire => true,
        // These events represent changes by another program. The first instance makes the changes.
        FaultKind::Invalidate | FaultKind::Overwrite => config.instance == 0,
        FaultKind::RedisDown
        | FaultKind::RedisUnreachable
        | FaultKind::PostgresDown
        | FaultKind::OriginDown
        | FaultKind::OriginSlow => false,
    };
    let is_future = |event: &&FaultEvent| event.at_ms >= config.resume_ms;
    let mut events: Vec<_> = config.events.iter().filter(ours).filter(is_future).copied().collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at_ms));
    events
}

/// Applies an event to the affected keys, in the cache and in the origin.
pub(crate) async fn inject<S: Strategy>(
    event: FaultEvent,
    strategy: Arc<S>,
    shared: Arc<SharedState>,
    hottest: Arc<[u32]>,
) {
    let affected = (event.key_share * hottest.len() as f64).ceil().max(1.0) as usize;
    for &id in hottest.iter().take(affected) {
        if event.kind != FaultKind::Expire {
            let changed = shared.change_row(id, shared.row_bytes()).await;
            if let Err(error) = changed {
                shared.context.record_violation(0, || error);
            }
        }
        if event.kind != FaultKind::Overwrite {
            // A cache that is down misses the removal, which is the effect to measure.
            let removed = strategy.remove(Key::from_id(u64::from(id))).await;
            if let Err(error) = removed {
                shared.context.record_violation(0, || format!("a removal failed: {error}"));
            }
        }
    }
}

/// Returns all requested ids, the most frequent first.
pub(crate) fn ids_by_frequency(ids: &[u32], keys: usize) -> Arc<[u32]> {
    let mut counts = vec![0_u32; keys];
    for &id in ids {
        counts[id as usize] += 1;
    }
    let mut hottest: Vec<u32> = (0..keys as u32).filter(|&id| counts[id as usize] > 0).collect();
    hottest.sort_by_key(|&id| (std::cmp::Reverse(counts[id as usize]), id));
    hottest.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_keys_come_first() {
        assert_eq!(*ids_by_frequency(&[3, 1, 1, 2, 2, 2], 5), [2, 1, 3]);
    }
}
