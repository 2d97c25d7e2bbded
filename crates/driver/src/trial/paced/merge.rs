//! One report of several instances and lives.

use bakeoff_protocol::TrialReport;

/// Adds up what all instances found. Times are those of the longest, memory that of the largest.
pub(super) fn of(reports: &[TrialReport]) -> TrialReport {
    let mut sum = TrialReport::default();
    for report in reports {
        sum.counts.add(&report.counts);
        sum.elapsed_ns = sum.elapsed_ns.max(report.elapsed_ns);
        sum.cpu_ns += report.cpu_ns;
        sum.passes = 1;
        sum.entries_held = sum.entries_held.max(report.entries_held);
        sum.peak_rss_bytes = sum.peak_rss_bytes.max(report.peak_rss_bytes);
        sum.answers_checksum.clone_from(&report.answers_checksum);
        if sum.offence.is_none() {
            sum.offence.clone_from(&report.offence);
        }
        match (&mut sum.behaviour, &report.behaviour) {
            (Some(sum), Some(more)) => sum.add(more),
            (none, more) => none.clone_from(more),
        }
    }
    if let Some(behaviour) = &mut sum.behaviour {
        behaviour.users.recovery_ms = behaviour.recovery_ms();
    }
    sum
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::trial::Counts;

    use super::*;

    #[test]
    fn instances_add_up() {
        let report = |hits, entries_held| TrialReport {
            counts: Counts { requests: 10, hits, hits_by_tier: vec![hits], ..Counts::default() },
            entries_held,
            ..TrialReport::default()
        };
        let sum = of(&[report(3, 7), report(4, 5)]);
        assert_eq!((sum.counts.requests, sum.counts.hits, sum.entries_held), (20, 7, 7));
        assert_eq!(sum.counts.hits_by_tier, [7]);
    }
}
