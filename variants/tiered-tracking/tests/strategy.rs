//! Two instances that hear from the server which keys have changed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../tiered/tests/instances/mod.rs"]
mod instances;

use bakeoff_variant_tiered_tracking::TieredTracking as Cache;
use instances::{block_on, near, open, put, server, until, value, version};

fn nothing_is_left(server: &bakeoff_services::Redis) {
    assert_eq!(server.dbsize().unwrap(), 0);
}

#[test]
fn what_somebody_else_changes_is_heard_and_what_is_read_is_kept_near() {
    let Some(server) = server() else { return };
    block_on(async {
        let here = open(&server).await;
        put(&here, value(1, 1)).await;
        assert_eq!(near(&here).await, 0, "its own write would have to be forgotten at once");
        until("kept near", || async {
            assert_eq!(version(&here, 1).await, Some(1));
            near(&here).await == 1
        })
        .await;
        // Another program empties the database, and knows of no cache.
        server.empty().unwrap();
        until("it is heard", || async { version(&here, 1).await.is_none() }).await;
    });
}
