//! Paced replays: exact in virtual time, true over a real database, and honest about a crash.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use bakeoff_protocol::Behaviour;
use bakeoff_protocol::message::{ErrorKind, Reply, Request};
use bakeoff_protocol::setting::{
    Deal, EventKind, EventSetting, Latency, OriginKind, OriginSetting, Setting, TimeSetting,
};
use bakeoff_protocol::trial::{Meter, TrialRequest};
use bakeoff_services::{Error, Postgres};
use tempfile::TempDir;

use crate::bkw::Requests;
use crate::child::{Runner, hit_ratio};

/// A paced replay of one request a millisecond over an origin that takes 100 ms.
fn paced(folder: &TempDir, workload: &Path) -> TrialRequest {
    let origin = OriginSetting {
        kind: OriginKind::Simulated,
        address: String::new(),
        latency: Latency { mean_ms: 100.0, ..Latency::default() },
        concurrency: 0,
        failure_rate: 0.0,
        absent: 0.0,
    };
    let time = TimeSetting {
        virtual_clock: true,
        rate: 1_000.0,
        scale: 1.0,
        ttl_ms: 0,
        moment_ms: 100,
        slow_after_ms: 50,
    };
    let setting = Setting {
        origin,
        time,
        instance: 0,
        instances: 1,
        deal: Deal::Random,
        events: Vec::new(),
        ledger: folder.path().join("ledger"),
        resume_ms: 0,
    };
    let setting = Some(setting);
    TrialRequest { meter: Meter::Behaviour, setting, ..hit_ratio(workload, 100) }
}

fn event(what: EventKind, at_ms: u64, for_ms: u64) -> EventSetting {
    EventSetting { at_ms, for_ms, what, instance: 0, share: 1.0 }
}

fn found(request: TrialRequest) -> Behaviour {
    let report = Runner::specimen().trial(request).expect("a sample");
    assert_eq!(report.counts.wrong_answers, 0, "{:?}", report.offence);
    *report.behaviour.expect("a paced replay says what it saw")
}

#[test]
fn readers_of_a_cold_key_all_load_it() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 1_000]).write(folder.path(), "w.bkw");
    let behaviour = found(paced(&folder, &workload));
    assert!(behaviour.virtual_clock);
    let loads = behaviour.origin.loads;
    assert!((99..=102).contains(&loads), "{loads} come before the first is back");
    assert_eq!(behaviour.origin.stampede_factor, behaviour.origin.peak_concurrency);
    assert!(behaviour.origin.stampede_factor + 2 >= loads);
    assert_eq!(behaviour.origin.redundant_loads, loads - 1);
    assert_eq!((behaviour.freshness.fresh, behaviour.freshness.stale), (1_000, 0));
    assert_eq!(behaviour.users.slow, loads, "whoever loads waits for 100 ms");
    let again = TempDir::new().expect("a folder");
    assert_eq!(found(paced(&again, &workload)), behaviour, "virtual time repeats");
}

#[test]
fn what_changes_behind_the_cache_is_stale_until_it_is_removed() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 1_000]).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let setting = request.setting.as_mut().expect("it has one");
    setting.events =
        vec![event(EventKind::Overwrite, 400, 0), event(EventKind::Invalidate, 700, 0)];
    let behaviour = found(request);
    let stale = behaviour.freshness.stale;
    assert!((298..=302).contains(&stale), "{stale} read between 400 and 700 ms");
    assert_eq!(behaviour.freshness.versions_behind, [stale]);
    let oldest = behaviour.freshness.age.longest_us;
    assert!((297_000..=301_000).contains(&oldest), "{oldest}");
    assert_eq!(behaviour.invalidation.count(), 1);
    assert_eq!(behaviour.events.len(), 2);
}

#[test]
fn an_origin_that_is_down_fails_those_who_need_it() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(2_000, 500).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let setting = request.setting.as_mut().expect("it has one");
    setting.events = vec![event(EventKind::OriginDown, 1_000, 500)];
    let behaviour = found(request);
    assert!(behaviour.users.errors > 0);
    assert_eq!(behaviour.users.requests, 2_000);
    assert_eq!(behaviour.users.errors, behaviour.origin.errors);
    let failed = |moment: &bakeoff_protocol::behaviour::Moment| moment.errors > 0;
    assert!(!behaviour.timeline[..8].iter().any(failed), "not before");
    assert!(!behaviour.timeline[16..].iter().any(failed), "not after");
    assert!(behaviour.recovery_ms().is_some());
}

