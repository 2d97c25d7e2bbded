//! Runners of two bundled strategies with seeded hashers, for the tests of the instructions meter.

use std::process::ExitCode;

use bakeoff_variant_dict::Dict;
use bakeoff_variant_lru::Lru;

fn main() -> ExitCode {
    match std::env::var("BAKEOFF_SEEDED").as_deref() {
        Ok("dict") => bakeoff_runner::run::<Dict>("dict"),
        _ => bakeoff_runner::run::<Lru>("lru"),
    }
}
