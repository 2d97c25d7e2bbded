//! Holds what a runner says against what the driver knows by itself.

use bakeoff_protocol::message::{Bound, Hello, Properties};
use bakeoff_protocol::{Capacity, Load, Meter, PROTOCOL_VERSION, TrialReport};

/// A statement of a runner that cannot be true, or that disqualifies it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// It was not built from the tree that is measured.
    #[error("the runner says it was built from tree {said:?}; this variant is tree {expected:?}")]
    OtherTree {
        /// What it said.
        said: String,
        /// What it should be.
        expected: String,
    },
    /// It is another strategy's runner.
    #[error("the runner says that it is the strategy {said:?}; {expected:?} was started")]
    OtherStrategy {
        /// What it said.
        said: String,
        /// What it should be.
        expected: String,
    },
    /// It speaks another protocol, or reads another layout.
    #[error("the runner reads versions {from} to {to} of the {what}; this driver has {ours}")]
    Version {
        /// Protocol or workload.
        what: &'static str,
        /// First version.
        from: u32,
        /// Last version.
        to: u32,
        /// Our version.
        ours: u32,
    },
    /// Requests failed.
    #[error("{errors} of {requests} requests failed{}", first(offence))]
    Errors {
        /// Failed requests.
        errors: u64,
        /// All requests.
        requests: u64,
        /// The first one.
        offence: Option<String>,
    },
    /// Wrong answers, as the runner itself counted them.
    #[error("{wrong} of {reads} answers were wrong{}", first(offence))]
    Wrong {
        /// Wrong answers.
        wrong: u64,
        /// Reads.
        reads: u64,
        /// The first one.
        offence: Option<String>,
    },
    /// Old answers of a strategy that promises fresh ones.
    #[error(
        "{stale} of {reads} answers were stale, and the strategy declares fresh ones{}",
        first(offence)
    )]
    Stale {
        /// Stale answers.
        stale: u64,
        /// Reads.
        reads: u64,
        /// The first one.
        offence: Option<String>,
    },
    /// The answers are not those that this workload has.
    #[error("the answers' checksum is {said}; this workload's is {expected}")]
    Checksum {
        /// What it said.
        said: String,
        /// What it should be.
        expected: String,
    },
    /// Counts that do not add up, or that no cache can reach.
    #[error("{0}")]
    Impossible(String),
    /// More entries than there is room for.
    #[error("it holds {held} entries, and its capacity is {capacity}")]
    OverCapacity {
        /// Entries held at the end, settled.
        held: u64,
        /// The capacity.
        capacity: u64,
    },
}

fn first(offence: &Option<String>) -> String {
    offence.as_ref().map(|offence| format!("; the first: {offence}")).unwrap_or_default()
}

impl Violation {
    /// The stable word of a failure.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OtherTree { .. } | Self::OtherStrategy { .. } | Self::Version { .. } => {
                "protocol"
            }
            Self::Errors { .. } => "strategy",
            Self::Wrong { .. }
            | Self::Stale { .. }
            | Self::Checksum { .. }
            | Self::Impossible(_)
            | Self::OverCapacity { .. } => "wrong-answers",
        }
    }

    /// What its user can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OtherTree { .. } | Self::OtherStrategy { .. } => {
                "drop the built runners with `bakeoff cleanup --cache` and run again"
            }
            Self::Version { .. } => "build the runner from a ref that has this version",
            Self::Errors { .. } => "the log and the strategy's own error say why",
            Self::OverCapacity { .. } => {
                "evict before the capacity is exceeded, at the latest in settle()"
            }
            _ => "`bakeoff check STRATEGY` may show the rule that is broken",
        }
    }
}

/// What the driver knows of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Requests and reads of one pass.
    pub requests: u64,
    /// Reads among them.
    pub reads: u64,
    /// Whether the section may be gone through several times.
    pub passes: bool,
    /// Hits that no cache of this capacity can exceed.
    pub most_hits: Option<u64>,
    /// The checksum of right answers, where one request at a time makes it known.
    pub checksum: Option<u64>,
}

