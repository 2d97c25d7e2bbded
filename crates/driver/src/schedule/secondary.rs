//! Secondary cells: latency, response time, and throughput with other numbers of workers.

use bakeoff_protocol::exploration::{RatePlan, Scenario};
use bakeoff_protocol::{Load, Meter};

use crate::schedule::capabilities::Capabilities;

/// Time limit of latency and response-time cells, as a share of the time of the throughput rounds.
pub(crate) const LATENCY_SHARE: f64 = 0.15;
/// Time limit of cells with other numbers of workers, as a share of the throughput rounds' time.
pub(crate) const SCALING_SHARE: f64 = 0.25;

/// Kind of secondary cell; every variant that supports the kind has one such cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum SecondaryCellKind {
    /// Latency in a closed loop, at the load of the throughput rounds.
    ClosedLoop,
    /// Response time in an open loop, at several rates.
    Rates,
    /// Throughput with another number of workers.
    Workers(u32),
}

/// Properties of a variant that decide what secondary cells it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(crate) capabilities: Capabilities,
    /// True if the other variants are compared with this one.
    pub(crate) baseline: bool,
    /// True if a variant of the exploration needs a service.
    pub(crate) others_need_service: bool,
}

impl SecondaryCellKind {
    /// Returns the kinds that a scenario requests on a machine with `cores` processors.
    ///
    /// Leaves out more than two workers per processor, which would only measure the operating
    /// system's scheduler.
    pub(crate) fn all(scenario: &Scenario, cores: u32) -> Vec<Self> {
        let workers = scenario.scaling.iter().copied().filter(|&workers| {
            workers != scenario.load.workers.max(1) && workers <= 2 * cores.max(1)
        });
        let has_rates = scenario.rates != RatePlan::Fixed(Vec::new());
        [Self::ClosedLoop]
            .into_iter()
            .chain(has_rates.then_some(Self::Rates))
            .chain(workers.map(Self::Workers))
            .collect()
    }

    /// Returns the meter and load for a variant; `None` if the variant has no cell of this kind.
    ///
    /// `primary` is the variant's load in the throughput rounds.
    pub(crate) fn load(
        self,
        scenario: &Scenario,
        primary: Load,
        participant: Participant,
    ) -> Option<(Meter, Load)> {
        let Participant { capabilities: can, baseline, others_need_service } = participant;
        match self {
            Self::ClosedLoop => can.latency.then_some((Meter::Latency, primary)),
            Self::Rates => {
                // A request in process takes less time than reading the clock that paces it. So by
                // default, of the variants in process only the baseline is measured.
                let wanted = match scenario.rates {
                    RatePlan::Services => can.service || (baseline && others_need_service),
                    RatePlan::All | RatePlan::Fixed(_) => true,
                };
                (can.response_time && wanted).then_some((Meter::ResponseTime, primary))
            }
            Self::Workers(workers) => {
                can.workers.then_some((Meter::Throughput, Load { workers, ..primary }))
            }
        }
    }

    /// Returns the meter of the cells of this kind.
    pub(crate) const fn meter(self) -> Meter {
        match self {
            Self::ClosedLoop => Meter::Latency,
            Self::Rates => Meter::ResponseTime,
            Self::Workers(_) => Meter::Throughput,
        }
    }

    /// Returns true if cells of this kind measure the time of single requests.
    pub(crate) const fn times_requests(self) -> bool {
        matches!(self, Self::ClosedLoop | Self::Rates)
    }
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::{Capacity, DecidingQuantity, DecidingRule};

    use super::*;
    use crate::schedule::capabilities::tests::IN_PROCESS as CAN;

    const ALONE: Participant =
        Participant { capabilities: CAN, baseline: true, others_need_service: false };

    fn scenario(rates: RatePlan, scaling: Vec<u32>) -> Scenario {
        let text = serde_json::json!({
            "name": "s", "digest": "d", "summary": "", "workload": "w", "requests": 1, "reads": 1,
            "unique_keys": 1, "capacities": [], "timed_capacity": Capacity::Unbounded,
            "question": "?", "decide": [DecidingRule::new(DecidingQuantity::MeanAccessTime)],
            "miss_cost_ns": 5e6, "timed": true, "warmup_requests": 0,
            "load": Load::ONE, "service_capacities": [],
            "window_requests": 1, "service_window_requests": 1,
            "delta": 0.01, "rates": rates, "p99_limit_ns": 1, "scaling": scaling,
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn rates_are_for_services_and_the_baseline_unless_a_scenario_requests_all() {
        let has = |rates: RatePlan, participant: Participant| {
            let scenario = scenario(rates, Vec::new());
            let kinds = SecondaryCellKind::all(&scenario, 2);
            let cell = |kind: SecondaryCellKind| kind.load(&scenario, Load::ONE, participant);
            kinds.into_iter().filter_map(cell).any(|(meter, _)| meter == Meter::ResponseTime)
        };
        let service = Capabilities { service: true, ..CAN };
        let redis = Participant { capabilities: service, baseline: false, ..ALONE };
        let baseline = Participant { others_need_service: true, ..ALONE };
        let moka = Participant { baseline: false, ..baseline };
        let with = |rates: RatePlan| {
            [redis, baseline, moka, ALONE].map(|participant| has(rates.clone(), participant))
        };
        assert_eq!(with(RatePlan::Services), [true, true, false, false]);
        assert_eq!(with(RatePlan::All), [true; 4]);
        assert_eq!(with(RatePlan::Fixed(vec![5])), [true; 4]);
        assert_eq!(with(RatePlan::Fixed(Vec::new())), [false; 4]);
        let without_meter = Capabilities { response_time: false, ..service };
        let redis = Participant { capabilities: without_meter, ..redis };
        assert!(!has(RatePlan::All, redis));
    }

    #[test]
    fn numbers_of_workers_exclude_the_primary_number_and_more_than_two_per_core() {
        let scaling = scenario(RatePlan::Fixed(Vec::new()), vec![1, 2, 4, 8]);
        let all = SecondaryCellKind::all(&scaling, 2);
        assert_eq!(
            all,
            [
                SecondaryCellKind::ClosedLoop,
                SecondaryCellKind::Workers(2),
                SecondaryCellKind::Workers(4)
            ]
        );
        let single = Capabilities { workers: false, ..CAN };
        let one = Participant { capabilities: single, ..ALONE };
        assert_eq!(SecondaryCellKind::Workers(2).load(&scaling, Load::ONE, one), None);
        let (meter, load) = SecondaryCellKind::Workers(2).load(&scaling, Load::ONE, ALONE).unwrap();
        assert_eq!((meter, load), (Meter::Throughput, Load { workers: 2, ..Load::ONE }));
    }
}
