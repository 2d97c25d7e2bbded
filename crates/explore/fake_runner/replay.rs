//! An honest little replay through a first-in-first-out cache, and lies about it.

use std::collections::{HashSet, VecDeque};
use std::process::exit;

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
    lie(behaviour, &mut report);
    report
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
