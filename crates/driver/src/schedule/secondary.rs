//! What is measured in the rounds of a contest beside its throughput.

use std::fmt;

use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::{Load, Meter};

/// Time limit of latency cells, as a share of the time of the throughput rounds.
pub(crate) const LATENCY_SHARE: f64 = 0.15;
/// Time limit of cells with other numbers of workers, as a share of the time of the rounds.
pub(crate) const SCALING_SHARE: f64 = 0.25;
/// Duration of an open loop, in nanoseconds.
pub(crate) const OPEN_LOOP_NS: u64 = 500_000_000;
/// Shares of the closed loop at which open loops run where a scenario says nothing, in per cent.
const OPEN_LOOP: [u32; 4] = [25, 50, 75, 90];

/// One kind of cell that every variant has which can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Beside {
    /// Latency at the load of the contest, one request after the other.
    ClosedLoop,
    /// Latency on a schedule, in per cent of the closed loop's requests per second.
    OpenLoop(u32),
    /// Throughput with another number of workers.
    Workers(u32),
}

/// What a variant is able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ability {
    /// It times single requests.
    pub(crate) latency: bool,
    /// It can have more than one worker.
    pub(crate) workers: bool,
    /// It needs a service.
    pub(crate) service: bool,
}

impl Beside {
    /// All that a scenario asks for, on a machine with so many processors: more than two workers
    /// for each of them would only measure the scheduler.
    pub(crate) fn all(scenario: &Scenario, cores: u32) -> Vec<Self> {
        let open = scenario.open_loop.as_deref().unwrap_or(&OPEN_LOOP);
        let workers = scenario.scaling.iter().copied().filter(|&workers| {
            workers != scenario.load.workers.max(1) && workers <= 2 * cores.max(1)
        });
        [Self::ClosedLoop]
            .into_iter()
            .chain(open.iter().copied().map(Self::OpenLoop))
            .chain(workers.map(Self::Workers))
            .collect()
    }

    /// What a variant is asked for, if it can: `primary` is its load in the contest.
    pub(crate) fn load(
        self,
        scenario: &Scenario,
        primary: Load,
        can: Ability,
    ) -> Option<(Meter, Load)> {
        match self {
            Self::ClosedLoop => can.latency.then_some((Meter::Latency, primary)),
            Self::OpenLoop(percent) => {
                // In process a request takes less than the clocks that would pace it; a scenario
                // may ask for it all the same.
                let wanted = can.service || scenario.open_loop.is_some();
                let load = Load { open_loop_percent: Some(percent), ..primary };
                (can.latency && wanted).then_some((Meter::Latency, load))
            }
            Self::Workers(workers) => {
                can.workers.then_some((Meter::Throughput, Load { workers, ..primary }))
            }
        }
    }

    /// Whether it is about the time of single requests.
    pub(crate) const fn is_latency(self) -> bool {
        matches!(self, Self::ClosedLoop | Self::OpenLoop(_))
    }
}

impl fmt::Display for Beside {
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

    fn scenario(open_loop: Option<Vec<u32>>, scaling: Vec<u32>) -> Scenario {
        let text = serde_json::json!({
            "name": "s", "digest": "d", "summary": "", "workload": "w", "requests": 1, "reads": 1,
            "unique_keys": 1, "capacities": [], "timed_capacity": Capacity::Unbounded,
            "load": Load::ONE, "service_requests": 1, "service_capacities": [], "section": 1,
            "delta": 0.01, "open_loop": open_loop, "scaling": scaling,
        });
        serde_json::from_value(text).unwrap()
    }

    const CAN: Ability = Ability { latency: true, workers: true, service: false };

    #[test]
    fn open_loops_are_for_services_unless_a_scenario_asks() {
        let silent = scenario(None, Vec::new());
        let all = Beside::all(&silent, 2);
        assert_eq!(all.len(), 5);
        let has = |of: &Scenario, can| {
            Beside::all(of, 2).iter().filter(|it| it.load(of, Load::ONE, can).is_some()).count()
        };
        assert_eq!(has(&silent, CAN), 1);
        assert_eq!(has(&silent, Ability { service: true, ..CAN }), 5);
        assert_eq!(has(&scenario(Some(vec![50]), Vec::new()), CAN), 2);
        assert_eq!(has(&scenario(Some(Vec::new()), Vec::new()), CAN), 1);
        assert_eq!(has(&silent, Ability { latency: false, ..CAN }), 0);
    }

    #[test]
    fn workers_are_those_that_the_contest_has_not_and_the_machine_can_bear() {
        let scaling = scenario(Some(Vec::new()), vec![1, 2, 4, 8]);
        let all = Beside::all(&scaling, 2);
        assert_eq!(all, [Beside::ClosedLoop, Beside::Workers(2), Beside::Workers(4)]);
        let one = Ability { workers: false, ..CAN };
        assert_eq!(Beside::Workers(2).load(&scaling, Load::ONE, one), None);
        let (meter, load) = Beside::Workers(2).load(&scaling, Load::ONE, CAN).unwrap();
        assert_eq!((meter, load), (Meter::Throughput, Load { workers: 2, ..Load::ONE }));
    }
}
