//! Tests of the latency meter: sampled requests, all requests, and the open loop.

use bakeoff_protocol::message::RunnerErrorKind;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::trial::{Load, Meter, RateStep, RateStepReport, TrialReport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use tempfile::TempDir;

use crate::child::{Runner, faulty, hit_ratio, measure};
use crate::workloads::Requests;

pub(crate) fn histogram(report: &TrialReport) -> Histogram<u64> {
    let text = report.meter.histogram().expect("the latency meter has a histogram");
    let bytes = STANDARD.decode(text).expect("is base64");
    Deserializer::new().deserialize(&mut bytes.as_slice()).expect("is a histogram")
}

pub(crate) fn step_histogram(step: &RateStepReport) -> Histogram<u64> {
    let bytes = STANDARD.decode(&step.histogram).expect("is base64");
    Deserializer::new().deserialize(&mut bytes.as_slice()).expect("is a histogram")
}

/// Changes a trial of the latency meter to an open loop with steps of (rate, requests).
pub(crate) fn at_rates(request: &mut TrialCommand, steps: &[(u32, u64)]) {
    request.spec.meter = Meter::ResponseTime;
    let step = |&(requests_per_second, requests)| RateStep { requests_per_second, requests };
    request.spec.rate_steps = steps.iter().map(step).collect();
}

fn timed(mut request: TrialCommand, length: u64) -> TrialCommand {
    request.spec.meter = Meter::Latency;
    measure(&mut request, (500, length), 500, 0);
    request
}

#[test]
fn synchronous_requests_are_sampled_and_asynchronous_ones_all_timed() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(60_000, 700).write(folder.path(), "w.bkw");
    let request = timed(hit_ratio(&workload, 100), 50_000);
    let report = Runner::sync().trial(request.clone()).expect("a sample");
    let timing = report.meter.timing().expect("the latency meter reports its calibration");
    let sampled = histogram(&report).len();
    let expected = 50_000 / timing.mean_gap;
    assert!(sampled > expected / 2 && sampled < expected * 2, "{sampled}, {timing:?}");
    assert!(timing.clock_ns > 0.0 && timing.overhead_share > 0.0, "{timing:?}");

    let report = Runner::asynchronous().trial(request).expect("a sample");
    assert_eq!(histogram(&report).len(), 50_000);
    assert_eq!(report.meter.timing().map(|timing| timing.mean_gap), Some(1));
}

#[test]
fn every_worker_keeps_the_schedule_and_times_every_request() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(5_000, 300).write(folder.path(), "w.bkw");
    for workers in [1, 2] {
        for mut runner in [Runner::sync(), Runner::asynchronous()] {
            let mut request = timed(hit_ratio(&workload, 50), 2_001);
            request.spec.load = Load { workers, ..Load::ONE };
            at_rates(&mut request, &[(10_000, 2_001)]);
            let report = runner.trial(request).expect("a sample");
            let [step] = report.meter.rate_steps() else { panic!("{report:?}") };
            assert_eq!((step.requests_per_second, step_histogram(step).len()), (10_000, 2_001));
            assert_eq!((report.counts.requests, report.passes), (2_001, 1));
            assert_eq!((report.counts.wrong_answers, report.counts.errors), (0, 0));
            // The last request is due 200 ms after the first, even if answers are faster.
            assert!(step.elapsed_ns >= 200_000_000, "{}", step.elapsed_ns);
        }
    }
}

#[test]
fn a_sweep_ends_at_the_first_rate_that_the_strategy_cannot_sustain() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..4_600).map(|index| index % 100).collect();
    let workload = Requests::reads(&ids).write(folder.path(), "w.bkw");
    for mut runner in [Runner::sync(), Runner::asynchronous()] {
        let mut request = timed(hit_ratio(&workload, 200), 20_002);
        // No strategy answers 10,000 requests in 10 µs.
        at_rates(&mut request, &[(10, 2), (1_000_000_000, 10_000), (2_000_000_000, 10_000)]);
        let report = runner.trial(request).expect("a sample");
        let [slow, fast] = report.meter.rate_steps() else { panic!("{report:?}") };
        assert_eq!((slow.is_saturated(), fast.is_saturated()), (false, true), "{slow:?} {fast:?}");
        assert_eq!(report.counts.requests, 10_002);
    }
}

#[test]
fn the_open_loop_shows_stalls_with_and_without_a_blocked_thread() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..4_600).map(|index| index % 100).collect();
    let workload = Requests::reads(&ids).write(folder.path(), "w.bkw");
    for fault in ["stalls-thread", "stalls-async"] {
        // Two seconds at 2,000 requests per second: 200 are due in each stall of 100 ms.
        let mut request = timed(faulty(&workload, fault, 0), 4_000);
        request.spec.load = Load { in_flight: 16, ..Load::ONE };
        let mut closed = request.clone();
        at_rates(&mut request, &[(2_000, 4_000)]);
        let report = Runner::asynchronous().trial(request).expect("a sample");
        let [step] = report.meter.rate_steps() else { panic!("{report:?}") };
        let open = step_histogram(step);
        assert!(open.value_at_quantile(0.99) >= 60_000_000, "{fault}: {open:?}");
        let most_outstanding = report.evictions.expect("the strategy reports its peak");
        if fault == "stalls-async" {
            assert!(most_outstanding >= 50, "{most_outstanding}");
        } else {
            assert!(step.missed_deadlines >= 100, "{}", step.missed_deadlines);
        }

        // The closed loop sends nothing during a stall, so only 16 requests are delayed instead of
        // 200.
        closed.spec.meter = Meter::Latency;
        let report = Runner::asynchronous().trial(closed).expect("a sample");
        let closed = histogram(&report);
        let delayed = |of: &Histogram<u64>| of.count_between(60_000_000, u64::MAX);
        assert!(delayed(&closed) < delayed(&open) / 4, "{fault}: {closed:?}");
    }
}

#[test]
fn invalid_rates_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(1_000, 300).write(folder.path(), "w.bkw");
    let mut runner = Runner::sync();
    let invalid: [(Meter, &[(u32, u64)]); 5] = [
        (Meter::ResponseTime, &[(0, 500)]),
        (Meter::ResponseTime, &[(100, 0), (200, 500)]),
        (Meter::ResponseTime, &[(100, 499)]),
        (Meter::ResponseTime, &[]),
        (Meter::Throughput, &[(5, 500)]),
    ];
    for (meter, steps) in invalid {
        let mut request = timed(hit_ratio(&workload, 50), 500);
        at_rates(&mut request, steps);
        request.spec.meter = meter;
        let (kind, message) = runner.trial(request).expect_err("the rates are invalid");
        assert_eq!(kind, RunnerErrorKind::Protocol);
        assert!(message.contains("rate"), "{message}");
    }
}
