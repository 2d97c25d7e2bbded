//! Two instances with invalidation by pub/sub.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../tiered/tests/instances/mod.rs"]
mod instances;

use std::time::Duration;

use bakeoff_strategy::{Capacity, OpenConfig, Strategy};
use bakeoff_variant_tiered_pubsub::TieredPubsub as Cache;
use instances::{block_on, near, open, put, server, value, version};

fn check_cleaned_up(server: &bakeoff_services::RedisServer) {
    assert_eq!(server.dbsize().unwrap(), 0);
}

#[test]
fn own_writes_stay_in_the_first_tier_and_other_namespaces_are_not_received() {
    let Some(server) = server() else { return };
    block_on(async {
        let here = open(&server).await;
        let mut config = OpenConfig::with_capacity(Capacity::Entries(100));
        config.namespace.push_str(":x");
        config.services.insert(String::from("redis"), server.address().to_owned());
        let elsewhere = Cache::open(&config).await.unwrap();
        put(&here, value(1, 1)).await;
        put(&elsewhere, value(1, 7)).await;
        elsewhere.clear().await.unwrap();
        // Long enough for a wrong message to arrive.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!((near(&here).await, version(&here, 1).await), (1, Some(1)));
    });
}