/// Holds a greeting against what was started. `tree` is absent for a runner that the driver did
/// not build.
///
/// # Errors
/// The first [`Violation`].
pub fn hello(hello: &Hello, strategy: &str, tree: Option<&str>) -> Result<(), Violation> {
    let workload = bakeoff_workload::compiled::VERSION;
    version("runner protocol", hello.protocol, PROTOCOL_VERSION)?;
    version("compiled workload", hello.workload, workload)?;
    if hello.strategy != strategy {
        let (said, expected) = (hello.strategy.clone(), strategy.to_owned());
        return Err(Violation::OtherStrategy { said, expected });
    }
    match tree {
        Some(tree) if hello.tree != tree => {
            Err(Violation::OtherTree { said: hello.tree.clone(), expected: tree.to_owned() })
        }
        _ => Ok(()),
    }
}

fn version(what: &'static str, [from, to]: [u32; 2], ours: u32) -> Result<(), Violation> {
    if (from..=to).contains(&ours) {
        Ok(())
    } else {
        Err(Violation::Version { what, from, to, ours })
    }
}

/// Holds a trial's report against what the driver knows.
///
/// # Errors
/// The first [`Violation`].
pub fn report(
    report: &TrialReport,
    meter: Meter,
    capacity: Capacity,
    load: Load,
    properties: &Properties,
    expected: &Expected,
) -> Result<(), Violation> {
    let counts = &report.counts;
    let offence = || {
        report.offence.as_ref().map(|first| format!("request {}: {}", first.request, first.what))
    };
    sums(report, expected)?;
    if counts.wrong_answers > 0 {
        let (wrong, reads) = (counts.wrong_answers, counts.reads);
        return Err(Violation::Wrong { wrong, reads, offence: offence() });
    }
    if counts.errors > 0 {
        let (errors, requests) = (counts.errors, counts.requests);
        return Err(Violation::Errors { errors, requests, offence: offence() });
    }
    if properties.fresh && load == Load::ONE && counts.stale_answers > 0 {
        let (stale, reads) = (counts.stale_answers, counts.reads);
        return Err(Violation::Stale { stale, reads, offence: offence() });
    }
    if let (Some(most), Meter::HitRatio, true) = (expected.most_hits, meter, load == Load::ONE)
        && counts.hits > most
    {
        let hits = counts.hits;
        let what = format!(
            "it counts {hits} hits where no cache of its capacity can have more than {most}"
        );
        return Err(Violation::Impossible(what));
    }
    if let (Some(right), true) = (expected.checksum, load == Load::ONE && counts.stale_answers == 0)
    {
        checksum(&report.answers_checksum, right)?;
    }
    match (capacity, properties.bound) {
        (Capacity::Entries(room), Bound::Entries | Bound::EntriesOrBytes)
            if report.entries_held > room =>
        {
            Err(Violation::OverCapacity { held: report.entries_held, capacity: room })
        }
        _ => Ok(()),
    }
}

/// Holds the report of a paced replay against what the driver knows: errors and stale answers are
/// figures there, wrong answers are not.
///
/// # Errors
/// [`Violation::Wrong`].
pub fn behaviour(report: &TrialReport) -> Result<(), Violation> {
    let counts = &report.counts;
    if counts.wrong_answers == 0 {
        return Ok(());
    }
    let offence = report.offence.as_ref();
    Err(Violation::Wrong {
        wrong: counts.wrong_answers,
        reads: counts.reads,
        offence: offence.map(|first| format!("request {}: {}", first.request, first.what)),
    })
}

/// Whether the counts add up.
fn sums(report: &TrialReport, expected: &Expected) -> Result<(), Violation> {
    let counts = &report.counts;
    let wrong = |what: String| Err(Violation::Impossible(what));
    let passes = if expected.passes { report.passes.max(1) } else { 1 };
    let (requests, reads) = (expected.requests * passes, expected.reads * passes);
    if (counts.requests, counts.reads) != (requests, reads) {
        return wrong(format!(
            "it counts {} requests with {} reads where the workload has {requests} with {reads}",
            counts.requests, counts.reads
        ));
    }
    if counts.hits.checked_add(counts.misses) != Some(counts.reads) {
        return wrong(format!(
            "{} hits and {} misses are not {} reads",
            counts.hits, counts.misses, counts.reads
        ));
    }
    Ok(())
}

