//! Test of the memory meter against a counting allocator.

use bakeoff_protocol::Capacity;
use bakeoff_protocol::trial::Meter;
use tempfile::TempDir;

use crate::child::{Runner, example, hit_ratio};
use crate::workloads::Requests;

/// Number of keys; each has a body of [`BYTES`] bytes.
const KEYS: u32 = 120_000;
const BYTES: u32 = 500;

#[test]
#[cfg(target_os = "linux")]
fn the_growth_of_a_process_matches_its_allocations() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..KEYS).chain(KEYS / 2..KEYS).collect();
    let workload = Requests { value_bytes: BYTES, ..Requests::reads(&ids) };
    let workload = workload.write(folder.path(), "w.bkw");
    let capacities = [
        ("dict", Capacity::Unbounded),
        ("lru", Capacity::Entries(u64::from(KEYS) / 3)),
        ("moka", Capacity::Entries(u64::from(KEYS) / 3)),
    ];
    for (strategy, capacity) in capacities {
        let mut command = example("counting_allocator");
        command.env("BAKEOFF_COUNTED", strategy);
        let mut request = hit_ratio(&workload, 0);
        request.spec.meter = Meter::Memory;
        request.spec.capacity = capacity;
        let report = Runner::start(command).trial(request).expect("a sample");
        let held = report.entries_held;
        assert!(held > u64::from(KEYS) / 4, "{strategy} holds {held}");
        let seen = (report.rss_anon_after_bytes - report.rss_anon_before_bytes) as f64;
        let counted = report.bytes_held.expect("the allocator counts") as f64;
        assert!(
            (seen / counted - 1.0).abs() < 0.1,
            "{strategy}: {seen} measured, {counted} allocated"
        );
        let each = counted / held as f64;
        assert!(each > f64::from(BYTES), "{strategy}: {each} bytes per entry");
        assert!(report.peak_rss_bytes as f64 >= seen);
        let turnover = report.memory_turnover.as_ref();
        assert_eq!(turnover.is_some(), capacity != Capacity::Unbounded, "{strategy}");
        if let Some(turnover) = turnover {
            assert!(turnover.keys_per_pass >= held && turnover.entries_held <= held);
            let passes = &turnover.bytes_after_pass;
            assert_eq!(passes.len(), 10);
            assert!(passes[9] as f64 <= passes[1] as f64 * 1.1, "{strategy} grows: {passes:?}");
        }
    }
}
