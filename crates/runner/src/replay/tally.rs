//! Counts that one worker collects during a replay.

use bakeoff_protocol::trial::{Counts, TenantCounts, add_by_tenant};

/// Numbers of requests and outcomes, which a replay loop can keep in registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestCounts {
    pub(crate) requests: u64,
    pub(crate) writes: u64,
    pub(crate) deletes: u64,
    pub(crate) hits: u64,
    pub(crate) joined: u64,
    pub(crate) loads: u64,
    pub(crate) stale: u64,
    pub(crate) wrong: u64,
    pub(crate) errors: u64,
    pub(crate) read_bytes: u64,
    pub(crate) hit_bytes: u64,
    pub(crate) checksum: u64,
}

impl RequestCounts {
    fn reads(&self) -> u64 {
        self.requests - self.writes - self.deletes
    }
}

/// All counts of a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sums: RequestCounts,
    pub(crate) tiers: LowerTierHits,
    /// Counts by tenant; empty unless tenants are counted separately.
    pub(crate) tenants: Vec<TenantCounts>,
}

/// Numbers of hits in all tiers except the nearest. They are separate because most strategies have
/// one tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LowerTierHits(Vec<u64>);

impl LowerTierHits {
    /// Counts a hit in a tier other than the nearest, whose number is 0.
    #[cold]
    pub(crate) fn count(&mut self, tier: u8) {
        let index = usize::from(tier) - 1;
        if self.0.len() <= index {
            self.0.resize(index + 1, 0);
        }
        self.0[index] += 1;
    }

    fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (sum, hits) in self.0.iter_mut().zip(&other.0) {
            *sum += hits;
        }
    }
}

impl Tally {
    /// Adds the reads and hits since `before` to the counts of a tenant.
    pub(crate) fn add_to_tenant(&mut self, tenant: u16, before: RequestCounts) {
        let index = usize::from(tenant);
        if self.tenants.len() <= index {
            self.tenants.resize(index + 1, TenantCounts::default());
        }
        self.tenants[index].reads += self.sums.reads() - before.reads();
        self.tenants[index].hits += self.sums.hits - before.hits;
    }

    /// Adds the counts of another worker.
    pub(crate) fn add(&mut self, other: &Self) {
        let (sums, more) = (&mut self.sums, &other.sums);
        sums.requests += more.requests;
        sums.writes += more.writes;
        sums.deletes += more.deletes;
        sums.hits += more.hits;
        sums.joined += more.joined;
        sums.loads += more.loads;
        sums.stale += more.stale;
        sums.wrong += more.wrong;
        sums.errors += more.errors;
        sums.read_bytes += more.read_bytes;
        sums.hit_bytes += more.hit_bytes;
        sums.checksum = sums.checksum.wrapping_add(more.checksum);
        self.tiers.add(&other.tiers);
        add_by_tenant(&mut self.tenants, &other.tenants);
    }

    /// Converts the counts to their reported form.
    ///
    /// `fixed_bytes` is the size of every value in a workload without a column of sizes; byte
    /// counts are then computed from the other counts. If the number of `tiers` is above 1, hits by
    /// tier are listed even if they are 0.
    pub(crate) fn counts(&self, fixed_bytes: Option<u32>, tiers: usize) -> Counts {
        let sums = &self.sums;
        let reads = sums.reads();
        let bytes = |count: u64, counted: u64| {
            fixed_bytes.map_or(counted, |bytes| count * u64::from(bytes))
        };
        let mut hits_by_tier = Vec::new();
        if !self.tiers.0.is_empty() || tiers > 1 {
            hits_by_tier.push(sums.hits - self.tiers.0.iter().sum::<u64>());
            hits_by_tier.extend(&self.tiers.0);
            hits_by_tier.resize(hits_by_tier.len().max(tiers), 0);
        }
        Counts {
            requests: sums.requests,
            reads,
            writes: sums.writes,
            deletes: sums.deletes,
            hits: sums.hits,
            misses: reads - sums.hits,
            hits_by_tier,
            loads: sums.loads,
            joined: sums.joined,
            stale_answers: sums.stale,
            wrong_answers: sums.wrong,
            errors: sums.errors,
            read_bytes: bytes(reads, sums.read_bytes),
            hit_bytes: bytes(sums.hits, sums.hit_bytes),
            by_tenant: self.tenants.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_add_up() {
        let mut tally = Tally::default();
        tally.sums.requests = 10;
        tally.sums.hits = 7;
        tally.tiers.count(2);
        let mut other = Tally::default();
        other.sums.requests = 2;
        other.sums.hits = 1;
        other.tiers.count(1);
        tally.add(&other);
        let counts = tally.counts(Some(5), 1);
        assert_eq!(counts.hits_by_tier, [6, 1, 1]);
        assert_eq!((counts.reads, counts.misses, counts.hit_bytes), (12, 4, 40));
    }

    #[test]
    fn reads_and_hits_are_counted_for_their_tenant() {
        let mut tally = Tally::default();
        for (tenant, writes, hits) in [(2, 0, 1), (0, 1, 0), (2, 0, 0)] {
            let before = tally.sums;
            tally.sums.requests += 1;
            tally.sums.writes += writes;
            tally.sums.hits += hits;
            tally.add_to_tenant(tenant, before);
        }
        let mut sum = tally.clone();
        sum.add(&tally);
        let counts = |reads, hits| TenantCounts { reads, hits };
        assert_eq!(sum.counts(None, 1).by_tenant, [counts(0, 0), counts(0, 0), counts(4, 2)]);
    }

    #[test]
    fn hits_by_tier_are_listed_for_several_tiers_only() {
        let tally = Tally::default();
        assert!(tally.counts(None, 1).hits_by_tier.is_empty());
        assert_eq!(tally.counts(None, 2).hits_by_tier, [0, 0]);
    }
}
