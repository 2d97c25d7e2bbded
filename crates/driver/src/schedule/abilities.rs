//! Abilities of a variant that decide its cells.

use bakeoff_protocol::Bound;

/// Abilities of a variant that decide its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// Limit of its size.
    pub(crate) bound: Bound,
    /// Needs a service.
    pub(crate) service: bool,
    /// Supports more than one worker.
    pub(crate) workers: bool,
    /// Supports more than one request in flight.
    pub(crate) in_flight: bool,
    /// Measures the time of single requests.
    pub(crate) latency: bool,
    /// Measures memory.
    pub(crate) memory: bool,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const IN_PROCESS: Abilities = Abilities {
        bound: Bound::Entries,
        service: false,
        workers: true,
        in_flight: false,
        latency: true,
        memory: true,
    };
    pub(crate) const SERVICE: Abilities =
        Abilities { service: true, in_flight: true, ..IN_PROCESS };
}
