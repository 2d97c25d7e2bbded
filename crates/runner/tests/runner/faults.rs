//! Strategies that panic, pend, fail and lie.

use std::fs;

use bakeoff_protocol::TrialReport;
use bakeoff_protocol::message::{ErrorKind, Reply, Request};
use bakeoff_workload::compiled::Op::{Read, Write};
use tempfile::TempDir;

use crate::bkw::Requests;
use crate::child::{Runner, faulty, hit_ratio};

/// What a trial of a faulty specimen gives over a few reads and writes of key 1 and 2.
fn outcome(fault: &str, at: u64) -> Result<TrialReport, (ErrorKind, String)> {
    let folder = TempDir::new().expect("a folder");
    let requests = [(Read, 1), (Read, 2), (Read, 1), (Write, 1), (Read, 1), (Read, 2), (Read, 1)];
    let workload = Requests::mixed(&requests).write(folder.path(), "w.bkw");
    let mut runner = Runner::specimen();
    let outcome = runner.trial(faulty(&workload, fault, at));
    // Whatever happened, the runner goes on.
    assert!(matches!(runner.ask(&Request::Hello { protocol: 1 }), Reply::Hello(_)));
    let sound = runner.trial(hit_ratio(&workload, 10)).expect("a sound trial after a faulty one");
    assert_eq!((sound.counts.hits, sound.offence), (4, None));
    outcome
}

fn offence(report: &TrialReport) -> (u64, &str) {
    let offence = report.offence.as_ref().expect("an offence");
    (offence.request, &offence.what)
}

#[test]
fn a_panic_is_an_error_with_its_message() {
    let (kind, message) = outcome("panics", 2).expect_err("it panics");
    assert_eq!(kind, ErrorKind::Panic);
    assert!(message.contains("told to panic"), "{message}");
}

#[test]
fn pending_is_an_error_of_an_immediate_strategy() {
    let (kind, message) = outcome("pends", 1).expect_err("it pends");
    assert_eq!(kind, ErrorKind::Pending);
    assert!(message.contains("Mode::Sync"), "{message}");
}

#[test]
fn failed_requests_are_counted() {
    let report = outcome("fails", 2).expect("a sample");
    assert_eq!(report.counts.errors, 4);
    assert_eq!(report.counts.wrong_answers, 0);
    assert_eq!(offence(&report), (2, "the read failed: the specimen was told to fail"));
}

#[test]
fn lies_are_wrong_answers() {
    for (fault, words) in [
        ("another-key", "was answered with key 2"),
        ("torn", "is not what the origin gave"),
        ("empty", "has 0 bytes instead of 100"),
        ("invents", "version 1000, which was never written"),
    ] {
        let report = outcome(fault, 2).expect("a sample");
        assert_eq!((report.counts.wrong_answers, report.counts.errors), (4, 0), "{fault}");
        let (request, what) = offence(&report);
        assert!(request == 2 && what.contains(words), "{fault}: {request} {what}");
    }
}

#[test]
fn an_empty_answer_is_wrong_where_no_value_is_empty() {
    let folder = TempDir::new().expect("a folder");
    let mut requests = Requests::reads(&[1, 1]);
    requests.sizes = Some(vec![20, 30]);
    let workload = requests.write(folder.path(), "w.bkw");
    let report = Runner::specimen().trial(faulty(&workload, "empty", 0)).expect("a sample");
    assert_eq!(report.counts.wrong_answers, 1);
}

#[test]
fn no_answer_is_a_wrong_answer() {
    let report = outcome("nothing", 2).expect("a sample");
    assert!(report.counts.wrong_answers > 0);
    assert!(offence(&report).1.contains("came back empty"), "{:?}", offence(&report));
}

#[test]
fn an_old_version_is_stale_and_named() {
    let report = outcome("forgets-writes", 1).expect("a sample");
    assert_eq!((report.counts.stale_answers, report.counts.wrong_answers), (2, 0));
    assert_eq!(
        offence(&report),
        (4, "key 1 was answered with version 0 after version 1 was committed")
    );
}

#[test]
fn a_write_that_never_reaches_the_origin_is_wrong() {
    let report = outcome("loses-writes", 0).expect("a sample");
    assert!(report.counts.wrong_answers > 0);
    assert_eq!(
        offence(&report),
        (3, "the write of key 1 returned, but version 1 never reached the origin")
    );
}

#[test]
fn a_close_that_fails_is_no_sample() {
    let (kind, message) = outcome("close", 0).expect_err("it does not close");
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::Strategy, "close: the specimen was told to fail")
    );
}

#[test]
fn an_unknown_option_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 1);
    request.options.insert(String::from("shrads"), String::from("8"));
    let (kind, message) = Runner::specimen().trial(request).expect_err("a typo");
    assert!(kind == ErrorKind::Open && message.contains("shrads"), "{message}");
}

#[test]
fn a_workload_that_is_not_there_or_no_workload_is_named() {
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join("missing.bkw");
    let text = folder.path().join("text.bkw");
    fs::write(&text, "not a workload").expect("the folder is writable");
    let mut damaged_ids = Requests::mixed(&[(Write, 1), (Read, 1)]);
    damaged_ids.ids[1] = 1;
    let damaged = damaged_ids.write(folder.path(), "damaged.bkw");
    let mut bytes = fs::read(&damaged).expect("it was just written");
    bytes[4096] = 200;
    fs::write(&damaged, bytes).expect("the folder is writable");
    let mut runner = Runner::specimen();
    for path in [&missing, &text, &damaged] {
        let (kind, message) = runner.trial(hit_ratio(path, 1)).expect_err("no workload");
        assert_eq!(kind, ErrorKind::Workload);
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
}
