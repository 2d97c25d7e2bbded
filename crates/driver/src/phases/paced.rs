//! Paced replays of an exploration: alone on the machine, before the rounds.

use std::time::Instant;

use bakeoff_protocol::Meter;
use bakeoff_protocol::sample::Lane;

use crate::phases::context::Context;
use crate::record::progress::Event;
use crate::stop::{StepError, Stop};
use crate::trial::cell::{Cell, CellEnd, Place, standing};
use crate::trial::ready::Ready;

/// Replays every scenario that has an origin, instances or events once for each variant that was
/// not replayed so with this very runner. A variant that fails here is out of the rounds.
///
/// # Errors
/// [`Stop`] if the user asked for it, or a file of ours cannot be written.
pub fn run(context: &Context<'_>, ready: &[Ready]) -> Result<(), Stop> {
    for prepared in context.scenarios.iter().filter(|prepared| prepared.system.is_some()) {
        for variant in ready {
            if !variant.hello.meters.contains(&Meter::Behaviour)
                || variant.outgrew.contains(&prepared.record.name)
            {
                continue;
            }
            let cell = Cell {
                prepared,
                meter: Meter::Behaviour,
                capacity: prepared.timed_capacity(variant.bound()),
                load: prepared.record.load,
                warmup: 0,
                section: 0,
                limit: None,
                minimum_ns: 0,
            };
            match one(context, variant, &cell) {
                Ok(()) => {}
                Err(StepError::Failed(failure)) => {
                    context.recorder.apply(variant.name(), Event::Failed(failure))?;
                }
                Err(StepError::Stop(stop)) => return Err(stop),
            }
        }
    }
    Ok(())
}

fn one(context: &Context<'_>, ready: &Ready, cell: &Cell<'_>) -> Result<(), StepError> {
    let name = ready.name();
    let key = ready.subject.trial(&cell.identity());
    if let Some(trial) = context.recorder.query(|history| history.exact(name, &key).cloned()) {
        match standing(&trial) {
            None => return Ok(()),
            Some(failure) if context.settings.retry_failed || failure.kind == "service" => {
                drop(failure);
            }
            Some(failure) => return Err(StepError::Failed(failure)),
        }
    }
    context.recorder.step(name, &format!("behaviour {}", cell.prepared.record.name));
    let waiting = |_: &std::path::Path| {};
    let hold = context
        .environment
        .machine
        .exclusive(context.environment.interrupt, waiting)?
        .ok_or(Stop::Interrupted)?;
    let place = Place { lane: Lane::Exclusive, ..Place::parallel() };
    let limits = context.settings.limits(Instant::now() + context.settings.time_limit);
    let end = cell.run(context.trials, ready, &place, limits, |_, _| {});
    drop(hold);
    match end? {
        CellEnd::Found { .. } => Ok(()),
        CellEnd::Outgrew(failure) | CellEnd::Failed(failure) => Err(StepError::Failed(failure)),
    }
}
