//! Configuration with which a trial opens the strategy.

use bakeoff_protocol::message::TrialCommand;
use bakeoff_strategy::{Clock, OpenConfig, Options};

/// Creates the configuration for a trial with the given clock.
pub(crate) fn open_config(command: &TrialCommand, clock: Clock) -> OpenConfig {
    let TrialCommand { spec, environment } = command;
    OpenConfig {
        capacity: spec.capacity,
        seed: spec.seed,
        namespace: environment.namespace.clone(),
        connections: spec.connections() as usize,
        services: environment.services.clone(),
        options: Options(environment.options.clone()),
        clock,
    }
}