fn checksum(said: &str, right: u64) -> Result<(), Violation> {
    let digits = said.strip_prefix("0x").unwrap_or(said);
    if u64::from_str_radix(digits, 16) == Ok(right) {
        Ok(())
    } else {
        Err(Violation::Checksum { said: said.to_owned(), expected: format!("{right:016x}") })
    }
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::trial::{Counts, Offence};

    use super::*;

    fn properties() -> Properties {
        Properties {
            bound: Bound::Entries,
            shared: false,
            persistent: false,
            ttl: false,
            thread_safe: true,
            fresh: true,
            lossy: false,
            evicts: String::from("least recently used"),
        }
    }

    fn honest() -> TrialReport {
        TrialReport {
            counts: Counts { requests: 100, reads: 90, hits: 50, misses: 40, ..Counts::default() },
            entries_held: 10,
            answers_checksum: String::from("00000000000000ff"),
            passes: 1,
            ..TrialReport::default()
        }
    }

    fn held_against(found: &TrialReport, load: Load) -> Result<(), Violation> {
        let expected = Expected {
            requests: 100,
            reads: 90,
            passes: false,
            most_hits: Some(60),
            checksum: Some(255),
        };
        report(found, Meter::HitRatio, Capacity::Entries(10), load, &properties(), &expected)
    }

    fn changed(change: impl FnOnce(&mut TrialReport)) -> Result<(), Violation> {
        let mut lie = honest();
        change(&mut lie);
        held_against(&lie, Load::ONE)
    }

    #[test]
    fn an_honest_report_passes() {
        assert_eq!(held_against(&honest(), Load::ONE), Ok(()));
    }

    #[test]
    fn every_lie_is_seen() {
        let wrong = changed(|r| {
            r.counts.wrong_answers = 1;
            r.offence = Some(Offence { request: 7, what: String::from("another key") });
        });
        assert!(wrong.unwrap_err().to_string().contains("request 7: another key"));
        assert!(matches!(changed(|r| r.counts.stale_answers = 1), Err(Violation::Stale { .. })));
        assert!(matches!(changed(|r| r.counts.errors = 1), Err(Violation::Errors { .. })));
        assert!(matches!(
            changed(|r| (r.counts.hits, r.counts.misses) = (61, 29)),
            Err(Violation::Impossible(_))
        ));
        assert!(matches!(changed(|r| r.counts.misses = 0), Err(Violation::Impossible(_))));
        assert!(matches!(changed(|r| r.counts.reads = 89), Err(Violation::Impossible(_))));
        assert!(matches!(
            changed(|r| r.answers_checksum = String::from("fe")),
            Err(Violation::Checksum { .. })
        ));
        assert!(matches!(
            changed(|r| r.answers_checksum = String::from("garbage")),
            Err(Violation::Checksum { .. })
        ));
        assert!(matches!(changed(|r| r.entries_held = 11), Err(Violation::OverCapacity { .. })));
    }

    #[test]
    fn with_more_in_flight_order_is_not_known() {
        let mut report = honest();
        report.answers_checksum = String::from("1");
        report.counts.stale_answers = 2;
        assert_eq!(held_against(&report, Load { in_flight: 8, ..Load::ONE }), Ok(()));
    }

    fn greeting() -> Hello {
        Hello {
            strategy: String::from("lru"),
            version: String::new(),
            protocol: [1, 1],
            workload: [1, 1],
            tree: String::from("t"),
            properties: properties(),
            meters: Vec::new(),
            workers: true,
            in_flight: false,
        }
    }

    #[test]
    fn a_runner_of_another_tree_or_version_is_refused() {
        assert_eq!(hello(&greeting(), "lru", Some("t")), Ok(()));
        assert_eq!(hello(&greeting(), "lru", None), Ok(()));
        assert!(matches!(hello(&greeting(), "lru", Some("u")), Err(Violation::OtherTree { .. })));
        assert!(matches!(hello(&greeting(), "dict", None), Err(Violation::OtherStrategy { .. })));
        let old = Hello { protocol: [7, 9], ..greeting() };
        assert!(matches!(hello(&old, "lru", None), Err(Violation::Version { .. })));
    }
}
