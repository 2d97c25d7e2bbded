//! Checks messages of runners against values that the driver knows or computes itself.

mod error;

use bakeoff_protocol::message::Hello;
use bakeoff_protocol::trial::Violation;
use bakeoff_protocol::{
    Bound, Capacity, Load, Meter, PROTOCOL_VERSION, Properties, TrialReport, TrialSpec,
};

pub use error::InvalidReport;

/// Expected results of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedResults {
    /// Number of requests in one pass.
    pub requests: u64,
    /// Number of reads in one pass.
    pub reads: u64,
    /// True if the window may be replayed several times.
    pub window_may_repeat: bool,
    /// Upper bound of the hits of any cache with this capacity, if known.
    pub max_hits: Option<u64>,
    /// Checksum of correct answers; `None` for concurrent requests.
    pub checksum: Option<u64>,
}

/// Verifies the `hello` message of a runner; `None` as `tree` accepts any tree.
///
/// # Errors
/// The first [`InvalidReport`].
pub fn hello(hello: &Hello, strategy: &str, tree: Option<&str>) -> Result<(), InvalidReport> {
    let workload = bakeoff_workload::compiled::VERSION;
    version("runner protocol", hello.protocol, PROTOCOL_VERSION)?;
    version("compiled workload", hello.workload, workload)?;
    if hello.strategy != strategy {
        let (reported, expected) = (hello.strategy.clone(), strategy.to_owned());
        return Err(InvalidReport::OtherStrategy { reported, expected });
    }
    match tree {
        Some(tree) if hello.tree != tree => Err(InvalidReport::OtherTree {
            reported: hello.tree.clone(),
            expected: tree.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn version(what: &'static str, [from, to]: [u32; 2], ours: u32) -> Result<(), InvalidReport> {
    if (from..=to).contains(&ours) {
        Ok(())
    } else {
        Err(InvalidReport::Version { what, from, to, ours })
    }
}

/// Verifies the report of a trial.
///
/// # Errors
/// The first [`InvalidReport`].
pub fn report(
    report: &TrialReport,
    spec: &TrialSpec,
    properties: &Properties,
    expected: &ExpectedResults,
) -> Result<(), InvalidReport> {
    let counts = &report.counts;
    let violation = || report.first_violation.as_ref().map(Violation::to_string);
    verify_counts(report, expected)?;
    verify_rate_steps(report, spec)?;
    if report.meter.meter() != spec.meter {
        let meter = report.meter.meter();
        let what = format!("the report contains figures of {meter}, expected {}", spec.meter);
        return Err(InvalidReport::Impossible(what));
    }
    if counts.wrong_answers > 0 {
        let (wrong, reads) = (counts.wrong_answers, counts.reads);
        return Err(InvalidReport::Wrong { wrong, reads, violation: violation() });
    }
    if counts.errors > 0 {
        let (errors, requests) = (counts.errors, counts.requests);
        return Err(InvalidReport::Errors { errors, requests, violation: violation() });
    }
    if properties.fresh && spec.has_ordered_keys() && counts.stale_answers > 0 {
        let (stale, reads) = (counts.stale_answers, counts.reads);
        return Err(InvalidReport::Stale { stale, reads, violation: violation() });
    }
    if let (Some(most), Meter::HitRatio, true) =
        (expected.max_hits, spec.meter, spec.load == Load::ONE)
        && counts.hits > most
    {
        let hits = counts.hits;
        let what = format!(
            "the report counts {hits} hits, but no cache of this capacity can have more than {most}"
        );
        return Err(InvalidReport::Impossible(what));
    }
    if let (Some(right), true) =
        (expected.checksum, spec.has_ordered_keys() && counts.stale_answers == 0)
    {
        checksum(&report.answers_checksum, right)?;
    }
    match (spec.capacity, properties.bound) {
        (Capacity::Entries(room), Bound::Entries | Bound::EntriesOrBytes)
            if report.entries_held > room.saturating_add(properties.capacity_overshoot) =>
        {
            Err(InvalidReport::OverCapacity {
                held: report.entries_held,
                capacity: room,
                overshoot: properties.capacity_overshoot,
            })
        }
        _ => Ok(()),
    }
}

/// Verifies the report of a paced replay, which may contain errors and stale answers.
///
/// # Errors
/// [`InvalidReport::Wrong`].
pub fn paced_report(report: &TrialReport) -> Result<(), InvalidReport> {
    let counts = &report.counts;
    if counts.wrong_answers == 0 {
        return Ok(());
    }
    Err(InvalidReport::Wrong {
        wrong: counts.wrong_answers,
        reads: counts.reads,
        violation: report.first_violation.as_ref().map(Violation::to_string),
    })
}

/// Checks that the counts are consistent.
fn verify_counts(report: &TrialReport, expected: &ExpectedResults) -> Result<(), InvalidReport> {
    let counts = &report.counts;
    let wrong = |what: String| Err(InvalidReport::Impossible(what));
    let passes = if expected.window_may_repeat { report.passes.max(1) } else { 1 };
    let (requests, reads) = (expected.requests * passes, expected.reads * passes);
    if (counts.requests, counts.reads) != (requests, reads) {
        return wrong(format!(
            "the report counts {} requests with {} reads, expected {requests} with {reads}",
            counts.requests, counts.reads
        ));
    }
    if counts.hits.checked_add(counts.misses) != Some(counts.reads) {
        return wrong(format!(
            "the report counts {} hits and {} misses, which do not add up to {} reads",
            counts.hits, counts.misses, counts.reads
        ));
    }
    Ok(())
}

/// Checks that the measured rates are the first of the requested ones, in order.
fn verify_rate_steps(report: &TrialReport, spec: &TrialSpec) -> Result<(), InvalidReport> {
    let steps = report.meter.rate_steps();
    let measured = steps.iter().map(|step| (step.requests_per_second, step.requests));
    let requested = spec.rate_steps.iter().map(|step| (step.requests_per_second, step.requests));
    if measured.eq(requested.take(steps.len())) && steps.is_empty() == spec.rate_steps.is_empty() {
        return Ok(());
    }
    let rates: Vec<String> =
        steps.iter().map(|step| step.requests_per_second.to_string()).collect();
    let what = format!("the report contains other rates than requested: {}", rates.join(", "));
    Err(InvalidReport::Impossible(what))
}

fn checksum(reported: &str, right: u64) -> Result<(), InvalidReport> {
    let digits = reported.strip_prefix("0x").unwrap_or(reported);
    if u64::from_str_radix(digits, 16) == Ok(right) {
        Ok(())
    } else {
        Err(InvalidReport::Checksum {
            reported: reported.to_owned(),
            expected: format!("{right:016x}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::trial::{Counts, MeterReport, ReplayClock, Violation};

    use super::*;

    fn properties() -> Properties {
        Properties { bound: Bound::Entries, ..Properties::LOCAL }
    }

    fn honest() -> TrialReport {
        TrialReport {
            counts: Counts { requests: 100, reads: 90, hits: 50, misses: 40, ..Counts::default() },
            entries_held: 10,
            answers_checksum: String::from("00000000000000ff"),
            passes: 1,
            meter: MeterReport::HitRatio {
                after_warmup: Counts::default(),
                clock: ReplayClock::default(),
            },
            ..TrialReport::default()
        }
    }

    fn verify(found: &TrialReport, load: Load) -> Result<(), InvalidReport> {
        let expected = ExpectedResults {
            requests: 100,
            reads: 90,
            window_may_repeat: false,
            max_hits: Some(60),
            checksum: Some(255),
        };
        let names = ("lru", "s", "w");
        let spec = TrialSpec::new(names, Meter::HitRatio, Capacity::Entries(10), load, 1);
        report(found, &spec, &properties(), &expected)
    }

    fn changed(change: impl FnOnce(&mut TrialReport)) -> Result<(), InvalidReport> {
        let mut changed = honest();
        change(&mut changed);
        verify(&changed, Load::ONE)
    }

    #[test]
    fn a_correct_report_is_accepted() {
        assert_eq!(verify(&honest(), Load::ONE), Ok(()));
    }

    #[test]
    fn every_false_report_is_rejected() {
        let wrong = changed(|r| {
            r.counts.wrong_answers = 1;
            r.first_violation = Some(Violation { request: 7, what: String::from("another key") });
        });
        assert!(wrong.unwrap_err().to_string().contains("request 7: another key"));
        assert!(matches!(
            changed(|r| r.counts.stale_answers = 1),
            Err(InvalidReport::Stale { .. })
        ));
        assert!(matches!(changed(|r| r.counts.errors = 1), Err(InvalidReport::Errors { .. })));
        assert!(matches!(
            changed(|r| (r.counts.hits, r.counts.misses) = (61, 29)),
            Err(InvalidReport::Impossible(_))
        ));
        assert!(matches!(changed(|r| r.counts.misses = 0), Err(InvalidReport::Impossible(_))));
        assert!(matches!(changed(|r| r.counts.reads = 89), Err(InvalidReport::Impossible(_))));
        assert!(matches!(
            changed(|r| r.answers_checksum = String::from("fe")),
            Err(InvalidReport::Checksum { .. })
        ));
        assert!(matches!(
            changed(|r| r.answers_checksum = String::from("garbage")),
            Err(InvalidReport::Checksum { .. })
        ));
        assert!(matches!(
            changed(|r| r.entries_held = 11),
            Err(InvalidReport::OverCapacity { .. })
        ));
    }

    #[test]
    fn checksum_and_stale_answers_are_not_verified_for_concurrent_requests() {
        let mut report = honest();
        report.answers_checksum = String::from("1");
        report.counts.stale_answers = 2;
        assert_eq!(verify(&report, Load { in_flight: 8, ..Load::ONE }), Ok(()));
    }

    fn greeting() -> Hello {
        Hello {
            strategy: String::from("lru"),
            version: String::new(),
            protocol: [PROTOCOL_VERSION; 2],
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
        assert!(matches!(
            hello(&greeting(), "lru", Some("u")),
            Err(InvalidReport::OtherTree { .. })
        ));
        assert!(matches!(
            hello(&greeting(), "dict", None),
            Err(InvalidReport::OtherStrategy { .. })
        ));
        let old = Hello { protocol: [7, 9], ..greeting() };
        assert!(matches!(hello(&old, "lru", None), Err(InvalidReport::Version { .. })));
    }
}
