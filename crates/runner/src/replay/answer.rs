//! Judging and counting an answer.

use std::mem::ManuallyDrop;

use bakeoff_strategy::{Key, Pending, Read, RequestError, Source, Value};
use bytes::Bytes;

use crate::body::{self, MAX_BODY_BYTES};
use crate::context::Context;
use crate::tally::{Sums, Tiers};

/// What is known of a read before it is answered.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) index: usize,
    pub(super) key: Key,
    pub(super) bytes: u32,
    /// The newest committed version when the read began.
    pub(super) newest: u64,
}

/// Counts the outcome of a read, its answer verified.
///
/// # Errors
/// [`Pending`] if the strategy was; the trial cannot go on then.
#[inline(always)]
pub(super) fn record_read<const SIZED: bool, E: std::error::Error>(
    context: &Context,
    asked: Asked,
    outcome: Result<Read, RequestError<E>>,
    sums: &mut Sums,
    tiers: &mut Tiers,
) -> Result<(), Pending> {
    if SIZED {
        sums.read_bytes += u64::from(asked.bytes);
    }
    match outcome {
        Ok(Read { value: Some(value), source }) => {
            let place = 2 * asked.index as u64 + 1;
            let Value { key, version, body } = value;
            // Taken apart, and its drop left to whoever needs one: an answer that can be dropped
            // here has to be written to memory first, which is most of what judging it costs.
            let body = ManuallyDrop::new(body);
            let expected = body::fold(asked.key, asked.newest);
            let fold = if (key == asked.key)
                & (version == asked.newest)
                & is_body_of::<SIZED>(context, expected, &body)
            {
                // A slice of the static block owns nothing that a drop would free.
                expected
            } else {
                let value = Value { key, version, body: ManuallyDrop::into_inner(body) };
                match examine(context, asked, value) {
                    Verdict::Right => {}
                    Verdict::Stale => sums.stale += 1,
                    Verdict::Wrong => sums.wrong += 1,
                }
                body::fold(key, version)
            };
            sums.checksum = sums.checksum.wrapping_add(fold.wrapping_mul(place));
            match source {
                Source::Hit { tier } | Source::Stale { tier } => {
                    sums.hits += 1;
                    if SIZED {
                        sums.hit_bytes += u64::from(asked.bytes);
                    }
                    if tier > 0 {
                        tiers.count(tier);
                    }
                }
                Source::Joined => sums.joined += 1,
                Source::Loaded | Source::Absent => {}
            }
        }
        Ok(Read { value: None, .. }) => {
            sums.wrong += 1;
            context.offend(asked.index, || {
                format!(
                    "the read of key {} came back empty, although the origin has a row",
                    asked.key.id()
                )
            });
        }
        Err(RequestError::Pending(pending)) => return Err(pending),
        Err(error) => {
            sums.errors += 1;
            context.offend(asked.index, || format!("the read failed: {error}"));
        }
    }
    Ok(())
}

/// Counts the outcome of a write. The origin must have the version once the write has returned,
/// unless the strategy `defers` writes: then it counts as written from now on, and must be answered.
#[inline(always)]
pub(super) fn record_write<E: std::error::Error>(
    context: &Context,
    (index, id, version): (usize, u32, u64),
    defers: bool,
    outcome: Result<(), RequestError<E>>,
    sums: &mut Sums,
) -> Result<(), Pending> {
    match outcome {
        Ok(()) if defers => context.versions.commit(id as usize, version),
        Ok(()) => {
            if context.versions.newest(id as usize) < version {
                sums.wrong += 1;
                context.offend(index, || {
                    format!("the write of key {id} returned, but version {version} never reached the origin")
                });
            }
        }
        Err(RequestError::Pending(pending)) => return Err(pending),
        Err(error) => {
            sums.errors += 1;
            context.offend(index, || format!("the write failed: {error}"));
        }
    }
    Ok(())
}

/// Counts the outcome of a removal.
#[inline(always)]
pub(super) fn record_removal<E: std::error::Error>(
    context: &Context,
    index: usize,
    outcome: Result<(), E>,
    sums: &mut Sums,
) {
    if let Err(error) = outcome {
        sums.errors += 1;
        context.offend(index, || format!("the removal failed: {error}"));
    }
}

/// The usual case, without reading a byte of the body: it is the very slice which the origin handed
/// out. Where all bodies are of one length, that slice is known before the answer is there.
#[inline(always)]
fn is_body_of<const SIZED: bool>(context: &Context, fold: u64, body: &Bytes) -> bool {
    let length = if SIZED { body.len() } else { context.body_bytes };
    let start = body::offset_of_fold(fold, length);
    let length_fits = if SIZED { length > 0 } else { body.len() == length };
    std::ptr::eq(body.as_ptr(), context.block.as_ptr().wrapping_add(start)) & length_fits
}

enum Verdict {
    Right,
    Stale,
    Wrong,
}

/// Everything else: bodies that travelled, old versions, and lies.
#[inline(never)]
fn examine(context: &Context, asked: Asked, value: Value) -> Verdict {
    let id = asked.key.id();
    let wrong = |what: String| {
        context.offend(asked.index, || what);
        Verdict::Wrong
    };
    if value.key != asked.key {
        return wrong(format!("the read of key {id} was answered with key {}", value.key.id()));
    }
    let length = value.body.len();
    let sizes_differ = context.workload.sizes().is_some();
    if !sizes_differ && length != context.body_bytes {
        return wrong(format!(
            "the body of key {id} has {length} bytes instead of {}",
            context.body_bytes
        ));
    }
    if length > MAX_BODY_BYTES
        || *value.body != *body::slice(context.block, value.key, value.version, length)
        || (length == 0 && asked.bytes > 0 && !context.has_empty_values())
    {
        return wrong(format!(
            "the body of key {id}, version {}, {length} bytes long, is not what the origin gave",
            value.version
        ));
    }
    if value.version >= asked.newest {
        // A version that was committed while the read was under way is right.
        let newest = context.versions.newest(id as usize);
        if value.version > newest {
            return wrong(format!(
                "key {id} was answered with version {}, which was never written; the newest is {newest}",
                value.version
            ));
        }
        return Verdict::Right;
    }
    context.offend_stale(asked.index, || {
        format!(
            "key {id} was answered with version {} after version {} was committed",
            value.version, asked.newest
        )
    });
    Verdict::Stale
}
