//! What happens to the system during a paced replay.

use std::sync::Arc;

use bakeoff_protocol::behaviour::EventMark;
use bakeoff_protocol::setting::{EventKind, EventSetting, Setting};
use bakeoff_strategy::{Key, Strategy};

use super::world::World;

/// The marks of all events, in the order of time.
pub(crate) fn marks(setting: &Setting) -> Vec<EventMark> {
    let mut events = setting.events.clone();
    events.sort_by_key(|event| event.at_ms);
    let mark = |event: &EventSetting| EventMark {
        at_ms: event.at_ms,
        until_ms: (event.for_ms > 0).then_some(event.at_ms + event.for_ms),
        what: event.what.words().to_owned(),
        kind: Some(event.what),
    };
    events.iter().map(mark).collect()
}

/// Events that this instance takes part in itself, the next one last.
pub(crate) fn agenda(setting: &Setting) -> Vec<EventSetting> {
    let ours = |event: &&EventSetting| match event.what {
        EventKind::Crash => event.instance == setting.instance,
        EventKind::Expire => true,
        // Some other program does it, once: the first instance stands for it.
        EventKind::Invalidate | EventKind::Overwrite => setting.instance == 0,
        EventKind::RedisDown
        | EventKind::RedisUnreachable
        | EventKind::PostgresDown
        | EventKind::OriginDown
        | EventKind::OriginSlow => false,
    };
    let still_to_come = |event: &&EventSetting| event.at_ms >= setting.resume_ms;
    let mut agenda: Vec<_> =
        setting.events.iter().filter(ours).filter(still_to_come).copied().collect();
    agenda.sort_by_key(|event| std::cmp::Reverse(event.at_ms));
    agenda
}

/// Does to the cache and the rows what an event says.
pub(crate) async fn happen<S: Strategy>(
    event: EventSetting,
    strategy: Arc<S>,
    world: Arc<World>,
    hottest: Arc<[u32]>,
) {
    let concerned = (event.share * hottest.len() as f64).ceil().max(1.0) as usize;
    for &id in hottest.iter().take(concerned) {
        if event.what != EventKind::Expire {
            let changed = world.change(id, world.row_bytes()).await;
            if let Err(error) = changed {
                world.context.offend(0, || error);
            }
        }
        if event.what != EventKind::Overwrite {
            // A cache that is down misses it, which is what there is to see then.
            let removed = strategy.remove(Key::from_id(u64::from(id))).await;
            if let Err(error) = removed {
                world.context.offend(0, || format!("a removal failed: {error}"));
            }
        }
    }
}

/// All ids that are asked for, the most often asked for first.
pub(crate) fn hottest(ids: &[u32], keys: usize) -> Arc<[u32]> {
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
        assert_eq!(*hottest(&[3, 1, 1, 2, 2, 2], 5), [2, 1, 3]);
    }
}
