//! Paced replays of an exploration: alone on the machine, before the rounds.

use std::time::Instant;

use bakeoff_protocol::Meter;
use bakeoff_protocol::sample::Lane;

use crate::phases::run::{End, Ready, Run, Stop};
use crate::record::progress::Event;
use crate::trial::cell::{Cell, CellEnd, Place, standing};

/// Replays every scenario that has an origin, instances or events once for each variant that was
/// not replayed so with this very runner. A variant that fails here is out of the rounds.
///
/// # Errors
/// [`Stop`] if the user asked for it, or a file of ours cannot be written.
pub fn run(run: &Run<'_>, ready: &[Ready]) -> Result<(), Stop> {
    for prepared in run.prepared.iter().filter(|prepared| prepared.system.is_some()) {
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
            match one(run, variant, &cell) {
                Ok(()) => {}
                Err(End::Failed(failure)) => {
                    run.tell(variant.name(), Event::Failed(failure))?;
                }
                Err(End::Stop(stop)) => return Err(stop),
            }
        }
    }
    Ok(())
}

fn one(run: &Run<'_>, ready: &Ready, cell: &Cell<'_>) -> Result<(), End> {
    let name = ready.name();
    let key = ready.subject.trial(&cell.identity());
    if let Some(trial) = run.ask(|history| history.exact(name, &key).cloned()) {
        match standing(&trial) {
            None => return Ok(()),
            Some(failure) if run.settings.retry_failed || failure.kind == "service" => {
                drop(failure);
            }
            Some(failure) => return Err(End::Failed(failure)),
        }
    }
    run.board.step(name, &format!("behaviour {}", cell.prepared.record.name));
    let waiting = |_: &std::path::Path| {};
    let hold = run.ports.machine.alone(run.ports.interrupt, waiting)?.ok_or(Stop::Interrupted)?;
    let place = Place { lane: Lane::Exclusive, ..Place::parallel() };
    let limits = run.limits(Instant::now() + run.settings.time_limit);
    let end = cell.run(run, ready, &place, limits, |_, _| {});
    drop(hold);
    match end? {
        CellEnd::Found { .. } => Ok(()),
        CellEnd::Outgrew(failure) | CellEnd::Failed(failure) => Err(End::Failed(failure)),
    }
}
