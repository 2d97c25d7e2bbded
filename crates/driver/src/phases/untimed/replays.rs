//! Exact hit ratios over all capacities, and memory: replays that may run side by side.

use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::{Load, Meter};

use crate::phases::context::Context;
use crate::record::progress::Event;
use crate::stop::{StepError, Stop};
use crate::trial::cell::{Cell, CellEnd, Place, standing};
use crate::trial::process::Limits;
use crate::trial::ready::Ready;

/// Share of a variant's work, in percent, at which its replays begin and end.
const SPAN: (f64, f64) = (25.0, 60.0);

/// Replays every cell that was not replayed with this very runner. Returns the scenarios in
/// which the variant outgrew its memory budget.
pub(super) fn run(
    context: &Context<'_>,
    ready: &Ready,
    limits: Limits,
) -> Result<Vec<String>, StepError> {
    let cells = cells(context, ready);
    let mut outgrew: Vec<(String, Failure)> = Vec::new();
    let mut figures = false;
    for (index, cell) in cells.iter().enumerate() {
        let scenario = &cell.prepared.record.name;
        if !outgrew.iter().any(|(name, _)| name == scenario) {
            match one(context, ready, cell, limits, progress_of(index, cells.len()))? {
                None => figures = true,
                Some(failure) => outgrew.push((scenario.clone(), failure)),
            }
        }
        let (percent, _) = progress_of(index + 1, cells.len());
        context.recorder.apply(ready.name(), Event::Advanced { percent, eta_seconds: None })?;
    }
    match outgrew.first() {
        Some((_, failure)) if !figures => return Err(StepError::Failed(failure.clone())),
        Some((_, failure)) => {
            context.recorder.apply(ready.name(), Event::Disqualified(failure.message.clone()))?;
        }
        None => {}
    }
    Ok(outgrew.into_iter().map(|(scenario, _)| scenario).collect())
}

/// Every cell of the lane for a variant.
fn cells<'a>(context: &'a Context<'_>, ready: &Ready) -> Vec<Cell<'a>> {
    let service = ready.needs_service();
    let mut cells = Vec::new();
    for prepared in context.scenarios {
        let cell = |meter, capacity, as_service| Cell {
            prepared,
            meter,
            capacity,
            load: Load::ONE,
            warmup: prepared.warmup(as_service),
            section: 0,
            limit: prepared.limit(as_service),
            minimum_ns: 0,
        };
        for capacity in prepared.exact_capacities(ready.bound(), service) {
            cells.push(cell(Meter::HitRatio, capacity, service));
        }
        // Hit ratios are compared over the same requests only, and services replay fewer.
        if !service && context.spec.needs_service() && prepared.limit(true).is_some() {
            cells.push(cell(Meter::HitRatio, prepared.timed_capacity(ready.bound()), true));
        }
        if ready.hello.meters.contains(&Meter::Memory) {
            // What is held does not hang on the order of requests, and a server answers many in
            // the time of one.
            let in_flight =
                if ready.hello.in_flight { prepared.record.load.in_flight.max(1) } else { 1 };
            let load = Load { in_flight, ..Load::ONE };
            for capacity in prepared.weighed_capacities(ready.bound()) {
                cells.push(Cell { load, ..cell(Meter::Memory, capacity, service) });
            }
        }
    }
    cells
}

/// Percent at the begin of a cell, and what the whole cell is worth.
fn progress_of(index: usize, cells: usize) -> (f64, f64) {
    let worth = (SPAN.1 - SPAN.0) / cells.max(1) as f64;
    (SPAN.0 + worth * index as f64, worth)
}

/// One cell: `None` if it has figures, else how it outgrew its memory budget.
fn one(
    context: &Context<'_>,
    ready: &Ready,
    cell: &Cell<'_>,
    limits: Limits,
    (percent, worth): (f64, f64),
) -> Result<Option<Failure>, StepError> {
    let name = ready.name();
    let key = ready.subject.trial(&cell.identity());
    let known = context.recorder.query(|history| history.exact(name, &key).cloned());
    if let Some(trial) = known {
        match standing(&trial) {
            None => {
                return told(
                    context,
                    ready,
                    cell,
                    trial.report.map(|report| report.counts.hit_ratio()),
                );
            }
            Some(failure) if context.settings.retry_failed || failure.kind == "service" => {}
            Some(failure) if failure.kind == "memory" => return Ok(Some(failure)),
            Some(failure) => return Err(StepError::Failed(failure)),
        }
    }
    context.recorder.step(name, &format!("{} {}", cell.meter, cell.prepared.record.name));
    let hold = context
        .environment
        .machine
        .share(context.environment.interrupt)?
        .ok_or(Stop::Interrupted)?;
    let end = cell.run(context.trials, ready, &Place::parallel(), limits, |done, total| {
        let share = if total == 0 { 0.0 } else { done as f64 / total as f64 };
        let advanced = Event::Advanced { percent: percent + worth * share, eta_seconds: None };
        // A file that cannot be written stops the step that comes after.
        let _ = context.recorder.apply(name, advanced);
    });
    drop(hold);
    match end? {
        CellEnd::Found { found, .. } => {
            told(context, ready, cell, Some(found.report.counts.hit_ratio()))
        }
        CellEnd::Outgrew(failure) => Ok(Some(failure)),
        CellEnd::Failed(failure) => Err(StepError::Failed(failure)),
    }
}

/// Tells the board the hit ratio at the timed capacity.
fn told(
    context: &Context<'_>,
    ready: &Ready,
    cell: &Cell<'_>,
    ratio: Option<f64>,
) -> Result<Option<Failure>, StepError> {
    let timed = cell.prepared.timed_capacity(ready.bound());
    let whole = cell.limit == cell.prepared.limit(ready.needs_service());
    let told = whole && cell.capacity == timed;
    if let (Some(ratio), Meter::HitRatio, true) = (ratio, cell.meter, told) {
        let scenario = cell.prepared.record.name.clone();
        context.recorder.apply(ready.name(), Event::HitRatio { scenario, ratio })?;
    }
    Ok(None)
}
