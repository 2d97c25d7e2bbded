//! The conformance kit over nested layers.

use bakeoff_patterns::{
    NegativeCache, ReadThrough, RefreshAhead, SingleFlight, Sliding, StaleIfError, Swr, Tagged,
    Ttl, TtlJitter, WriteAround, WriteBehind, WriteThrough, XFetch,
};
use bakeoff_runner::testing::conforms;
use bakeoff_variant_lru::Lru;

macro_rules! conform {
    ($($name:ident: $layer:ty,)+) => {
        $(#[test]
        fn $name() {
            conforms::<$layer>();
        })+
    };
}

conform! {
    sliding: Sliding<Lru>,
    refresh_ahead_over_write_through: RefreshAhead<WriteThrough<Lru>>,
    stale_if_error_over_write_around: StaleIfError<WriteAround<Lru>>,
    xfetch_over_tags: XFetch<Tagged<Lru>>,
    swr_over_read_through: SingleFlight<Swr<ReadThrough<NegativeCache<Lru>>>>,
    write_behind_over_ttl: SingleFlight<WriteBehind<TtlJitter<Ttl<Lru>>>>,
}
