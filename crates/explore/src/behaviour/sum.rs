//! One report of several instances and lives.

use bakeoff_protocol::TrialReport;
use bakeoff_protocol::trial::Counts;

/// Adds up what all instances found. Times are those of the longest, memory that of the largest.
pub(super) fn of(reports: &[TrialReport]) -> TrialReport {
    let mut sum = TrialReport::default();
    for report in reports {
        add_counts(&mut sum.counts, &report.counts);
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

fn add_counts(sum: &mut Counts, more: &Counts) {
    sum.requests += more.requests;
    sum.reads += more.reads;
    sum.writes += more.writes;
    sum.deletes += more.deletes;
    sum.hits += more.hits;
    sum.misses += more.misses;
    if sum.hits_by_tier.len() < more.hits_by_tier.len() {
        sum.hits_by_tier.resize(more.hits_by_tier.len(), 0);
    }
    for (sum, more) in sum.hits_by_tier.iter_mut().zip(&more.hits_by_tier) {
        *sum += more;
    }
    sum.loads += more.loads;
    sum.joined += more.joined;
    sum.stale_answers += more.stale_answers;
    sum.wrong_answers += more.wrong_answers;
    sum.errors += more.errors;
    sum.read_bytes += more.read_bytes;
    sum.hit_bytes += more.hit_bytes;
}

#[cfg(test)]
mod tests {
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
