//! Tests of hit-ratio replays on a virtual clock.

use std::path::Path;
use std::time::Duration;

use bakeoff_clock::ClockPage;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::trial::ReplayClock;
use bakeoff_protocol::{Meter, TrialReport};
use tempfile::TempDir;

use crate::child::{Runner, hit_ratio, test_strategy};
use crate::workloads::Requests;

/// Creates six reads of one key, whose value lives for 2.5 seconds.
fn reads() -> Requests {
    Requests { ttls_ms: Some(vec![2_500; 6]), ..Requests::reads(&[0; 6]) }
}

fn trial(requests: &Requests, folder: &Path, virtual_rate: Option<f64>) -> TrialCommand {
    let mut command = hit_ratio(&requests.write(folder, "w.bkw"), 10);
    command.spec.virtual_rate = virtual_rate;
    command
}

fn replay(command: TrialCommand) -> TrialReport {
    Runner::start(test_strategy("moka")).trial(command).expect("a sample")
}

#[test]
fn entries_expire_in_the_time_of_the_workload() {
    let folder = TempDir::new().expect("a folder");
    let seconds = |seconds: u64| seconds * 1_000_000;
    // Loads at 0 s and 3 s; the other reads find an entry of at most two seconds.
    let times = Some((7..13).map(seconds).collect());
    let timed = Requests { times_us: times, ..reads() };
    let report = replay(trial(&timed, folder.path(), Some(100.0)));
    assert_eq!((report.counts.hits, report.counts.loads), (4, 2));
    assert_eq!(report.meter.clock(), Some(ReplayClock::Timestamps));

    let at = |rate| replay(trial(&reads(), folder.path(), rate));
    let slow = at(Some(1.0));
    assert_eq!(slow.counts.hits, 4);
    assert_eq!(slow.meter.clock(), Some(ReplayClock::Rate { requests_per_second: 1.0 }));
    assert_eq!(at(Some(100.0)).counts.hits, 5);
    let real = at(None);
    assert_eq!(real.counts.hits, 5);
    assert_eq!(real.meter.clock(), Some(ReplayClock::Real { speed_up: None }));
}

#[test]
fn the_replay_advances_the_clock_pages_of_servers() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("page");
    let page = ClockPage::create(&path).expect("the folder is writable");
    let mut command = trial(&reads(), folder.path(), Some(2.0));
    command.environment.services.insert(String::from("redis"), String::from("unix:///none"));
    let report = replay(command.clone());
    let Some(ReplayClock::Real { speed_up: Some(speed_up) }) = report.meter.clock() else {
        panic!("a server without a page runs in real time: {:?}", report.meter);
    };
    assert!(speed_up > 1.0, "2.5 s were replayed {speed_up} times faster");
    assert_eq!(page.elapsed(), Duration::ZERO);
    command.environment.clock_pages.insert(String::from("redis"), path);
    // The last read arrives at 2.5 s, when the value has just expired.
    assert_eq!(replay(command).counts.hits, 4);
    assert_eq!(page.elapsed(), Duration::from_millis(2_500));
}

#[test]
fn only_whole_hit_ratio_replays_have_a_virtual_clock() {
    let folder = TempDir::new().expect("a folder");
    let mut timed = trial(&reads(), folder.path(), Some(2.0));
    timed.spec.meter = Meter::Throughput;
    for command in [timed, trial(&reads(), folder.path(), Some(0.0))] {
        assert!(Runner::sync().trial(command).is_err());
    }
}
