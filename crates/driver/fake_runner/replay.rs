//! An honest little replay through a first-in-first-out cache, and lies about it.

use std::collections::{HashSet, VecDeque};
use std::process::exit;

use bakeoff_protocol::behaviour::{Behaviour, EventMark, InstanceShare, Moment};
use bakeoff_protocol::setting::Setting;
use bakeoff_protocol::trial::{Counts, Offence};
use bakeoff_protocol::{Capacity, TrialReport, TrialRequest};
use bakeoff_workload::expected::{Replayed, answers_checksum};
use bakeoff_workload::{Op, Workload};

pub fn report(trial: &TrialRequest, behaviour: &str) -> TrialReport {
    let Ok(workload) = Workload::open(&trial.workload) else { exit(8) };
    let all = workload.requests() as u64;
    let limit = trial.limit.unwrap_or(all).min(all);
    let replayed = match trial.section {
        None => Replayed::once(limit),
        Some(section) => {
            Replayed { limit, start: section.start, length: section.length, warmup: section.warmup }
        }
    };
    let room = match trial.capacity {
        Capacity::Entries(entries) => entries as usize,
        Capacity::Unbounded | Capacity::Bytes(_) => usize::MAX,
    };
    let mut cache = Fifo { room, held: HashSet::new(), order: VecDeque::new() };
    let mut counts = Counts { requests: replayed.length, ..Counts::default() };
    for step in 0..replayed.length {
        let request = workload.request(((replayed.start + step) % limit) as usize);
        cache.serve(request.id, request.op, &mut counts);
    }
    counts.misses = counts.reads - counts.hits;
    counts.loads = counts.misses;
    let mut report = TrialReport {
        // 1,000 requests a second.
        elapsed_ns: replayed.length * 1_000_000,
        passes: 1,
        entries_held: cache.held.len() as u64,
        answers_checksum: format!("{:016x}", answers_checksum(&workload, replayed)),
        counts,
        ..TrialReport::default()
    };
    report.behaviour = trial.setting.as_ref().map(|setting| Box::new(seen(setting)));
    lie(behaviour, &mut report);
    report
}

/// What an instance saw: one read for each of its lives, in the moment in which that began, and
/// while others were down it failed.
fn seen(setting: &Setting) -> Behaviour {
    let mut behaviour = Behaviour { moment_ms: 10, ..Behaviour::default() };
    let life = (setting.resume_ms / behaviour.moment_ms) as usize;
    behaviour.timeline.resize_with(life + 1, Moment::default);
    behaviour.timeline[life].requests = 1;
    behaviour.timeline[life].errors = u64::from(life > 0);
    behaviour.freshness.fresh = 1;
    behaviour.origin.stampede_factor = u64::from(setting.instance);
    behaviour.instances =
        vec![InstanceShare { instance: setting.instance, reads: 1, ..InstanceShare::default() }];
    let mark = |event: &bakeoff_protocol::setting::EventSetting| EventMark {
        at_ms: event.at_ms,
        until_ms: Some(event.at_ms + event.for_ms),
        what: event.what.words().to_owned(),
        kind: Some(event.what),
    };
    behaviour.events = setting.events.iter().map(mark).collect();
    behaviour
}

fn lie(behaviour: &str, report: &mut TrialReport) {
    match behaviour {
        "lies-about-answers" => report.answers_checksum = String::from("1"),
        "lies-about-hits" => (report.counts.hits, report.counts.misses) = (report.counts.reads, 0),
        "lies-about-size" => report.entries_held += 1_000_000,
        "answers-wrong" => {
            report.counts.wrong_answers = 1;
            report.offence = Some(Offence { request: 17, what: String::from("another key") });
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
