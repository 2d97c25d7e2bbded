//! Capacities and numbers of requests of a scenario, from which its cells follow.

use bakeoff_protocol::{Bound, Capacity, Load, Meter, TrialSpec, exploration};

/// Record of a scenario, with numbers that the schedule needs in addition.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioPlan {
    /// Record of the scenario.
    pub record: exploration::Scenario,
    /// Requests replayed before measuring, for strategies with a service.
    pub service_warmup_requests: u64,
    /// Requests per second of the virtual clock, for a workload without timestamps.
    pub requests_per_second: f64,
}

impl ScenarioPlan {
    /// Returns the name of the scenario.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// Creates the trial spec of an untimed replay of the whole workload. A hit-ratio replay runs
    /// on a virtual clock.
    #[must_use]
    pub fn trial_spec(
        &self,
        variant: &str,
        meter: Meter,
        (capacity, load): (Capacity, Load),
        seed: u64,
    ) -> TrialSpec {
        let names = (variant, self.record.name.as_str(), self.record.workload.as_str());
        TrialSpec {
            virtual_rate: (meter == Meter::HitRatio).then_some(self.requests_per_second),
            ..TrialSpec::new(names, meter, capacity, load, seed)
        }
    }

    /// Returns the capacities at which exact hit ratios are measured: one for unbounded strategies.
    #[must_use]
    pub fn exact_capacities(&self, bound: Bound, needs_service: bool) -> Vec<Capacity> {
        match (bound.is_bounded(), needs_service) {
            (false, _) => vec![Capacity::Unbounded],
            (true, true) => self.record.service_capacities.clone(),
            (true, false) => self.record.capacities.clone(),
        }
    }

    /// Returns the capacity of the timed trials; unbounded for a strategy without a limit.
    #[must_use]
    pub fn timed_capacity(&self, bound: Bound) -> Capacity {
        if bound.is_bounded() { self.record.timed_capacity } else { Capacity::Unbounded }
    }

    /// Returns the capacities for measuring memory: the smallest, the timed and the next larger one.
    ///
    /// Memory is not measured at even larger capacities, because they could exceed the memory
    /// budget.
    #[must_use]
    pub fn memory_capacities(&self, bound: Bound) -> Vec<Capacity> {
        let timed = self.timed_capacity(bound);
        let capacities = &self.record.service_capacities;
        let around = smaller(capacities, timed).into_iter().chain([timed]);
        around.chain(larger(capacities, timed)).collect()
    }

    /// Returns the number of requests in the measured window.
    #[must_use]
    pub const fn window_length(&self, needs_service: bool) -> u64 {
        if needs_service {
            self.record.service_window_requests
        } else {
            self.record.window_requests
        }
    }

    /// Returns the number of requests replayed before measuring.
    #[must_use]
    pub const fn warmup(&self, needs_service: bool) -> u64 {
        if needs_service { self.service_warmup_requests } else { self.record.warmup_requests }
    }
}

/// Returns the first of ascending capacities if it is smaller than `than`, in the same unit.
fn smaller(capacities: &[Capacity], than: Capacity) -> Option<Capacity> {
    capacities.first().copied().filter(|&first| is_smaller(first, than))
}

/// Returns the first of ascending capacities that is larger than `than`, in the same unit.
fn larger(capacities: &[Capacity], than: Capacity) -> Option<Capacity> {
    capacities.iter().copied().find(|&capacity| is_smaller(than, capacity))
}

fn is_smaller(one: Capacity, other: Capacity) -> bool {
    match (one, other) {
        (Capacity::Entries(one), Capacity::Entries(other))
        | (Capacity::Bytes(one), Capacity::Bytes(other)) => one < other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_and_larger_capacities_have_the_same_unit() {
        let entries = [5, 9].map(Capacity::Entries);
        assert_eq!(smaller(&entries, Capacity::Entries(9)), Some(Capacity::Entries(5)));
        assert_eq!(smaller(&entries, Capacity::Entries(5)), None);
        assert_eq!(smaller(&entries, Capacity::Bytes(900)), None);
        assert_eq!(smaller(&entries, Capacity::Unbounded), None);
        assert_eq!(smaller(&[], Capacity::Entries(5)), None);
        assert_eq!(larger(&entries, Capacity::Entries(5)), Some(Capacity::Entries(9)));
        assert_eq!(larger(&entries, Capacity::Entries(9)), None);
        assert_eq!(larger(&entries, Capacity::Bytes(5)), None);
    }
}
