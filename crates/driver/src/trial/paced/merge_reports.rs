//! Merges the reports of several instances.

use bakeoff_protocol::TrialReport;
use bakeoff_protocol::trial::MeterReport;

/// Merges the reports of all instances.
///
/// Adds counts and processor time; takes the maximum of elapsed time, entries and memory.
pub(super) fn merge(reports: &[TrialReport]) -> TrialReport {
    let mut sum = TrialReport::default();
    for report in reports {
        sum.counts.add(&report.counts);
        sum.elapsed_ns = sum.elapsed_ns.max(report.elapsed_ns);
        sum.cpu_ns += report.cpu_ns;
        sum.passes = 1;
        sum.entries_held = sum.entries_held.max(report.entries_held);
        sum.peak_rss_bytes = sum.peak_rss_bytes.max(report.peak_rss_bytes);
        sum.answers_checksum.clone_from(&report.answers_checksum);
        if sum.first_violation.is_none() {
            sum.first_violation.clone_from(&report.first_violation);
        }
        match (&mut sum.meter, &report.meter) {
            (MeterReport::Paced(sum), MeterReport::Paced(other)) => sum.add(other),
            (first, other) => first.clone_from(other),
        }
    }
    if let MeterReport::Paced(outcome) = &mut sum.meter {
        outcome.users.recovery_ms = outcome.recovery_ms();
    }
    sum
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::trial::Counts;

    use super::*;

    #[test]
    fn counts_are_added_over_instances() {
        let report = |hits, entries_held| TrialReport {
            counts: Counts { requests: 10, hits, hits_by_tier: vec![hits], ..Counts::default() },
            entries_held,
            ..TrialReport::default()
        };
        let sum = merge(&[report(3, 7), report(4, 5)]);
        assert_eq!((sum.counts.requests, sum.counts.hits, sum.entries_held), (20, 7, 7));
        assert_eq!(sum.counts.hits_by_tier, [7]);
    }
}
