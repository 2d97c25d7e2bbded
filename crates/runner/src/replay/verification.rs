//! Verification of answers, and counting of the outcomes of requests.

use std::mem::ManuallyDrop;

use bakeoff_strategy::{Key, Pending, Read, RequestError, Source, Value};
use bytes::Bytes;

use super::tally::{LowerTierHits, RequestCounts};
use crate::data::body::{self, MAX_BODY_BYTES};
use crate::data::trial_context::TrialContext;

/// Read that was sent and whose answer is still to be verified.
#[derive(Clone, Copy)]
pub(super) struct PendingRead {
    pub(super) index: usize,
    pub(super) key: Key,
    pub(super) bytes: u32,
    /// Newest committed version when the read began.
    pub(super) newest: u64,
}

/// Verifies the answer to a read and counts its outcome.
///
/// # Errors
/// [`Pending`] if the strategy was pending; the trial cannot continue.
#[inline(always)]
pub(super) fn record_read<const SIZED: bool, E: std::error::Error>(
    context: &TrialContext,
    read: PendingRead,
    outcome: Result<Read, RequestError<E>>,
    sums: &mut RequestCounts,
    tiers: &mut LowerTierHits,
) -> Result<(), Pending> {
    if SIZED {
        sums.read_bytes += u64::from(read.bytes);
    }
    match outcome {
        Ok(Read { value: Some(value), source }) => {
            let weight = 2 * read.index as u64 + 1;
            let Value { key, version, body } = value;
            // If this path does not drop the answer, the compiler need not write the answer to
            // memory, which would be most of the cost of verifying it.
            let body = ManuallyDrop::new(body);
            let expected = body::fold(read.key, read.newest);
            let fold = if (key == read.key)
                & (version == read.newest)
                & is_body_of::<SIZED>(context, expected, &body)
            {
                // No drop is needed: a slice of the static block owns no memory.
                expected
            } else {
                let value = Value { key, version, body: ManuallyDrop::into_inner(body) };
                match examine(context, read, value) {
                    Verification::Correct => {}
                    Verification::Stale => sums.stale += 1,
                    Verification::Wrong => sums.wrong += 1,
                }
                body::fold(key, version)
            };
            sums.checksum = sums.checksum.wrapping_add(fold.wrapping_mul(weight));
            match source {
                Source::Hit { tier } | Source::Stale { tier } => {
                    sums.hits += 1;
                    if SIZED {
                        sums.hit_bytes += u64::from(read.bytes);
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
            context.record_violation(read.index, || {
                format!(
                    "the read of key {} returned no value, but the origin has a row",
                    read.key.id()
                )
            });
        }
        Err(RequestError::Pending(pending)) => return Err(pending),
        Err(error) => {
            sums.errors += 1;
            context.record_violation(read.index, || format!("the read failed: {error}"));
        }
    }
    Ok(())
}

/// Counts the outcome of a write.
///
/// The origin must have the version by the time the write returns. If the strategy `defers` writes,
/// the version counts as committed instead, and later reads must return it.
///
/// # Errors
/// [`Pending`] if the strategy was pending; the trial cannot continue.
#[inline(always)]
pub(super) fn record_write<E: std::error::Error>(
    context: &TrialContext,
    (index, id, version): (usize, u32, u64),
    defers: bool,
    outcome: Result<(), RequestError<E>>,
    sums: &mut RequestCounts,
) -> Result<(), Pending> {
    match outcome {
        Ok(()) if defers => context.versions.commit(id as usize, version),
        Ok(()) => {
            if context.versions.newest(id as usize) < version {
                sums.wrong += 1;
                context.record_violation(index, || {
                    format!(
                        "the write of key {id} returned before version {version} reached the origin"
                    )
                });
            }
        }
        Err(RequestError::Pending(pending)) => return Err(pending),
        Err(error) => {
            sums.errors += 1;
            context.record_violation(index, || format!("the write failed: {error}"));
        }
    }
    Ok(())
}

/// Counts the outcome of a removal.
#[inline(always)]
pub(super) fn record_removal<E: std::error::Error>(
    context: &TrialContext,
    index: usize,
    outcome: Result<(), E>,
    sums: &mut RequestCounts,
) {
    if let Err(error) = outcome {
        sums.errors += 1;
        context.record_violation(index, || format!("the removal failed: {error}"));
    }
}

/// Checks without reading the bytes that a body is the slice that the origin returned, which is the
/// common case.
///
/// If all bodies have the same length, the address of the slice is known before the answer arrives.
#[inline(always)]
fn is_body_of<const SIZED: bool>(context: &TrialContext, fold: u64, body: &Bytes) -> bool {
    let length = if SIZED { body.len() } else { context.body_bytes };
    let start = body::offset_of_fold(fold, length);
    let length_fits = if SIZED { length > 0 } else { body.len() == length };
    std::ptr::eq(body.as_ptr(), context.block.as_ptr().wrapping_add(start)) & length_fits
}

enum Verification {
    Correct,
    Stale,
    Wrong,
}

/// Checks an answer that is not the expected slice: a copied body, an old version or a wrong
/// answer.
#[inline(never)]
fn examine(context: &TrialContext, read: PendingRead, value: Value) -> Verification {
    let id = read.key.id();
    let wrong = |what: String| {
        context.record_violation(read.index, || what);
        Verification::Wrong
    };
    if value.key != read.key {
        return wrong(format!("the read of key {id} returned key {}", value.key.id()));
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
        || (length == 0 && read.bytes > 0 && !context.has_empty_values())
    {
        return wrong(format!(
            "the body of key {id}, version {}, {length} bytes, differs from the origin's",
            value.version
        ));
    }
    if value.version >= read.newest {
        // A version that was committed during the read is correct.
        let newest = context.versions.newest(id as usize);
        if value.version > newest {
            return wrong(format!(
                "the read of key {id} returned version {}, which was never written; the newest is {newest}",
                value.version
            ));
        }
        return Verification::Correct;
    }
    context.record_stale(read.index, || {
        format!(
            "the read of key {id} returned version {} after version {} was committed",
            value.version, read.newest
        )
    });
    Verification::Stale
}
