//! Probabilistic early expiration, compared with the formula of the paper.

use std::time::Duration;

use bakeoff_patterns::XFetch;
use bakeoff_strategy::{Key, Source, Strategy};
use bakeoff_variant_dict::Dict;

use crate::cluster::{Shared, reset_cluster, set_cache_down};
use crate::fixture::Fixture;

/// Returns the share of early reloads among reads `left` ms before expiry, with a load time of 100
/// ms.
fn early_share(beta: &str, left: u64) -> f64 {
    const READS: u64 = 4_000;
    let fixture = Fixture::<XFetch<Dict>>::open(&[("ttl_ms", "1000"), ("beta", beta)]);
    let mut early = 0;
    for id in 0..READS {
        fixture.origin.change(id);
        let key = Key::from_id(id % 64);
        fixture.run(async {
            fixture.layer.remove(key).await.expect("removes");
            let slow = async {
                tokio::task::yield_now().await;
                fixture.clock_control.advance(Duration::from_millis(100));
            };
            fixture.origin.rows().request_time = Duration::from_millis(1);
            let (loaded, ()) = tokio::join!(fixture.layer.read(key, &fixture.origin), slow);
            assert_eq!(loaded.expect("loads").source, Source::Loaded);
            fixture.clock_control.advance(Duration::from_millis(1_000 - left));
            let read = fixture.layer.read(key, &fixture.origin).await.expect("reads");
            early += u64::from(read.source == Source::Loaded);
        });
    }
    early as f64 / READS as f64
}

#[test]
fn the_probability_of_an_early_reload_follows_the_formula() {
    // P(−Δ·β·ln(u) ≥ left) = exp(−left / (Δ·β)); four standard deviations are below 0.032.
    for (beta, left) in [("1", 100), ("1", 30), ("3", 300), ("0.5", 100)] {
        let mean = 100.0 * beta.parse::<f64>().expect("a number");
        let expected = (-(left as f64) / mean).exp();
        let share = early_share(beta, left);
        assert!((share - expected).abs() < 0.032, "β {beta}, {left} ms: {share}, not {expected}");
    }
    assert_eq!(early_share("0", 1), 0.0);
}

#[test]
fn an_expired_entry_is_reloaded() {
    let fixture = Fixture::<XFetch<Dict>>::open(&[("ttl_ms", "1000"), ("beta", "0")]);
    fixture.origin.change(1);
    let read =
        || fixture.run(fixture.layer.read(Key::from_id(1), &fixture.origin)).expect("reads").source;
    assert_eq!((read(), read()), (Source::Loaded, Source::Hit { tier: 0 }));
    fixture.clock_control.advance(Duration::from_millis(999));
    assert_eq!(read(), Source::Hit { tier: 0 });
    fixture.clock_control.advance(Duration::from_millis(1));
    assert_eq!(read(), Source::Loaded);
}

#[test]
fn a_failed_put_after_an_early_reload_does_not_extend_the_old_value() {
    reset_cluster();
    let fixture = Fixture::<XFetch<Shared>>::open(&[("ttl_ms", "1000"), ("beta", "1000")]);
    let key = Key::from_id(1);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(1);
    let slow = async |down| {
        tokio::task::yield_now().await;
        fixture.clock_control.advance(Duration::from_millis(100));
        set_cache_down(down);
    };
    fixture.run(async {
        let (loaded, ()) = tokio::join!(fixture.layer.read(key, &fixture.origin), slow(false));
        assert_eq!(loaded.expect("loads").source, Source::Loaded);
        fixture.clock_control.advance(Duration::from_millis(400));
        let (early, ()) = tokio::join!(fixture.layer.read(key, &fixture.origin), slow(true));
        assert!(early.is_err() && fixture.origin.rows().loads == 2, "{early:?}");
        set_cache_down(false);
        assert!(
            fixture.layer.get(key).await.expect("gets").is_some(),
            "half of its time to live is left"
        );
        fixture.clock_control.advance(Duration::from_millis(500));
        assert_eq!(fixture.layer.get(key).await.expect("gets"), None);
    });
}
