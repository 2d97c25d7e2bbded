//! What one instance counts in a paced replay.

use std::collections::HashMap;
use std::time::Duration;

use bakeoff_protocol::Behaviour;
use bakeoff_protocol::behaviour::{InstanceShare, Moment};
use bakeoff_protocol::setting::Setting;
use bakeoff_strategy::Source;

use crate::tally::Tally;

/// Places of `versions_behind`; the last counts all that lag further.
const BEHIND: usize = 16;
/// Moments of a timeline at most: 1 h at 100 ms.
const MOST_MOMENTS: usize = 36_000;

/// Counts of one instance.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) behaviour: Behaviour,
    pub(crate) tally: Tally,
    moment: Duration,
    slow_after: Duration,
    share: InstanceShare,
    /// Keys that are being answered stale: the age of the last stale answer, in microseconds.
    stale_since: HashMap<u32, u64>,
}

/// A stale answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lag {
    /// Versions behind; at least 1.
    pub(crate) versions: u64,
    /// Microseconds for which it had been out of date.
    pub(crate) age_us: u64,
}

impl Findings {
    pub(crate) fn new(setting: &Setting) -> Self {
        let mut behaviour = Behaviour {
            virtual_clock: setting.time.virtual_clock,
            moment_ms: setting.time.moment_ms.max(1),
            ..Behaviour::default()
        };
        behaviour.users.slow_after_ms = setting.time.slow_after_ms;
        Self {
            moment: Duration::from_millis(behaviour.moment_ms),
            slow_after: Duration::from_millis(setting.time.slow_after_ms),
            share: InstanceShare { instance: setting.instance, ..InstanceShare::default() },
            tally: Tally::default(),
            stale_since: HashMap::new(),
            behaviour,
        }
    }

    fn at(&mut self, elapsed: Duration) -> &mut Moment {
        let place = (elapsed.as_nanos() / self.moment.as_nanos()) as usize;
        let place = place.min(MOST_MOMENTS - 1);
        let timeline = &mut self.behaviour.timeline;
        if timeline.len() <= place {
            timeline.resize_with(place + 1, Moment::default);
        }
        &mut timeline[place]
    }

    pub(crate) fn load_begins(&mut self, elapsed: Duration, others: u64) {
        self.behaviour.origin.loads += 1;
        self.behaviour.origin.redundant_loads += u64::from(others > 0);
        self.tally.sums.loads += 1;
        self.share.loads += 1;
        self.at(elapsed).loads += 1;
    }

    pub(crate) fn store_begins(&mut self, elapsed: Duration) {
        self.behaviour.origin.stores += 1;
        self.at(elapsed).stores += 1;
    }

    pub(crate) fn origin_failed(&mut self, elapsed: Duration) {
        self.behaviour.origin.errors += 1;
        self.at(elapsed).origin_errors += 1;
    }

    /// A request was due that its instance was not there to take.
    pub(crate) fn unserved(&mut self, due: Duration) {
        self.behaviour.users.unserved += 1;
        self.at(due).unserved += 1;
    }

    /// A request that was due has its end, good or bad.
    pub(crate) fn answered(&mut self, due: Duration, elapsed: Duration, failed: bool) {
        let took = elapsed.saturating_sub(due);
        let slow = !failed && took > self.slow_after;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let users = &mut self.behaviour.users;
        users.requests += 1;
        users.errors += u64::from(failed);
        users.slow += u64::from(slow);
        if !failed {
            users.latency.record(micros);
        }
        let moment = self.at(due);
        moment.requests += 1;
        moment.errors += u64::from(failed);
        moment.slow += u64::from(slow);
        moment.slowest_us = moment.slowest_us.max(micros);
        self.tally.sums.requests += 1;
        self.tally.sums.errors += u64::from(failed);
    }

    /// The instance dies with so many requests under way: their users hear nothing more.
    pub(crate) fn cut_off(&mut self, requests: usize, elapsed: Duration) {
        let requests = requests as u64;
        self.behaviour.users.requests += requests;
        self.behaviour.users.errors += requests;
        self.tally.sums.requests += requests;
        self.tally.sums.errors += requests;
        let moment = self.at(elapsed);
        moment.requests += requests;
        moment.errors += requests;
    }

    /// A read was answered, and the answer is right, if maybe old.
    pub(crate) fn read(&mut self, id: u32, due: Duration, source: Source, lag: Option<Lag>) {
        self.share.reads += 1;
        match source {
            Source::Hit { tier } | Source::Stale { tier } => {
                self.tally.sums.hits += 1;
                self.share.hits += 1;
                if tier > 0 {
                    self.tally.tiers.count(tier);
                }
                self.at(due).hits += 1;
            }
            Source::Joined => {
                self.tally.sums.joined += 1;
                self.at(due).joined += 1;
            }
            Source::Loaded | Source::Absent => {}
        }
        match lag {
            None => {
                self.behaviour.freshness.fresh += 1;
                if let Some(age) = self.stale_since.remove(&id) {
                    self.behaviour.invalidation.record(age);
                }
            }
            Some(lag) => self.stale(id, due, lag),
        }
    }

    fn stale(&mut self, id: u32, due: Duration, lag: Lag) {
        self.share.stale += 1;
        self.tally.sums.stale += 1;
        self.at(due).stale += 1;
        let freshness = &mut self.behaviour.freshness;
        freshness.stale += 1;
        let place = (lag.versions.max(1) as usize).min(BEHIND) - 1;
        if freshness.versions_behind.len() <= place {
            freshness.versions_behind.resize(place + 1, 0);
        }
        freshness.versions_behind[place] += 1;
        freshness.age.record(lag.age_us);
        let age = self.stale_since.entry(id).or_default();
        *age = lag.age_us.max(*age);
    }

    /// Everything so far; what is stale still counts as it stands.
    pub(crate) fn take(&mut self, elapsed: Duration) -> (Behaviour, Tally) {
        let mut behaviour = std::mem::take(&mut self.behaviour);
        for age in self.stale_since.drain().map(|(_, age)| age) {
            behaviour.invalidation.record(age);
        }
        behaviour.covered_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let mut share = self.share.clone();
        share.hits_by_tier = self.tally.counts(Some(0), 1).hits_by_tier;
        behaviour.instances = vec![share];
        (behaviour, self.tally.clone())
    }
}
