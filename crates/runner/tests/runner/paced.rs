//! Tests of paced replays: in virtual time, with real databases, and with a killed instance.

use std::path::Path;

use bakeoff_protocol::PacedOutcome;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::message::{DriverMessage, RunnerErrorKind, RunnerMessage};
use bakeoff_protocol::paced::config::{
    FaultEvent, FaultKind, OriginConfig, OriginKind, OriginLatency, PaceConfig, PacedConfig,
    Routing,
};
use bakeoff_protocol::trial::Meter;
use bakeoff_test_support::{PrivatePostgres, require};
use tempfile::TempDir;

use crate::child::{Runner, hit_ratio};
use crate::workloads::Requests;

/// Creates a paced replay of one request per millisecond, with an origin delay of 100 ms.
fn paced(folder: &TempDir, workload: &Path) -> TrialCommand {
    let origin = OriginConfig {
        kind: OriginKind::Simulated,
        address: String::new(),
        latency: OriginLatency { mean_ms: 100.0, ..OriginLatency::default() },
        concurrency: None,
        failure_rate: 0.0,
        absent: 0.0,
    };
    let time = PaceConfig {
        virtual_clock: true,
        rate: 1_000.0,
        scale: 1.0,
        ttl_ms: None,
        bucket_ms: 100,
        slow_threshold_ms: 50,
    };
    let config = PacedConfig {
        origin,
        time,
        instance: 0,
        instances: 1,
        routing: Routing::Random,
        events: Vec::new(),
        commit_log: folder.path().join("commits"),
        resume_ms: 0,
    };
    let mut command = hit_ratio(workload, 100);
    command.spec.meter = Meter::Paced;
    command.environment.paced = Some(config);
    command
}

fn event(kind: FaultKind, at_ms: u64, duration_ms: u64) -> FaultEvent {
    FaultEvent { at_ms, duration_ms, kind, instance: 0, key_share: 1.0 }
}

fn outcome_of(request: TrialCommand) -> PacedOutcome {
    let report = Runner::sync().trial(request).expect("a sample");
    assert_eq!(report.counts.wrong_answers, 0, "{:?}", report.first_violation);
    report.meter.paced().expect("a paced replay has an outcome").clone()
}

#[test]
fn all_readers_of_a_missing_key_load_it() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 1_000]).write(folder.path(), "w.bkw");
    let outcome = outcome_of(paced(&folder, &workload));
    assert!(outcome.virtual_clock);
    let loads = outcome.origin.loads;
    assert!((99..=102).contains(&loads), "{loads} loads start before the first one ends");
    assert_eq!(outcome.origin.stampede_factor, outcome.origin.peak_concurrency);
    assert!(outcome.origin.stampede_factor + 2 >= loads);
    assert_eq!(outcome.origin.redundant_loads, loads - 1);
    assert_eq!((outcome.freshness.fresh, outcome.freshness.stale), (1_000, 0));
    assert_eq!(outcome.users.slow, loads, "each load takes 100 ms");
    let again = TempDir::new().expect("a folder");
    assert_eq!(outcome_of(paced(&again, &workload)), outcome, "virtual time repeats");
}

#[test]
fn a_key_is_stale_from_a_change_behind_the_cache_until_its_removal() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 1_000]).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let config = request.environment.paced.as_mut().expect("the trial is paced");
    config.events = vec![event(FaultKind::Overwrite, 400, 0), event(FaultKind::Invalidate, 700, 0)];
    let outcome = outcome_of(request);
    let stale = outcome.freshness.stale;
    assert!((298..=302).contains(&stale), "{stale} read between 400 and 700 ms");
    assert_eq!(outcome.freshness.versions_behind, [stale]);
    let oldest = outcome.freshness.age.longest_us;
    assert!((297_000..=301_000).contains(&oldest), "{oldest}");
    assert_eq!(outcome.invalidation.count(), 1);
    assert_eq!(outcome.events.len(), 2);
}

#[test]
fn requests_fail_while_the_origin_is_down() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(2_000, 500).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let config = request.environment.paced.as_mut().expect("the trial is paced");
    config.events = vec![event(FaultKind::OriginDown, 1_000, 500)];
    let outcome = outcome_of(request);
    assert!(outcome.users.errors > 0);
    assert_eq!(outcome.users.requests, 2_000);
    assert_eq!(outcome.users.errors, outcome.origin.errors);
    let failed = |bucket: &bakeoff_protocol::paced::outcome::TimelineBucket| bucket.errors > 0;
    assert!(!outcome.timeline[..8].iter().any(failed), "no failure before the event");
    assert!(!outcome.timeline[16..].iter().any(failed), "no failure after the event");
    assert!(outcome.recovery_ms().is_some());
}

