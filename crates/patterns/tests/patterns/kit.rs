//! The conformance kit over layers of layers, so that each layer is tried and each sits on another.

use bakeoff_patterns::{
    Jitter, Negative, ReadThrough, RefreshAhead, SingleFlight, Sliding, StaleIfError, Swr, Tagged,
    Ttl, WriteAround, WriteBehind, WriteThrough, XFetch,
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
    swr_over_read_through: SingleFlight<Swr<ReadThrough<Negative<Lru>>>>,
    write_behind_over_ttl: SingleFlight<WriteBehind<Jitter<Ttl<Lru>>>>,
}
