//! Tests of the latency meter: sampled requests, all requests, and the open loop.

use bakeoff_protocol::message::RunnerErrorKind;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::trial::{Load, Meter, TrialReport};
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
    assert_eq!(report.meter.missed_deadlines(), 0);
}

#[test]
fn every_worker_keeps_the_schedule_and_times_every_request() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(5_000, 300).write(folder.path(), "w.bkw");
    for workers in [1, 2] {
        for mut runner in [Runner::sync(), Runner::asynchronous()] {
            let mut request = timed(hit_ratio(&workload, 50), 2_001);
            request.spec.rate = Some(10_000.0);
            request.spec.load = Load { workers, open_loop_percent: Some(50), ..Load::ONE };
            let report = runner.trial(request).expect("a sample");
            assert_eq!(histogram(&report).len(), 2_001);
            assert_eq!((report.counts.requests, report.passes), (2_001, 1));
            assert_eq!((report.counts.wrong_answers, report.counts.errors), (0, 0));
            // The last request is due 200 ms after the first, even if answers are faster.
            assert!(report.elapsed_ns >= 200_000_000, "{}", report.elapsed_ns);
        }
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
        request.spec.rate = Some(2_000.0);
        request.spec.load = Load { in_flight: 16, open_loop_percent: Some(50), ..Load::ONE };
        let report = Runner::asynchronous().trial(request.clone()).expect("a sample");
        let open = histogram(&report);
        assert!(open.value_at_quantile(0.99) >= 60_000_000, "{fault}: {open:?}");
        let most_outstanding = report.evictions.expect("the strategy reports its peak");
        if fault == "stalls-async" {
            assert!(most_outstanding >= 50, "{most_outstanding}");
        } else {
            assert!(report.meter.missed_deadlines() >= 100, "{}", report.meter.missed_deadlines());
        }

        // The closed loop sends nothing during a stall, so only 16 requests are delayed instead of
        // 200.
        request.spec.rate = None;
        request.spec.load = Load { in_flight: 16, ..Load::ONE };
        let report = Runner::asynchronous().trial(request).expect("a sample");
        let closed = histogram(&report);
        let delayed = |of: &Histogram<u64>| of.count_between(60_000_000, u64::MAX);
        assert!(delayed(&closed) < delayed(&open) / 4, "{fault}: {closed:?}");
    }
}

#[test]
fn an_invalid_rate_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(1_000, 300).write(folder.path(), "w.bkw");
    let mut runner = Runner::sync();
    for (meter, rate) in [(Meter::Latency, 0.0), (Meter::Latency, -5.0), (Meter::Throughput, 5.0)] {
        let mut request = hit_ratio(&workload, 50);
        request.spec.meter = meter;
        request.spec.rate = Some(rate);
        let (kind, message) = runner.trial(request).expect_err("the rate is invalid");
        assert_eq!(kind, RunnerErrorKind::Protocol);
        assert!(message.contains("rate"), "{message}");
    }
}
