//! Capabilities of a variant, which decide what cells it has.

use bakeoff_protocol::Bound;

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
}
