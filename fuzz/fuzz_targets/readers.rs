//! Reads arbitrary bytes as a trace. The first byte selects a format, or guessing the format.
#![no_main]

#[path = "../../crates/workload/tests/workload/corpus/harness.rs"]
mod harness;

use bakeoff_workload::trace::FORMATS;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((&selector, input)) = bytes.split_first() {
        let format = FORMATS.get(usize::from(selector) % (FORMATS.len() + 1));
        harness::read(input, format.map(|format| format.name));
    }
});
