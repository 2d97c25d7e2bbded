//! What users and the origin saw of paced replays: one table a scenario that has them.

use bakeoff_protocol::paced::outcome::{AppliedEvent, PacedOutcome, TimelineBucket};
use serde::Serialize;

use crate::tables::NOTHING;
use bakeoff_analysis::figures::{Report, Row, ScenarioFigures};
use bakeoff_analysis::number::{count, duration, percent};
use bakeoff_analysis::words::listed;

/// The table of one scenario.
#[derive(Serialize)]
pub struct Seen<'a> {
    scenario: &'a str,
    /// What clock it ran by.
    pub caption: String,
    /// A row for each variant.
    pub rows: Vec<SeenRow<'a>>,
}

/// What one variant's users and origin saw.
#[derive(Serialize)]
pub struct SeenRow<'a> {
    place: usize,
    /// The variant.
    pub variant: &'a str,
    /// Under [`HEAD`].
    pub cells: Vec<String>,
}

/// Heads of the columns after the variant: freshness, origin, users, writes, recovery.
pub const HEAD: [&str; 11] = [
    "stale answers",
    "out of date for (p99)",
    "origin loads",
    "for nothing",
    "stampede factor",
    "most at the origin at once",
    "p99 to an answer",
    "slow",
    "failed or not served",
    "lost writes",
    "recovered after",
];

/// The tables of all scenarios that have such figures.
pub fn seen(report: &Report) -> Vec<Seen<'_>> {
    report.scenarios.iter().filter_map(of_scenario).collect()
}

/// The table of one scenario, if it has such figures.
pub fn of_scenario(of: &ScenarioFigures) -> Option<Seen<'_>> {
    let found = of.rows.iter().filter_map(|row| Some((row, row.behaviour.as_deref()?)));
    let rows: Vec<SeenRow<'_>> = found.clone().map(|(row, seen)| told(row, seen)).collect();
    let (virtually, really): (Vec<_>, Vec<_>) = found.partition(|(_, seen)| seen.virtual_clock);
    let names = |of: &[(&Row, &PacedOutcome)]| {
        listed(&of.iter().map(|(row, _)| row.variant.as_str()).collect::<Vec<_>>())
    };
    let caption = match (virtually.as_slice(), really.as_slice()) {
        ([], []) => return None,
        (_, []) => {
            "Replayed on a virtual clock: exact, and nothing of it is the machine's.".to_owned()
        }
        ([], _) => {
            "Replayed on the machine's clock, at the pace that the scenario sets.".to_owned()
        }
        (exact, others) => format!(
            "Replayed on a virtual clock, exact, and nothing of it is the machine's: {}. On the \
             machine's clock, at the pace that the scenario sets, since they need more than the \
             process: {}.",
            names(exact),
            names(others),
        ),
    };
    Some(Seen { scenario: &of.scenario.name, caption, rows })
}

fn told<'a>(row: &'a Row, seen: &PacedOutcome) -> SeenRow<'a> {
    let time = |ms: Option<f64>| ms.map_or_else(|| NOTHING.to_owned(), |ms| duration(ms / 1e3));
    let (users, origin) = (&seen.users, &seen.origin);
    let all = Budget::whole(seen);
    let cells = vec![
        percent(seen.stale_share()),
        time(seen.freshness.age.quantile_ms(0.99)),
        count(origin.loads),
        count(origin.redundant_loads),
        count(origin.stampede_factor),
        count(origin.peak_concurrency),
        time(users.latency.quantile_ms(0.99)),
        percent(all.slow),
        percent(all.failed + all.unserved),
        count(seen.lost.writes),
        time(users.recovery_ms.map(|ms| ms as f64)),
    ];
    SeenRow { place: row.place, variant: &row.variant, cells }
}

/// What an outage cost its users: shares of the requests that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Failed.
    pub failed: f64,
    /// Answered late.
    pub slow: f64,
    /// Taken by nobody.
    pub unserved: f64,
}

impl Budget {
    /// Over the whole replay.
    #[must_use]
    pub fn whole(seen: &PacedOutcome) -> Self {
        let users = &seen.users;
        Self::of(users.requests, [users.errors, users.slow, users.unserved])
    }

    /// Over the moments in which an event that lasts, and is asked for, was under way; `None`
    /// where there was none.
    #[must_use]
    pub fn within(seen: &PacedOutcome, asked: impl Fn(&AppliedEvent) -> bool) -> Option<Self> {
        let marks = seen.events.iter().filter(|event| asked(event));
        let windows: Vec<(u64, u64)> =
            marks.filter_map(|event| Some((event.at_ms, event.until_ms?))).collect();
        let under_way = |&(place, _): &(usize, &TimelineBucket)| {
            let begin = place as u64 * seen.bucket_ms;
            windows.iter().any(|&(at, until)| begin < until && begin + seen.bucket_ms > at)
        };
        let (mut requests, mut parts) = (0, [0; 3]);
        for (_, moment) in seen.timeline.iter().enumerate().filter(under_way) {
            requests += moment.requests;
            let counted = [moment.errors, moment.slow, moment.unserved];
            parts.iter_mut().zip(counted).for_each(|(sum, more)| *sum += more);
        }
        (!windows.is_empty()).then(|| Self::of(requests, parts))
    }

    /// Of those that somebody took, and those of nobody beside them.
    fn of(requests: u64, [failed, slow, unserved]: [u64; 3]) -> Self {
        let due = (requests + unserved).max(1) as f64;
        let share = |part: u64| part as f64 / due;
        Self { failed: share(failed), slow: share(slow), unserved: share(unserved) }
    }

    /// End of the last moment in which a request failed or was taken by nobody.
    #[must_use]
    pub fn last_failure_ms(seen: &PacedOutcome) -> Option<u64> {
        last(seen, |moment| moment.errors + moment.unserved > 0)
    }
}

/// End of the last moment in which an answer was old.
#[must_use]
pub fn ended_stale_ms(seen: &PacedOutcome) -> Option<u64> {
    last(seen, |moment| moment.stale > 0)
}

fn last(seen: &PacedOutcome, such: impl Fn(&TimelineBucket) -> bool) -> Option<u64> {
    let place = seen.timeline.iter().rposition(such)?;
    Some((place as u64 + 1) * seen.bucket_ms)
}

/// Instances that took part; at least 1.
#[must_use]
pub fn instances(seen: &PacedOutcome) -> u64 {
    seen.instances.len().max(1) as u64
}
