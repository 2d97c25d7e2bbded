//! Tests of the messages of the protocol and their answers.

use bakeoff_protocol::Capacity;
use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_protocol::message::{DriverMessage, ProbeAction, RunnerErrorKind, RunnerMessage};
use tempfile::TempDir;

use crate::child::{Runner, hit_ratio, measure, test_strategy};
use crate::workloads::Requests;

fn probe(action: ProbeAction) -> DriverMessage {
    DriverMessage::Probe {
        action,
        ids: vec![1, 2, 3, 900],
        value_bytes: 50,
        value_sizes: Vec::new(),
        capacity: Capacity::Entries(3),
        namespace: String::from("probe"),
        services: Default::default(),
        options: Default::default(),
    }
}

fn kind(reply: &RunnerMessage) -> Option<RunnerErrorKind> {
    match reply {
        RunnerMessage::Error { kind, .. } => Some(*kind),
        _ => None,
    }
}

#[test]
fn hello_identifies_the_runner() {
    let mut runner = Runner::sync();
    let RunnerMessage::Hello(hello) = runner.ask(&DriverMessage::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    assert_eq!(hello.strategy, "test-sync");
    assert_eq!((hello.protocol, hello.workload), ([PROTOCOL_VERSION; 2], [1, 1]));
    assert!(hello.workers && !hello.in_flight);
}

#[test]
fn an_asynchronous_strategy_supports_requests_in_flight() {
    let RunnerMessage::Hello(hello) =
        Runner::asynchronous().ask(&DriverMessage::Hello { protocol: 1 })
    else {
        panic!("no hello");
    };
    assert!(hello.in_flight);
}

#[test]
fn malformed_messages_are_answered_with_errors() {
    let mut runner = Runner::sync();
    let unknown = [
        "garbage",
        "{\"type\":\"dance\"}",
        "{\"type\":\"trial\"}",
        "[]",
        "{\"type\":\"hello\",\"protocol\":-1}",
    ];
    for line in unknown {
        runner.send_line(line);
        let reply = runner.receive();
        assert_eq!(kind(&reply), Some(RunnerErrorKind::Protocol), "{line}: {reply:?}");
    }
    runner.send_line("");
    assert!(matches!(runner.ask(&DriverMessage::Hello { protocol: 1 }), RunnerMessage::Hello(_)));
}

#[test]
fn the_error_quotes_a_malformed_message() {
    let mut runner = Runner::sync();
    runner.send_line("{\"type\":\"dance\"}");
    let RunnerMessage::Error { message, .. } = runner.receive() else { panic!("no error") };
    assert!(message.contains("dance") && message.contains("hello"), "{message}");
}

#[test]
fn go_without_a_trial_is_an_error() {
    let reply = Runner::sync().ask(&DriverMessage::Go);
    assert_eq!(kind(&reply), Some(RunnerErrorKind::Protocol));
}

#[test]
fn bye_is_answered_and_ends_the_runner() {
    let mut runner = Runner::sync();
    assert_eq!(runner.ask(&DriverMessage::Bye), RunnerMessage::Bye);
    assert!(runner.hang_up().success());
}

#[test]
fn the_end_of_stdin_ends_the_runner() {
    assert!(Runner::sync().hang_up().success());
}

#[test]
fn the_end_of_stdin_ends_the_runner_during_a_trial() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2, 3]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    let hour = 3_600_000_000_000;
    measure(&mut request, (0, 3), 0, hour);
    let mut runner = Runner::sync();
    assert_eq!(runner.ask(&DriverMessage::Trial(Box::new(request))), RunnerMessage::Ready);
    runner.send(&DriverMessage::Go);
    assert!(runner.hang_up().success());
}

