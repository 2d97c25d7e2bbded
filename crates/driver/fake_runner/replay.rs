//! Replays a workload with a first-in-first-out cache, and falsifies the report if the defect
//! demands it.

use std::collections::{HashSet, VecDeque};
use std::process::exit;

use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::paced::config::FaultEvent;
use bakeoff_protocol::paced::outcome::{AppliedEvent, InstanceCounts, TimelineBucket};
use bakeoff_protocol::trial::{
    Counts, MeterReport, RateStep, RateStepReport, ReplayClock, Violation,
};
use bakeoff_protocol::{Meter, PacedConfig, PacedOutcome, TrialReport};
use bakeoff_workload::expected_answers::{ReplayRange, answers_checksum};
use bakeoff_workload::{Op, Workload};

pub fn report(trial: &TrialCommand, behaviour: &str) -> TrialReport {
    let Ok(workload) = Workload::open(&trial.environment.workload_path) else { exit(8) };
    let all = workload.requests() as u64;
    let spec = &trial.spec;
    let steps = rate_steps(&spec.rate_steps);
    let replayed = match spec.window {
        None => ReplayRange::whole(all),
        Some(window) => ReplayRange {
            start: window.start,
            length: match steps.as_slice() {
                [] => window.length,
                steps => steps.iter().map(|step| step.requests).sum(),
            },
            warmup: spec.warmup_requests,
        },
    };
    let room = spec.capacity.entries().map_or(usize::MAX, |entries| entries as usize);
    let mut cache = Fifo { room, held: HashSet::new(), order: VecDeque::new() };
    let mut counts = Counts { requests: replayed.length, ..Counts::default() };
    for step in 0..replayed.length {
        let request = workload.request(((replayed.start + step) % all) as usize);
        cache.serve(request.id, request.op, &mut counts);
    }
    counts.misses = counts.reads - counts.hits;
    counts.loads = counts.misses;
    let mut report = TrialReport {
        // 1,000 requests per second.
        elapsed_ns: replayed.length * 1_000_000,
        // A load generator that is never idle.
        cpu_ns: replayed.length * 1_000_000,
        passes: 1,
        entries_held: cache.held.len() as u64,
        answers_checksum: format!("{:016x}", answers_checksum(&workload, replayed)),
        counts,
        ..TrialReport::default()
    };
    report.meter = match (spec.meter, &trial.environment.paced) {
        (Meter::Paced, Some(config)) => MeterReport::Paced(Box::new(outcome(config))),
        (Meter::HitRatio, _) => MeterReport::HitRatio {
            after_warmup: report.counts.clone(),
            clock: ReplayClock::default(),
        },
        (Meter::Latency, _) => {
            MeterReport::Latency { histogram: String::new(), timing: Default::default() }
        }
        (Meter::ResponseTime, _) => MeterReport::ResponseTime { steps, timing: Default::default() },
        _ => MeterReport::Throughput,
    };
    lie(behaviour, &mut report);
    report
}

/// Returns the reports of all steps up to the first one above 1,000 requests per second. That step
/// takes twice as long as scheduled.
fn rate_steps(requested: &[RateStep]) -> Vec<RateStepReport> {
    let sustained = requested.iter().take_while(|step| step.requests_per_second <= 1_000).count();
    let report = |(index, step): (usize, &RateStep)| {
        let scheduled_ns = step.requests * 1_000_000_000 / u64::from(step.requests_per_second);
        RateStepReport {
            requests_per_second: step.requests_per_second,
            requests: step.requests,
            elapsed_ns: if index < sustained { scheduled_ns } else { 2 * scheduled_ns },
            ..RateStepReport::default()
        }
    };
    requested.iter().take(sustained + 1).enumerate().map(report).collect()
}

/// Returns the outcome of an instance: each of its processes reads once at its start. The read
/// fails if the process was restarted.
fn outcome(config: &PacedConfig) -> PacedOutcome {
    let mut outcome = PacedOutcome { bucket_ms: 10, ..PacedOutcome::default() };
    let first = (config.resume_ms / outcome.bucket_ms) as usize;
    outcome.timeline.resize_with(first + 1, TimelineBucket::default);
    outcome.timeline[first].requests = 1;
    outcome.timeline[first].errors = u64::from(first > 0);
    outcome.freshness.fresh = 1;
    outcome.origin.stampede_factor = u64::from(config.instance);
    outcome.instances =
        vec![InstanceCounts { instance: config.instance, reads: 1, ..InstanceCounts::default() }];
    let applied = |event: &FaultEvent| AppliedEvent {
        at_ms: event.at_ms,
        until_ms: Some(event.end_ms()),
        kind: event.kind,
    };
    outcome.events = config.events.iter().map(applied).collect();
    outcome
}

fn lie(behaviour: &str, report: &mut TrialReport) {
    match behaviour {
        "reports-wrong-checksum" => report.answers_checksum = String::from("1"),
        "reports-impossible-hits" => {
            (report.counts.hits, report.counts.misses) = (report.counts.reads, 0)
        }
        "reports-wrong-size" => report.entries_held += 1_000_000,
        "answers-wrong" => {
            report.counts.wrong_answers = 1;
            report.first_violation =
                Some(Violation { request: 17, what: String::from("another key") });
        }
        _ => {}
    }
}

struct Fifo {
    room: usize,
    held: HashSet<u32>,
    order: VecDeque<u32>,
}

impl Fifo {
    fn serve(&mut self, id: u32, op: Op, counts: &mut Counts) {
        match op {
            Op::Read => {
                counts.reads += 1;
                if self.held.contains(&id) {
                    counts.hits += 1;
                } else {
                    self.put(id);
                }
            }
            Op::Write => {
                counts.writes += 1;
                self.put(id);
            }
            Op::Delete => {
                counts.deletes += 1;
                self.held.remove(&id);
                self.order.retain(|&held| held != id);
            }
        }
    }

    fn put(&mut self, id: u32) {
        if self.held.insert(id) {
            self.order.push_back(id);
        }
        if self.held.len() > self.room
            && let Some(oldest) = self.order.pop_front()
        {
            self.held.remove(&oldest);
        }
    }
}
