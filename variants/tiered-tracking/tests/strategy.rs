//! Two instances with invalidation by `CLIENT TRACKING`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../tiered/tests/instances/mod.rs"]
mod instances;

use bakeoff_variant_tiered_tracking::TieredTracking as Cache;
use instances::{block_on, near, open, put, server, until, value, version};

fn check_cleaned_up(server: &bakeoff_services::RedisServer) {
    assert_eq!(server.dbsize().unwrap(), 0);
}

#[test]
fn external_changes_are_received_and_only_reads_are_promoted() {
    let Some(server) = server() else { return };
    block_on(async {
        let here = open(&server).await;
        put(&here, value(1, 1)).await;
        assert_eq!(
            near(&here).await,
            0,
            "own writes are delivered too, so they are not stored in the first tier"
        );
        until("the key is in the first tier", || async {
            assert_eq!(version(&here, 1).await, Some(1));
            near(&here).await == 1
        })
        .await;
        // Another program empties the database.
        server.empty().unwrap();
        until("the change is received", || async { version(&here, 1).await.is_none() }).await;
    });
}
