//! Tests of the instructions meter: a simulator counts exactly the same for a deterministic
//! strategy.

use std::process::Command;

use bakeoff_protocol::trial::Meter;
use bakeoff_test_support::{Program, require};
use tempfile::TempDir;

use crate::child::{Runner, example, hit_ratio, measure};
use crate::workloads::Requests;

/// Counts the instructions of a window of `length` requests; `None` without valgrind.
fn counted(folder: &TempDir, which: &str, length: u64) -> Option<u64> {
    let workload = Requests::jumble(6_000, 700).write(folder.path(), "w.bkw");
    let plain = example("seeded_strategies");
    let file = folder.path().join("counted");
    let mut command = Command::new(require(Program("valgrind"))?);
    command
        .args(["--quiet", "--tool=callgrind", "--toggle-collect=*count_instructions*"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(plain.get_program())
        .env("BAKEOFF_SEEDED", which);
    let mut request = hit_ratio(&workload, 100);
    request.spec.meter = Meter::Instructions;
    measure(&mut request, (1_000, length), 1_000, 0);
    let mut runner = Runner::start(command);
    let report = runner.trial(request).expect("a sample");
    assert_eq!((report.counts.requests, report.passes), (length, 1));
    assert!(runner.hang_up().success());
    let text = std::fs::read_to_string(&file).expect("callgrind leaves a file");
    let line = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a total");
    Some(line.trim().parse().expect("a number"))
}

#[test]
fn ten_runs_of_a_seeded_strategy_have_equal_counts() {
    for which in ["lru", "dict"] {
        let folder = TempDir::new().expect("a folder");
        let Some(first) = counted(&folder, which, 2_000) else { return };
        assert!(first > 2_000 * 10, "{which}: {first}");
        for _ in 1..10 {
            assert_eq!(counted(&folder, which, 2_000), Some(first), "{which}");
        }
    }
}

#[test]
fn only_the_window_is_counted() {
    let folder = TempDir::new().expect("a folder");
    let (Some(short), Some(long)) =
        (counted(&folder, "lru", 1_000), counted(&folder, "lru", 4_000))
    else {
        return;
    };
    // If start, opening and warm-up were also counted, the two counts would be nearly equal.
    let ratio = long as f64 / short as f64;
    assert!((3.0..5.0).contains(&ratio), "{short} and {long}");
}