#[test]
fn only_go_and_bye_are_accepted_after_ready() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2, 3]).write(folder.path(), "w.bkw");
    let mut runner = Runner::sync();
    let trial = DriverMessage::Trial(Box::new(hit_ratio(&workload, 2)));
    assert_eq!(runner.ask(&trial), RunnerMessage::Ready);
    assert_eq!(kind(&runner.ask(&trial)), Some(RunnerErrorKind::Protocol));
    assert!(matches!(runner.ask(&DriverMessage::Go), RunnerMessage::Sample(_)));
    assert_eq!(runner.ask(&trial), RunnerMessage::Ready);
    assert_eq!(runner.ask(&DriverMessage::Bye), RunnerMessage::Bye);
}

#[test]
fn a_strategy_that_prints_does_not_break_the_protocol() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2, 1]).write(folder.path(), "w.bkw");
    let report = Runner::sync().trial(crate::child::faulty(&workload, "prints", 0));
    assert_eq!(report.map(|report| report.counts.hits), Ok(1));
}

#[test]
fn probes_keep_the_strategy_open() {
    let mut runner = Runner::sync();
    let put = runner.ask(&probe(ProbeAction::Put));
    assert_eq!(put, RunnerMessage::Probed { found: 0, wrong: 0, entries_held: 3 });
    let get = runner.ask(&probe(ProbeAction::Get));
    assert_eq!(get, RunnerMessage::Probed { found: 3, wrong: 0, entries_held: 3 });
    let clear = runner.ask(&probe(ProbeAction::Clear));
    assert_eq!(clear, RunnerMessage::Probed { found: 0, wrong: 0, entries_held: 0 });
}

#[test]
fn values_of_a_probe_may_differ_in_size() {
    let mut runner = Runner::sync();
    let sized = |action, sizes: &[u32]| {
        let mut probe = probe(action);
        if let DriverMessage::Probe { value_sizes, .. } = &mut probe {
            *value_sizes = sizes.to_vec();
        }
        probe
    };
    runner.ask(&sized(ProbeAction::Put, &[10, 20]));
    let same = runner.ask(&sized(ProbeAction::Get, &[10, 20, 10, 20]));
    assert_eq!(same, RunnerMessage::Probed { found: 3, wrong: 0, entries_held: 3 });
    let other = runner.ask(&sized(ProbeAction::Get, &[10, 21]));
    assert!(matches!(other, RunnerMessage::Probed { wrong: 1 | 2, .. }), "{other:?}");
}

#[test]
fn a_probe_in_another_namespace_reopens_the_strategy() {
    let mut runner = Runner::sync();
    runner.ask(&probe(ProbeAction::Put));
    let DriverMessage::Probe {
        action,
        ids,
        value_bytes,
        value_sizes,
        capacity,
        services,
        options,
        ..
    } = probe(ProbeAction::Get)
    else {
        unreachable!("the message is a probe")
    };
    let namespace = String::from("other");
    let other = DriverMessage::Probe {
        action,
        ids,
        value_bytes,
        value_sizes,
        capacity,
        namespace,
        services,
        options,
    };
    assert_eq!(runner.ask(&other), RunnerMessage::Probed { found: 0, wrong: 0, entries_held: 0 });
}

#[test]
fn a_plan_is_answered() {
    let plan = DriverMessage::Plan { capacity_entries: 10, options: Default::default() };
    assert!(matches!(Runner::sync().ask(&plan), RunnerMessage::Planned { .. }));
}

#[test]
fn a_check_runs_the_kit() {
    for mut runner in [Runner::sync(), Runner::asynchronous()] {
        let check = DriverMessage::Check {
            services: Default::default(),
            namespace: String::from("check"),
            options: Default::default(),
            seed: 5,
        };
        let RunnerMessage::Checked { cases } = runner.ask(&check) else { panic!("no cases") };
        let failed: Vec<_> = cases.iter().filter(|case| !case.passed).collect();
        assert!(cases.len() > 5 && failed.is_empty(), "{failed:#?}");
    }
}

#[test]
fn the_command_line_prints_the_version() {
    let output = test_strategy("sync").arg("--version").output().expect("the runner starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.starts_with("test-sync (tree "), "{text}");
    let output = test_strategy("sync").arg("--what").output().expect("the runner starts");
    assert_eq!(output.status.code(), Some(2));
}
