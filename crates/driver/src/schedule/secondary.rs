//! Secondary cells: latency, and throughput with other numbers of workers.

use std::fmt;

use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::{Load, Meter};

use crate::schedule::capabilities::Capabilities;

/// Time limit of latency cells, as a share of the time of the throughput rounds.
pub(crate) const LATENCY_SHARE: f64 = 0.15;
/// Time limit of cells with other numbers of workers, as a share of the throughput rounds' time.
pub(crate) const SCALING_SHARE: f64 = 0.25;
/// Duration of an open-loop trial, in nanoseconds.
pub(crate) const OPEN_LOOP_NS: u64 = 500_000_000;
/// Default rates of open loops, in percent of the closed loop's throughput.
const OPEN_LOOP_PERCENT: [u32; 4] = [25, 50, 75, 90];

/// Kind of secondary cell; every variant that supports the kind has one such cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum SecondaryCellKind {
    /// Latency in a closed loop, at the load of the throughput rounds.
    ClosedLoop,
    /// Latency in an open loop, at a rate in percent of the closed loop's throughput.
    OpenLoop(u32),
    /// Throughput with another number of workers.
    Workers(u32),
}

impl SecondaryCellKind {
    /// Returns the kinds that a scenario requests on a machine with `cores` processors.
    ///
    /// Leaves out more than two workers per processor, which would only measure the operating
    /// system's scheduler.
    pub(crate) fn all(scenario: &Scenario, cores: u32) -> Vec<Self> {
        let open = scenario.open_loop.as_deref().unwrap_or(&OPEN_LOOP_PERCENT);
        let workers = scenario.scaling.iter().copied().filter(|&workers| {
            workers != scenario.load.workers.max(1) && workers <= 2 * cores.max(1)
        });
        [Self::ClosedLoop]
            .into_iter()
            .chain(open.iter().copied().map(Self::OpenLoop))
            .chain(workers.map(Self::Workers))
            .collect()
    }

    /// Returns the meter and load for a variant; `None` if the variant does not support this kind.
    ///
    /// `primary` is the variant's load in the throughput rounds.
    pub(crate) fn load(
        self,
        scenario: &Scenario,
        primary: Load,
        can: Capabilities,
    ) -> Option<(Meter, Load)> {
        match self {
            Self::ClosedLoop => can.latency.then_some((Meter::Latency, primary)),
            Self::OpenLoop(percent) => {
                // An in-process request takes less time than reading the clock that paces it. So
                // variants in process have open loops only if the scenario requests them.
                let wanted = can.service || scenario.open_loop.is_some();
                let load = Load { open_loop_percent: Some(percent), ..primary };
                (can.latency && wanted).then_some((Meter::Latency, load))
            }
            Self::Workers(workers) => {
                can.workers.then_some((Meter::Throughput, Load { workers, ..primary }))
            }
        }
    }

    /// True if cells of this kind measure latency.
    pub(crate) const fn is_latency(self) -> bool {
        matches!(self, Self::ClosedLoop | Self::OpenLoop(_))
    }
}

impl fmt::Display for SecondaryCellKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedLoop => f.write_str("latency"),
            Self::OpenLoop(percent) => write!(f, "latency at {percent} %"),
            Self::Workers(workers) => write!(f, "throughput, {workers} workers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::Capacity;

    use super::*;
    use crate::schedule::capabilities::tests::IN_PROCESS as CAN;

    fn scenario(open_loop: Option<Vec<u32>>, scaling: Vec<u32>) -> Scenario {
        let text = serde_json::json!({
            "name": "s", "digest": "d", "summary": "", "workload": "w", "requests": 1, "reads": 1,
            "unique_keys": 1, "capacities": [], "timed_capacity": Capacity::Unbounded,
            "load": Load::ONE, "service_capacities": [],
            "window_requests": 1, "service_window_requests": 1,
            "delta": 0.01, "open_loop": open_loop, "scaling": scaling,
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn open_loops_are_for_services_unless_a_scenario_requests_them() {
        let silent = scenario(None, Vec::new());
        let all = SecondaryCellKind::all(&silent, 2);
        assert_eq!(all.len(), 5);
        let has = |of: &Scenario, can| {
            SecondaryCellKind::all(of, 2)
                .iter()
                .filter(|it| it.load(of, Load::ONE, can).is_some())
                .count()
        };
        assert_eq!(has(&silent, CAN), 1);
        assert_eq!(has(&silent, Capabilities { service: true, ..CAN }), 5);
        assert_eq!(has(&scenario(Some(vec![50]), Vec::new()), CAN), 2);
        assert_eq!(has(&scenario(Some(Vec::new()), Vec::new()), CAN), 1);
        assert_eq!(has(&silent, Capabilities { latency: false, ..CAN }), 0);
    }

    #[test]
    fn numbers_of_workers_exclude_the_primary_number_and_more_than_two_per_core() {
        let scaling = scenario(Some(Vec::new()), vec![1, 2, 4, 8]);
        let all = SecondaryCellKind::all(&scaling, 2);
        assert_eq!(
            all,
            [
                SecondaryCellKind::ClosedLoop,
                SecondaryCellKind::Workers(2),
                SecondaryCellKind::Workers(4)
            ]
        );
        let one = Capabilities { workers: false, ..CAN };
        assert_eq!(SecondaryCellKind::Workers(2).load(&scaling, Load::ONE, one), None);
        let (meter, load) = SecondaryCellKind::Workers(2).load(&scaling, Load::ONE, CAN).unwrap();
        assert_eq!((meter, load), (Meter::Throughput, Load { workers: 2, ..Load::ONE }));
    }
}
