//! Two tiers with invalidation over PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../pg-unlogged/tests/instances/mod.rs"]
mod instances;

use bakeoff_strategy::Strategy;
use bakeoff_variant_tiered_notify::TieredNotify as Cache;
use instances::{block_on, near, open, put, server, until, value, version};

/// Counts the entries in this process; 0 while the server is unavailable.
async fn near_entries(cache: &Cache) -> u64 {
    cache.snapshot().await.map_or(0, |snapshot| snapshot.tier_entries[0])
}

#[test]
fn a_written_value_is_found_and_promoted_by_the_other_instance() {
    let Some(server) = server() else { return };
    block_on(async {
        let (here, there) = (open(&server).await, open(&server).await);
        put(&here, value(1, 1)).await;
        assert_eq!(near(&here).await, 1);
        until("the key is in the first tier", || async {
            version(&there, 1).await == Some(1) && near(&there).await == 1
        })
        .await;
    });
}
