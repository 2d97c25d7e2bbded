//! Tests of strategies that panic, are pending, fail or return wrong answers.

use std::fs;

use bakeoff_protocol::TrialReport;
use bakeoff_protocol::message::{DriverMessage, RunnerErrorKind, RunnerMessage};
use bakeoff_workload::compiled::Op::{Read, Write};
use tempfile::TempDir;

use crate::child::{Runner, faulty, hit_ratio};
use crate::workloads::Requests;

/// Runs a trial of a faulty strategy with a few reads and writes of keys 1 and 2.
fn outcome(fault: &str, at: u64) -> Result<TrialReport, (RunnerErrorKind, String)> {
    let folder = TempDir::new().expect("a folder");
    let requests = [(Read, 1), (Read, 2), (Read, 1), (Write, 1), (Read, 1), (Read, 2), (Read, 1)];
    let workload = Requests::mixed(&requests).write(folder.path(), "w.bkw");
    let mut runner = Runner::sync();
    let outcome = runner.trial(faulty(&workload, fault, at));
    // The runner continues after every fault.
    assert!(matches!(runner.ask(&DriverMessage::Hello { protocol: 1 }), RunnerMessage::Hello(_)));
    let sound = runner.trial(hit_ratio(&workload, 10)).expect("a sound trial after a faulty one");
    assert_eq!((sound.counts.hits, sound.first_violation), (4, None));
    outcome
}

fn violation(report: &TrialReport) -> (u64, &str) {
    let violation = report.first_violation.as_ref().expect("a violation");
    (violation.request, &violation.what)
}

#[test]
fn a_panic_is_reported_with_its_message() {
    let (kind, message) = outcome("panics", 2).expect_err("the strategy panics");
    assert_eq!(kind, RunnerErrorKind::Panic);
    assert!(message.contains("injected panic"), "{message}");
}

#[test]
fn a_pending_future_of_a_synchronous_strategy_is_an_error() {
    let (kind, message) = outcome("pends", 1).expect_err("the future is pending");
    assert_eq!(kind, RunnerErrorKind::Pending);
    assert!(message.contains("ExecutionMode::Sync"), "{message}");
}

#[test]
fn failed_requests_are_counted() {
    let report = outcome("fails", 2).expect("a sample");
    assert_eq!(report.counts.errors, 4);
    assert_eq!(report.counts.wrong_answers, 0);
    assert_eq!(violation(&report), (2, "the read failed: injected failure"));
}

#[test]
fn wrong_answers_are_counted_and_described() {
    for (fault, words) in [
        ("another-key", "returned key 2"),
        ("torn", "differs from the origin's"),
        ("empty", "has 0 bytes instead of 100"),
        ("invents", "version 1000, which was never written"),
    ] {
        let report = outcome(fault, 2).expect("a sample");
        assert_eq!((report.counts.wrong_answers, report.counts.errors), (4, 0), "{fault}");
        let (request, what) = violation(&report);
        assert!(request == 2 && what.contains(words), "{fault}: {request} {what}");
    }
}

#[test]
fn an_empty_body_is_wrong_if_no_value_is_empty() {
    let folder = TempDir::new().expect("a folder");
    let mut requests = Requests::reads(&[1, 1]);
    requests.sizes = Some(vec![20, 30]);
    let workload = requests.write(folder.path(), "w.bkw");
    let report = Runner::sync().trial(faulty(&workload, "empty", 0)).expect("a sample");
    assert_eq!(report.counts.wrong_answers, 1);
}

#[test]
fn a_missing_value_is_a_wrong_answer() {
    let report = outcome("nothing", 2).expect("a sample");
    assert!(report.counts.wrong_answers > 0);
    assert!(violation(&report).1.contains("returned no value"), "{:?}", violation(&report));
}

#[test]
fn an_old_version_is_stale_and_described() {
    let report = outcome("forgets-writes", 1).expect("a sample");
    assert_eq!((report.counts.stale_answers, report.counts.wrong_answers), (2, 0));
    assert_eq!(
        violation(&report),
        (4, "the read of key 1 returned version 0 after version 1 was committed")
    );
}

#[test]
fn a_write_that_never_reaches_the_origin_is_wrong() {
    let report = outcome("loses-writes", 0).expect("a sample");
    assert!(report.counts.wrong_answers > 0);
    assert_eq!(
        violation(&report),
        (3, "the write of key 1 returned before version 1 reached the origin")
    );
}

#[test]
fn a_failed_close_is_an_error() {
    let (kind, message) = outcome("close", 0).expect_err("close fails");
    assert_eq!(
        (kind, message.as_str()),
        (RunnerErrorKind::Strategy, "close failed: injected failure")
    );
}

#[test]
fn an_unknown_option_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 1);
    request.environment.options.insert(String::from("shrads"), String::from("8"));
    let (kind, message) = Runner::sync().trial(request).expect_err("the option is misspelt");
    assert!(kind == RunnerErrorKind::Open && message.contains("shrads"), "{message}");
}

#[test]
fn an_unreadable_workload_is_an_error_with_its_path() {
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join("missing.bkw");
    let text = folder.path().join("text.bkw");
    fs::write(&text, "not a workload").expect("the folder is writable");
    let mut damaged_ids = Requests::mixed(&[(Write, 1), (Read, 1)]);
    damaged_ids.ids[1] = 1;
    let damaged = damaged_ids.write(folder.path(), "damaged.bkw");
    let mut bytes = fs::read(&damaged).expect("the file exists");
    bytes[4096] = 200;
    fs::write(&damaged, bytes).expect("the folder is writable");
    let mut runner = Runner::sync();
    for path in [&missing, &text, &damaged] {
        let (kind, message) =
            runner.trial(hit_ratio(path, 1)).expect_err("the workload is unreadable");
        assert_eq!(kind, RunnerErrorKind::Workload);
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
}