#[test]
fn a_killed_instance_leaves_requests_unserved_and_restarts_empty() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 4_000]).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let config = request.environment.paced.as_mut().expect("the trial is paced");
    config.events = vec![event(FaultKind::Crash, 3_500, 200)];
    let mut runner = Runner::sync();
    let first = runner.trial(request.clone()).expect("a sample before the process is killed");
    let status = runner.wait();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
    let first = first.meter.paced().expect("a paced replay has an outcome").clone();
    assert_eq!((first.users.requests, first.users.unserved), (3_500, 0));

    request.environment.paced.as_mut().expect("the trial is paced").resume_ms = 3_700;
    let mut runner = Runner::sync();
    let second = runner.trial(request).expect("a sample");
    let second = second.meter.paced().expect("a paced replay has an outcome").clone();
    assert_eq!(runner.ask(&DriverMessage::Bye), RunnerMessage::Bye);
    assert_eq!((second.users.unserved, second.users.requests), (200, 300));
    assert!((3_990..4_200).contains(&second.covered_ms), "{} ms", second.covered_ms);
    let loads = second.origin.loads;
    assert!((99..=102).contains(&loads), "{loads} loads: the restarted cache is empty");
}

#[test]
fn a_sqlite_origin_returns_its_rows() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(600, 20).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let config = request.environment.paced.as_mut().expect("the trial is paced");
    config.origin.kind = OriginKind::Sqlite;
    config.origin.address = folder.path().join("rows.db").display().to_string();
    config.origin.latency.mean_ms = 1.0;
    let outcome = outcome_of(request);
    assert!(!outcome.virtual_clock, "a database needs real time");
    assert_eq!((outcome.users.requests, outcome.users.errors), (600, 0));
    assert!(outcome.origin.loads > 0 && outcome.origin.writes > 0);
    assert_eq!(outcome.lost.writes, 0);
}

#[test]
fn a_postgres_origin_returns_its_rows() {
    let Some(server) = require(PrivatePostgres) else { return };
    // Consecutive trials do not see each other's rows.
    for schema in ["bakeoff_one", "bakeoff_other"] {
        server.create_schema(schema).expect("made");
        let folder = TempDir::new().expect("a folder");
        let workload = Requests::jumble(600, 20).write(folder.path(), "w.bkw");
        let mut request = paced(&folder, &workload);
        let config = request.environment.paced.as_mut().expect("the trial is paced");
        config.origin.kind = OriginKind::Postgres;
        config.origin.address = server.address(schema);
        config.origin.latency.mean_ms = 1.0;
        let outcome = outcome_of(request);
        assert!(!outcome.virtual_clock, "a database needs real time");
        assert_eq!((outcome.users.requests, outcome.users.errors), (600, 0));
        assert!(outcome.origin.loads > 0 && outcome.origin.writes > 0);
        assert_eq!(outcome.lost.writes, 0);
        assert!(server.schema_bytes(schema).expect("known") > 0, "the schema contains the rows");
    }
}

#[test]
fn a_restarted_origin_is_used_through_new_connections() {
    let Some(server) = require(PrivatePostgres) else { return };
    let schema = "bakeoff_killed";
    server.create_schema(schema).expect("made");
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(6_000, 2_000).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    let config = request.environment.paced.as_mut().expect("the trial is paced");
    config.origin.kind = OriginKind::Postgres;
    config.origin.address = server.address(schema);
    config.origin.latency.mean_ms = 0.0;
    let mut runner = Runner::sync();
    assert_eq!(runner.ask(&DriverMessage::Trial(Box::new(request))), RunnerMessage::Ready);
    runner.send(&DriverMessage::Go);
    // One request is due per millisecond, and the first bucket of the timeline is one second.
    let done = runner.wait_for_progress(1_500);
    server.kill().expect("killed");
    runner.wait_for_progress(done + 300);
    server.restart().expect("restarted");
    let RunnerMessage::Sample(report) = runner.receive() else { panic!("no sample") };
    assert_eq!(report.counts.wrong_answers, 0, "{:?}", report.first_violation);
    let outcome = report.meter.paced().expect("a paced replay has an outcome");
    assert!(outcome.users.errors > 0, "requests fail while the server is down");
    let failed = |bucket: &bakeoff_protocol::paced::outcome::TimelineBucket| bucket.errors > 0;
    assert!(!failed(&outcome.timeline[0]), "no failure before the event");
    let last = outcome.timeline.iter().rposition(failed).expect("some failed");
    let after = &outcome.timeline[last + 1..];
    assert!(after.iter().any(|bucket| bucket.loads > 0), "loads succeed again: {after:?}");
    assert_eq!(outcome.lost.writes, 0, "acknowledged writes survive the crash");
}

#[test]
fn an_invalid_configuration_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[0; 10]).write(folder.path(), "w.bkw");
    let mut without = paced(&folder, &workload);
    without.environment.paced = None;
    assert!(Runner::sync().trial(without).is_err());
    let mut many = paced(&folder, &workload);
    many.environment.paced.as_mut().expect("the trial is paced").instances = 5;
    assert!(Runner::sync().trial(many).is_err());
}

#[test]
fn a_panic_with_requests_in_flight_ends_the_trial() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..1_000).map(|n| n % 10).collect();
    let workload = Requests::reads(&ids).write(folder.path(), "w.bkw");
    let mut request = paced(&folder, &workload);
    request.environment.options.insert("fault".into(), "panics".into());
    request.environment.options.insert("at".into(), "500".into());
    let failed = Runner::sync().trial(request).map_err(|(kind, _)| kind);
    assert_eq!(failed.expect_err("the strategy panics"), RunnerErrorKind::Panic);
}
