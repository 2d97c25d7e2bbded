//! A timed trial, repeated where something disturbed it.

use std::time::Instant;

use super::{POLL, TRIAL_LIMIT};
use crate::phases::context::Context;
use crate::stop::StepError;
use crate::trial::cell::{Cell, CellEnd, Place};
use crate::trial::process::Limits;
use crate::trial::ready::Ready;

/// How often a disturbed trial is done again. The last one counts, marked where it was disturbed
/// too: whoever is measured on a busy machine is not measured for ever.
const REPEATS: u32 = 2;

/// Runs a trial of a cell, and again while it is disturbed.
///
/// # Errors
/// As [`Cell::run`].
pub(super) fn run(
    context: &Context<'_>,
    cell: &Cell<'_>,
    ready: &Ready,
    place: &Place,
    repeats: bool,
) -> Result<CellEnd, StepError> {
    let mut place = place.clone();
    loop {
        let limits = Limits { poll: POLL, ..context.settings.limits(Instant::now() + TRIAL_LIMIT) };
        let end = cell.run(context.trials, ready, &place, limits, |_, _| {})?;
        match end {
            CellEnd::Found { disturbed: true, .. } if repeats && place.attempt < REPEATS => {
                place.attempt += 1;
            }
            end => return Ok(end),
        }
    }
}
