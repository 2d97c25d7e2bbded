//! Capabilities of a variant, which decide what cells it has.

use bakeoff_protocol::message::Hello;
use bakeoff_protocol::{Bound, Capacity, Lanes, Meter};

/// Capabilities of a variant, which decide what cells it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    pub(crate) bound: Bound,
    /// True if the variant needs a service.
    pub(crate) service: bool,
    /// True if the runner supports more than one worker.
    pub(crate) workers: bool,
    /// True if the runner supports more than one request in flight.
    pub(crate) in_flight: bool,
    /// True if the runner can time single requests.
    pub(crate) latency: bool,
    /// True if the runner can send requests at fixed rates.
    pub(crate) response_time: bool,
    /// True if the runner can measure memory.
    pub(crate) memory: bool,
}

impl Capabilities {
    /// Returns the capabilities that a runner reports. `service` is true if the variant needs one.
    pub(crate) fn of_runner(hello: &Hello, service: bool) -> Self {
        let Hello { properties, meters, workers, in_flight, .. } = hello;
        Self {
            bound: properties.bound,
            service,
            workers: *workers,
            in_flight: *in_flight,
            latency: meters.contains(&Meter::Latency),
            response_time: meters.contains(&Meter::ResponseTime),
            memory: meters.contains(&Meter::Memory),
        }
    }

    /// Returns the lanes of an exact replay; `None` if it runs strictly in order.
    ///
    /// In order, a replay waits for the service at every request.
    pub(crate) fn lanes(self, capacity: Capacity) -> Option<Lanes> {
        (self.service && self.in_flight).then(|| Lanes::for_capacity(capacity))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const IN_PROCESS: Capabilities = Capabilities {
        bound: Bound::Entries,
        service: false,
        workers: true,
        in_flight: false,
        latency: true,
        response_time: true,
        memory: true,
    };
    pub(crate) const SERVICE: Capabilities =
        Capabilities { service: true, in_flight: true, ..IN_PROCESS };

    #[test]
    fn only_a_service_with_several_requests_in_flight_is_replayed_in_lanes() {
        let capacity = Capacity::Entries(100);
        assert_eq!(SERVICE.lanes(capacity), Some(Lanes::for_capacity(capacity)));
        assert_eq!(Capabilities { in_flight: false, ..SERVICE }.lanes(capacity), None);
        assert_eq!(Capabilities { in_flight: true, ..IN_PROCESS }.lanes(capacity), None);
    }
}
