//! Creates the trial specs for the cells of a variant in a scenario.

use bakeoff_protocol::{Bound, Load, Meter, TrialSpec, Window};

use crate::schedule::capabilities::Capabilities;
use crate::schedule::scenario::ScenarioPlan;
use crate::schedule::secondary::{Participant, SecondaryCellKind};

/// Returns the specs of a variant's untimed replays, which measure exact hit ratios and memory.
pub(crate) fn untimed(
    scenario: &ScenarioPlan,
    variant: &str,
    capabilities: Capabilities,
    seed: u64,
) -> Vec<TrialSpec> {
    let Capabilities { bound, service, .. } = capabilities;
    let spec = |meter, demand| TrialSpec {
        // Requests that the hit ratio after the warm-up leaves out: those before all windows.
        warmup_requests: scenario.record.warmup_requests,
        ..scenario.trial_spec(variant, meter, demand, seed)
    };
    let mut specs = Vec::new();
    for capacity in scenario.exact_capacities(bound, service) {
        let spec = spec(Meter::HitRatio, (capacity, Load::ONE));
        specs.push(TrialSpec { lanes: capabilities.lanes(capacity), ..spec });
    }
    if capabilities.memory {
        // Memory does not depend on the order of requests, and many requests in flight fill a
        // server much faster.
        let in_flight =
            if capabilities.in_flight { scenario.record.load.in_flight.max(1) } else { 1 };
        let load = Load { in_flight, ..Load::ONE };
        for capacity in scenario.memory_capacities(bound) {
            specs.push(spec(Meter::Memory, (capacity, load)));
        }
    }
    specs
}

/// Returns the spec of a variant's paced replays.
pub(crate) fn paced(scenario: &ScenarioPlan, variant: &str, bound: Bound, seed: u64) -> TrialSpec {
    let demand = (scenario.timed_capacity(bound), scenario.record.load);
    scenario.trial_spec(variant, Meter::Paced, demand, seed)
}

/// Returns the spec of a variant's throughput trials.
///
/// The load is that of the scenario, reduced to what the variant supports. The window starts at
/// request 0; each round sets the start of its own window.
pub(crate) fn throughput(
    scenario: &ScenarioPlan,
    variant: &str,
    capabilities: Capabilities,
    min_measured_ns: u64,
    seed: u64,
) -> TrialSpec {
    let Capabilities { bound, service, .. } = capabilities;
    let requested = scenario.record.load;
    let load = Load {
        workers: if capabilities.workers { requested.workers.max(1) } else { 1 },
        in_flight: if capabilities.in_flight { requested.in_flight.max(1) } else { 1 },
        connections: if service { requested.connections.max(1) } else { 1 },
    };
    let demand = (scenario.timed_capacity(bound), load);
    TrialSpec {
        window: Some(Window { start: 0, length: scenario.window_length(service) }),
        warmup_requests: scenario.warmup(service),
        min_measured_ns,
        ..scenario.trial_spec(variant, Meter::Throughput, demand, seed)
    }
}

/// Returns the trial spec of a secondary cell; `None` if the variant does not support its kind.
pub(crate) fn secondary(
    kind: SecondaryCellKind,
    scenario: &ScenarioPlan,
    throughput: &TrialSpec,
    participant: Participant,
) -> Option<TrialSpec> {
    let (meter, load) = kind.load(&scenario.record, throughput.load, participant)?;
    let min_measured_ns = match kind {
        // The rates determine the duration.
        SecondaryCellKind::Rates => 0,
        SecondaryCellKind::ClosedLoop | SecondaryCellKind::Workers(_) => throughput.min_measured_ns,
    };
    Some(TrialSpec { meter, load, min_measured_ns, ..throughput.clone() })
}

#[cfg(test)]
pub(crate) mod tests {
    use bakeoff_protocol::{Bound, Capacity, DecidingQuantity, DecidingRule};

    use super::*;
    use crate::schedule::capabilities::tests::{IN_PROCESS, SERVICE};

    /// Scenario of 1,000 requests.
    pub(crate) fn scenario() -> ScenarioPlan {
        let capacities = [5, 10, 20].map(Capacity::Entries);
        let record = serde_json::json!({
            "name": "s", "digest": "d", "summary": "", "workload": "w", "requests": 1_000,
            "reads": 1_000, "unique_keys": 50, "capacities": capacities,
            "timed_capacity": Capacity::Entries(10),
            "load": Load { workers: 2, in_flight: 8, connections: 4 },
            "question": "?", "decide": [DecidingRule::new(DecidingQuantity::MeanAccessTime)],
            "miss_cost_ns": 5e6, "timed": true, "warmup_requests": 200,
            "service_capacities": capacities, "window_requests": 500,
            "service_window_requests": 50, "delta": 0.01, "scaling": [],
            "p99_limit_ns": 1_000_000,
        });
        ScenarioPlan {
            record: serde_json::from_value(record).unwrap(),
            service_warmup_requests: 20,
            requests_per_second: 1_000.0,
        }
    }

    #[test]
    fn every_variant_replays_the_same_requests_and_services_in_lanes() {
        let summary = |name, capabilities| -> Vec<_> {
            let specs = untimed(&scenario(), name, capabilities, 1);
            specs.iter().map(|it| (it.meter, it.capacity.entries())).collect()
        };
        let hit_ratio = |entries| (Meter::HitRatio, Some(entries));
        let memory = |entries| (Meter::Memory, Some(entries));
        let expected =
            [hit_ratio(5), hit_ratio(10), hit_ratio(20), memory(5), memory(10), memory(20)];
        assert_eq!(summary("lru", IN_PROCESS), expected);
        assert_eq!(summary("redis", SERVICE), expected);
        let specs = |capabilities| untimed(&scenario(), "v", capabilities, 1);
        for (lru, redis) in specs(IN_PROCESS).into_iter().zip(specs(SERVICE)) {
            assert_eq!(lru.lanes, None);
            assert_eq!(redis.lanes.is_some(), redis.meter == Meter::HitRatio);
            assert_eq!((lru.window, lru.warmup_requests), (redis.window, redis.warmup_requests));
        }
    }

    #[test]
    fn an_unbounded_variant_has_one_capacity() {
        let unbounded = Capabilities { bound: Bound::None, ..IN_PROCESS };
        let specs = untimed(&scenario(), "dict", unbounded, 1);
        assert!(specs.iter().all(|spec| spec.capacity == Capacity::Unbounded));
        assert_eq!(specs.len(), 2);
    }

    #[test]
    fn timed_trials_have_the_load_that_the_variant_supports() {
        let lru = throughput(&scenario(), "lru", IN_PROCESS, 100, 1);
        assert_eq!(lru.load, Load { workers: 2, ..Load::ONE });
        assert_eq!(lru.window, Some(Window { start: 0, length: 500 }));
        assert_eq!((lru.warmup_requests, lru.min_measured_ns), (200, 100));
        let redis = throughput(&scenario(), "redis", SERVICE, 100, 1);
        assert_eq!(redis.load, Load { workers: 2, in_flight: 8, connections: 4 });
        assert_eq!(redis.window, Some(Window { start: 0, length: 50 }));
        let participant =
            |capabilities| Participant { capabilities, baseline: false, others_need_service: true };
        let rates = SecondaryCellKind::Rates;
        assert_eq!(secondary(rates, &scenario(), &lru, participant(IN_PROCESS)), None);
        let open = secondary(rates, &scenario(), &redis, participant(SERVICE)).unwrap();
        assert_eq!((open.meter, open.load), (Meter::ResponseTime, redis.load));
        assert_eq!(open.min_measured_ns, 0);
    }
}
