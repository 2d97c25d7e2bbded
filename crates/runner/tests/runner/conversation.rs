//! Messages and replies, apart from what a trial counts.

use bakeoff_protocol::message::{ErrorKind, ProbeAction, Reply, Request};
use bakeoff_protocol::trial::Capacity;
use tempfile::TempDir;

use crate::bkw::Requests;
use crate::child::{Runner, hit_ratio, specimen_command};

fn probe(action: ProbeAction) -> Request {
    Request::Probe {
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

fn kind(reply: &Reply) -> Option<ErrorKind> {
    match reply {
        Reply::Error { kind, .. } => Some(*kind),
        _ => None,
    }
}

#[test]
fn hello_says_who_it_is() {
    let mut runner = Runner::specimen();
    let Reply::Hello(hello) = runner.ask(&Request::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    assert_eq!(hello.strategy, "specimen");
    assert_eq!((hello.protocol, hello.workload), ([1, 1], [1, 1]));
    assert!(hello.workers && !hello.in_flight);
    assert_eq!(hello.properties.evicts, "least recently used");
}

#[test]
fn an_awaited_strategy_says_that_it_takes_requests_in_flight() {
    let Reply::Hello(hello) = Runner::awaited().ask(&Request::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    assert!(hello.in_flight);
}

#[test]
fn garbage_is_answered_and_survived() {
    let mut runner = Runner::specimen();
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
        assert_eq!(kind(&reply), Some(ErrorKind::Protocol), "{line}: {reply:?}");
    }
    runner.send_line("");
    assert!(matches!(runner.ask(&Request::Hello { protocol: 1 }), Reply::Hello(_)));
}

#[test]
fn the_message_about_garbage_shows_it() {
    let mut runner = Runner::specimen();
    runner.send_line("{\"type\":\"dance\"}");
    let Reply::Error { message, .. } = runner.receive() else { panic!("no error") };
    assert!(message.contains("dance") && message.contains("hello"), "{message}");
}

#[test]
fn go_without_a_trial_is_an_error() {
    let reply = Runner::specimen().ask(&Request::Go);
    assert_eq!(kind(&reply), Some(ErrorKind::Protocol));
}

#[test]
fn bye_is_answered_and_ends_it() {
    let mut runner = Runner::specimen();
    assert_eq!(runner.ask(&Request::Bye), Reply::Bye);
    assert!(runner.hang_up().success());
}

#[test]
fn the_end_of_stdin_ends_it() {
    assert!(Runner::specimen().hang_up().success());
}

#[test]
fn the_end_of_stdin_ends_it_even_in_a_trial() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2, 3]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    let hour = 3_600_000_000_000;
    request.section =
        Some(bakeoff_protocol::Section { start: 0, length: 3, warmup: 0, minimum_ns: hour });
    let mut runner = Runner::specimen();
    assert_eq!(runner.ask(&Request::Trial(Box::new(request))), Reply::Ready);
    runner.send(&Request::Go);
    assert!(runner.hang_up().success());
}

#[test]
fn between_ready_and_go_nothing_else_is_served() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2, 3]).write(folder.path(), "w.bkw");
    let mut runner = Runner::specimen();
    let trial = Request::Trial(Box::new(hit_ratio(&workload, 2)));
    assert_eq!(runner.ask(&trial), Reply::Ready);
    assert_eq!(kind(&runner.ask(&trial)), Some(ErrorKind::Protocol));
    assert!(matches!(runner.ask(&Request::Go), Reply::Sample(_)));
    assert_eq!(runner.ask(&trial), Reply::Ready);
    assert_eq!(runner.ask(&Request::Bye), Reply::Bye);
}

#[test]
fn a_strategy_that_prints_does_not_break_the_protocol() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2, 1]).write(folder.path(), "w.bkw");
    let report = Runner::specimen().trial(crate::child::faulty(&workload, "prints", 0));
    assert_eq!(report.map(|report| report.counts.hits), Ok(1));
}

#[test]
fn probes_keep_the_strategy_open() {
    let mut runner = Runner::specimen();
    let put = runner.ask(&probe(ProbeAction::Put));
    assert_eq!(put, Reply::Probed { found: 0, wrong: 0, entries_held: 3 });
    let get = runner.ask(&probe(ProbeAction::Get));
    assert_eq!(get, Reply::Probed { found: 3, wrong: 0, entries_held: 3 });
    let clear = runner.ask(&probe(ProbeAction::Clear));
    assert_eq!(clear, Reply::Probed { found: 0, wrong: 0, entries_held: 0 });
}

#[test]
fn values_of_a_probe_may_differ_in_size() {
    let mut runner = Runner::specimen();
    let sized = |action, sizes: &[u32]| {
        let mut probe = probe(action);
        if let Request::Probe { value_sizes, .. } = &mut probe {
            *value_sizes = sizes.to_vec();
        }
        probe
    };
    runner.ask(&sized(ProbeAction::Put, &[10, 20]));
    let same = runner.ask(&sized(ProbeAction::Get, &[10, 20, 10, 20]));
    assert_eq!(same, Reply::Probed { found: 3, wrong: 0, entries_held: 3 });
    let other = runner.ask(&sized(ProbeAction::Get, &[10, 21]));
    assert!(matches!(other, Reply::Probed { wrong: 1 | 2, .. }), "{other:?}");
}

#[test]
fn a_probe_in_another_namespace_opens_anew() {
    let mut runner = Runner::specimen();
    runner.ask(&probe(ProbeAction::Put));
    let Request::Probe {
        action, ids, value_bytes, value_sizes, capacity, services, options, ..
    } = probe(ProbeAction::Get)
    else {
        unreachable!("it is a probe")
    };
    let namespace = String::from("other");
    let other = Request::Probe {
        action,
        ids,
        value_bytes,
        value_sizes,
        capacity,
        namespace,
        services,
        options,
    };
    assert_eq!(runner.ask(&other), Reply::Probed { found: 0, wrong: 0, entries_held: 0 });
}

#[test]
fn a_plan_is_answered() {
    let plan = Request::Plan { capacity_entries: 10, options: Default::default() };
    assert!(matches!(Runner::specimen().ask(&plan), Reply::Planned { .. }));
}

#[test]
fn a_check_goes_through_the_kit() {
    for mut runner in [Runner::specimen(), Runner::awaited()] {
        let check = Request::Check {
            services: Default::default(),
            namespace: String::from("check"),
            options: Default::default(),
            seed: 5,
        };
        let Reply::Checked { cases } = runner.ask(&check) else { panic!("no cases") };
        let failed: Vec<_> = cases.iter().filter(|case| !case.passed).collect();
        assert!(cases.len() > 5 && failed.is_empty(), "{failed:#?}");
    }
}

#[test]
fn a_person_may_ask_for_the_version() {
    let output = specimen_command("immediate").arg("--version").output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.starts_with("specimen (tree "), "{text}");
    let output = specimen_command("immediate").arg("--what").output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
}