#[test]
fn a_killed_instance_is_missed_and_comes_back_cold() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 4_000]).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let setting = request.setting.as_mut().expect("it has one");
    setting.events = vec![event(EventKind::Crash, 3_500, 200)];
    let mut runner = Runner::specimen();
    let first = runner.trial(request.clone()).expect("it says what it saw before it dies");
    let status = runner.wait();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
    let first = first.behaviour.expect("it is there");
    assert_eq!((first.users.requests, first.users.unserved), (3_500, 0));

    request.setting.as_mut().expect("it has one").resume_ms = 3_700;
    let mut runner = Runner::specimen();
    let second = runner.trial(request).expect("a sample").behaviour.expect("it is there");
    assert_eq!(runner.ask(&Request::Bye), Reply::Bye);
    assert_eq!((second.users.unserved, second.users.requests), (200, 300));
    assert!((3_990..4_200).contains(&second.covered_ms), "{} ms", second.covered_ms);
    let loads = second.origin.loads;
    assert!((99..=102).contains(&loads), "{loads}: the new life begins cold");
}

#[test]
fn rows_of_a_real_database_are_answered_as_they_are() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(600, 20).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let setting = request.setting.as_mut().expect("it has one");
    setting.origin.kind = OriginKind::Sqlite;
    setting.origin.address = folder.path().join("rows.db").display().to_string();
    setting.origin.latency.mean_ms = 1.0;
    let behaviour = found(request);
    assert!(!behaviour.virtual_clock, "a database has a time of its own");
    assert_eq!((behaviour.users.requests, behaviour.users.errors), (600, 0));
    assert!(behaviour.origin.loads > 0 && behaviour.origin.stores > 0);
    assert_eq!(behaviour.lost.writes, 0);
}

#[test]
fn rows_of_a_server_are_answered_as_they_are() {
    let server = match Postgres::start() {
        Err(error @ Error::Missing { .. }) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            return;
        }
        started => started.expect("comes up"),
    };
    // Two trials one after the other do not meet each other's rows.
    for schema in ["bakeoff_one", "bakeoff_other"] {
        server.create_schema(schema).expect("made");
        let folder = TempDir::new().expect("a folder");
        let workload = Requests::jumble(600, 20).write(folder.path(), "w.bkw");
        let mut request = paced(&folder, &workload);
        let setting = request.setting.as_mut().expect("it has one");
        setting.origin.kind = OriginKind::Postgres;
        setting.origin.address = server.address(schema);
        setting.origin.latency.mean_ms = 1.0;
        let behaviour = found(request);
        assert!(!behaviour.virtual_clock, "a database has a time of its own");
        assert_eq!((behaviour.users.requests, behaviour.users.errors), (600, 0));
        assert!(behaviour.origin.loads > 0 && behaviour.origin.stores > 0);
        assert_eq!(behaviour.lost.writes, 0);
        assert!(server.schema_bytes(schema).expect("known") > 0, "its rows lie there");
    }
}

#[test]
fn an_origin_that_was_killed_serves_again_over_connections_opened_anew() {
    let server = match Postgres::start() {
        Err(error @ Error::Missing { .. }) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            return;
        }
        started => started.expect("comes up"),
    };
    let schema = "bakeoff_killed";
    server.create_schema(schema).expect("made");
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(6_000, 2_000).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let setting = request.setting.as_mut().expect("it has one");
    setting.origin.kind = OriginKind::Postgres;
    setting.origin.address = server.address(schema);
    setting.origin.latency.mean_ms = 0.0;
    let behaviour = std::thread::scope(|scope| {
        scope.spawn(|| {
            // The replay begins soon after its rows are there.
            while server.schema_bytes(schema).expect("known") == 0 {
                sleep(Duration::from_millis(10));
            }
            sleep(Duration::from_millis(1_500));
            server.kill().expect("it is ours");
            sleep(Duration::from_millis(300));
            server.restart().expect("it comes back");
        });
        found(request)
    });
    assert!(behaviour.users.errors > 0, "it was away");
    let failed = |moment: &bakeoff_protocol::behaviour::Moment| moment.errors > 0;
    assert!(!failed(&behaviour.timeline[0]), "not before");
    let last = behaviour.timeline.iter().rposition(failed).expect("some failed");
    let after = &behaviour.timeline[last + 1..];
    assert!(after.iter().any(|moment| moment.loads > 0), "loads go on: {after:?}");
    assert_eq!(behaviour.lost.writes, 0, "what was acknowledged is there after the crash");
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 10]).write(folder.path(), "w.bkw");
    let mut without = paced(&folder, &workload);
    without.setting = None;
    assert!(Runner::specimen().trial(without).is_err());
    let mut many = paced(&folder, &workload);
    many.setting.as_mut().expect("it has one").instances = 5;
    assert!(Runner::specimen().trial(many).is_err());
}

#[test]
fn a_panic_while_requests_are_under_way_ends_the_trial() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..1_000).map(|n| n % 10).collect();
    let workload = Requests::reads(&ids).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    request.options.insert("fault".into(), "panics".into());
    request.options.insert("at".into(), "500".into());
    let failed = Runner::specimen().trial(request).map_err(|(kind, _)| kind);
    assert_eq!(failed.expect_err("half of its users got nothing"), ErrorKind::Panic);
}
