//! Two instances with invalidation over PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../pg-unlogged/tests/instances/mod.rs"]
mod instances;

use bakeoff_strategy::Strategy;
use bakeoff_variant_dual_layer::DualLayer as Cache;
use instances::{block_on, near, open, put, server, value, version};

/// Counts the entries in this process.
async fn near_entries(cache: &Cache) -> u64 {
    cache.len().await.unwrap()
}

#[test]
fn instances_share_messages_but_not_entries() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        assert_eq!((version(&here, 1).await, version(&there, 1).await), (Some(1), None));
        assert_eq!((near(&here).await, near(&there).await), (1, 0));
    });
}
