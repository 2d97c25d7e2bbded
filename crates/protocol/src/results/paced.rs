//! Shares of failed, slow and unserved requests in a paced replay.

use crate::PacedOutcome;
use crate::paced::outcome::{AppliedEvent, TimelineBucket};

/// Shares of the scheduled requests that failed, were slow or were not served.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RequestShares {
    /// Share of requests that failed.
    pub failed: f64,
    /// Share of requests that were answered too slowly.
    pub slow: f64,
    /// Share of requests that no instance accepted.
    pub unserved: f64,
}

impl RequestShares {
    /// Returns the shares over the whole replay.
    #[must_use]
    pub fn whole(paced: &PacedOutcome) -> Self {
        let users = &paced.users;
        Self::from_counts(users.requests, [users.errors, users.slow, users.unserved])
    }

    /// Returns the shares during the accepted events. Instantaneous events are ignored.
    ///
    /// `None` if no other event is accepted.
    #[must_use]
    pub fn during(paced: &PacedOutcome, include: impl Fn(&AppliedEvent) -> bool) -> Option<Self> {
        let marks = paced.events.iter().filter(|event| include(event));
        let windows: Vec<(u64, u64)> =
            marks.filter_map(|event| Some((event.at_ms, event.until_ms?))).collect();
        let during = |&(index, _): &(usize, &TimelineBucket)| {
            let begin = index as u64 * paced.bucket_ms;
            windows.iter().any(|&(at, until)| begin < until && begin + paced.bucket_ms > at)
        };
        let (mut requests, mut parts) = (0, [0; 3]);
        for (_, moment) in paced.timeline.iter().enumerate().filter(during) {
            requests += moment.requests;
            let counts = [moment.errors, moment.slow, moment.unserved];
            parts.iter_mut().zip(counts).for_each(|(sum, more)| *sum += more);
        }
        (!windows.is_empty()).then(|| Self::from_counts(requests, parts))
    }

    fn from_counts(requests: u64, [failed, slow, unserved]: [u64; 3]) -> Self {
        let due = (requests + unserved).max(1) as f64;
        let share = |part: u64| part as f64 / due;
        Self { failed: share(failed), slow: share(slow), unserved: share(unserved) }
    }
}

/// Returns the end of the last timeline bucket in which a request failed or was not served, in
/// milliseconds.
#[must_use]
pub fn last_failure_ms(paced: &PacedOutcome) -> Option<u64> {
    last_interval_ms(paced, |moment| moment.errors + moment.unserved > 0)
}

/// Returns the end of the last timeline bucket with a stale answer, in milliseconds.
#[must_use]
pub fn last_stale_ms(paced: &PacedOutcome) -> Option<u64> {
    last_interval_ms(paced, |moment| moment.stale > 0)
}

/// Returns the number of instances, at least 1.
#[must_use]
pub fn instances(paced: &PacedOutcome) -> u64 {
    paced.instances.len().max(1) as u64
}

fn last_interval_ms(
    paced: &PacedOutcome,
    matches: impl Fn(&TimelineBucket) -> bool,
) -> Option<u64> {
    let index = paced.timeline.iter().rposition(matches)?;
    Some((index as u64 + 1) * paced.bucket_ms)
}
