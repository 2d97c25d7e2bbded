//! Probabilistic early expiration: as likely as the paper says.

use std::time::Duration;

use bakeoff_patterns::XFetch;
use bakeoff_strategy::{Key, Source, Strategy};
use bakeoff_variant_dict::Dict;

use crate::town::{Shared, cache_is_away, found};
use crate::world::World;

/// The share of early loads among reads `left` ms before the end of entries that took 100 ms.
fn early_share(beta: &str, left: u64) -> f64 {
    const READS: u64 = 4_000;
    let world = World::<XFetch<Dict>>::open(&[("ttl_ms", "1000"), ("beta", beta)]);
    let mut early = 0;
    for id in 0..READS {
        world.origin.change(id);
        let key = Key::from_id(id % 64);
        world.run(async {
            world.layer.remove(key).await.expect("removes");
            let slow = async {
                tokio::task::yield_now().await;
                world.hand.advance(Duration::from_millis(100));
            };
            world.origin.rows().takes = Duration::from_millis(1);
            let (loaded, ()) = tokio::join!(world.layer.read(key, &world.origin), slow);
            assert_eq!(loaded.expect("loads").source, Source::Loaded);
            world.hand.advance(Duration::from_millis(1_000 - left));
            let read = world.layer.read(key, &world.origin).await.expect("reads");
            early += u64::from(read.source == Source::Loaded);
        });
    }
    early as f64 / READS as f64
}

#[test]
fn the_likelier_the_nearer_the_end() {
    // P(−Δ·β·ln(u) ≥ left) = exp(−left / (Δ·β)); four standard deviations are below 0.032.
    for (beta, left) in [("1", 100), ("1", 30), ("3", 300), ("0.5", 100)] {
        let mean = 100.0 * beta.parse::<f64>().expect("a number");
        let expected = (-(left as f64) / mean).exp();
        let found = early_share(beta, left);
        assert!((found - expected).abs() < 0.032, "β {beta}, {left} ms: {found}, not {expected}");
    }
    assert_eq!(early_share("0", 1), 0.0);
}

#[test]
fn an_entry_past_its_time_is_loaded() {
    let world = World::<XFetch<Dict>>::open(&[("ttl_ms", "1000"), ("beta", "0")]);
    world.origin.change(1);
    let read =
        || world.run(world.layer.read(Key::from_id(1), &world.origin)).expect("reads").source;
    assert_eq!((read(), read()), (Source::Loaded, Source::Hit { tier: 0 }));
    world.hand.advance(Duration::from_millis(999));
    assert_eq!(read(), Source::Hit { tier: 0 });
    world.hand.advance(Duration::from_millis(1));
    assert_eq!(read(), Source::Loaded);
}

#[test]
fn what_was_loaded_early_and_not_put_gives_the_old_value_no_more_time() {
    found();
    let world = World::<XFetch<Shared>>::open(&[("ttl_ms", "1000"), ("beta", "1000")]);
    let key = Key::from_id(1);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(1);
    let slow = async |away| {
        tokio::task::yield_now().await;
        world.hand.advance(Duration::from_millis(100));
        cache_is_away(away);
    };
    world.run(async {
        let (loaded, ()) = tokio::join!(world.layer.read(key, &world.origin), slow(false));
        assert_eq!(loaded.expect("loads").source, Source::Loaded);
        world.hand.advance(Duration::from_millis(400));
        let (early, ()) = tokio::join!(world.layer.read(key, &world.origin), slow(true));
        assert!(early.is_err() && world.origin.rows().loads == 2, "{early:?}");
        cache_is_away(false);
        assert!(world.layer.get(key).await.expect("gets").is_some(), "half of its time is left");
        world.hand.advance(Duration::from_millis(500));
        assert_eq!(world.layer.get(key).await.expect("gets"), None);
    });
}
