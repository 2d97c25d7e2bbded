//! Requests of a strategy in `ExecutionMode::Async`: sends a single request or a multi-get and
//! counts it.

use std::ops::Range;
use std::sync::Arc;

use bakeoff_compiled::{Op, RequestColumns};
use bakeoff_strategy::{Key, Pending, Strategy};

use super::request_range::RequestRange;
use super::tally::Tally;
use super::verification::{PendingRead, record_read, record_removal, record_write};
use crate::data::origin::{self, MultiGetOrigin, RequestOrigin};
use crate::data::trial_context::TrialContext;

/// Returns the indexes of the requests to send together at a position of a part.
///
/// The result is a single request, or those reads of a multi-get that the part contains.
pub(super) fn next_indices(
    columns: &RequestColumns<'_>,
    part: RequestRange,
    position: u64,
) -> Range<usize> {
    let first = part.index(position);
    let groups = columns.groups();
    let Some(&group) = groups.get(first).filter(|&&group| group > 0) else {
        return first..first + 1;
    };
    let belongs = |&index: &usize| {
        groups[index] == group && columns.request::<true, false>(index).op == Op::Read
    };
    let left = usize::try_from(part.length() - position).unwrap_or(usize::MAX);
    let end = first.saturating_add(left).min(groups.len());
    let count = (first..end).take_while(belongs).count().max(1);
    first..first + count
}

/// Sends the requests, waits for their answers and counts them.
///
/// # Errors
/// [`Pending`] if the strategy was pending; the trial cannot continue.
pub(super) async fn send<S: Strategy, const FRESH: bool>(
    strategy: &S,
    context: &Arc<TrialContext>,
    columns: &RequestColumns<'_>,
    mut indices: impl ExactSizeIterator<Item = usize>,
    tally: &mut Tally,
) -> Result<(), Pending> {
    if indices.len() > 1 {
        return send_multi_get::<S, FRESH>(strategy, context, columns, indices, tally).await;
    }
    let Some(index) = indices.next() else { return Ok(()) };
    let before = tally.sums;
    send_one::<S, FRESH>(strategy, context, columns, index, tally).await?;
    if let Some(tenants) = context.tenants() {
        tally.add_to_tenant(tenants[index], before);
    }
    Ok(())
}

async fn send_one<S: Strategy, const FRESH: bool>(
    strategy: &S,
    context: &Arc<TrialContext>,
    columns: &RequestColumns<'_>,
    index: usize,
    tally: &mut Tally,
) -> Result<(), Pending> {
    let request = columns.request::<true, true>(index);
    let id = request.id as usize;
    let key = Key::from_id(u64::from(request.id));
    let options = context.put_options(request.bytes, request.ttl_ms);
    let newest = context.versions.newest(id);
    let origin = RequestOrigin::<true, FRESH>::new(context, request.bytes, options);
    tally.sums.requests += 1;
    match request.op {
        Op::Read => {
            let outcome = strategy.read(key, &origin).await;
            tally.sums.loads += origin.loads();
            let read = PendingRead { index, key, bytes: request.bytes, newest };
            record_read::<true, _>(context, read, outcome, &mut tally.sums, &mut tally.tiers)
        }
        Op::Write => {
            tally.sums.writes += 1;
            let value = origin::value::<FRESH>(context, key, newest + 1, request.bytes);
            let outcome = strategy.write(key, value, options, &origin).await;
            tally.sums.loads += origin.loads();
            let written = (index, request.id, newest + 1);
            record_write(context, written, S::DEFERS_WRITES, outcome, &mut tally.sums)
        }
        Op::Delete => {
            tally.sums.deletes += 1;
            context.versions.increment(id);
            let outcome = strategy.remove(key).await;
            record_removal(context, index, outcome, &mut tally.sums);
            Ok(())
        }
    }
}

/// Sends a multi-get. Each key counts as a request, and an error of the multi-get counts once per
/// key.
async fn send_multi_get<S: Strategy, const FRESH: bool>(
    strategy: &S,
    context: &Arc<TrialContext>,
    columns: &RequestColumns<'_>,
    indices: impl Iterator<Item = usize>,
    tally: &mut Tally,
) -> Result<(), Pending> {
    let pending: Vec<PendingRead> = indices
        .map(|index| {
            let request = columns.request::<true, true>(index);
            let newest = context.versions.newest(request.id as usize);
            let key = Key::from_id(u64::from(request.id));
            PendingRead { index, key, bytes: request.bytes, newest }
        })
        .collect();
    let options = |read: &PendingRead| {
        let ttl_ms = columns.request::<true, true>(read.index).ttl_ms;
        (read.key, read.bytes, context.put_options(read.bytes, ttl_ms))
    };
    let origin = MultiGetOrigin::<FRESH>::new(context, pending.iter().map(options).collect());
    let keys: Vec<Key> = pending.iter().map(|read| read.key).collect();
    let outcome = strategy.read_many(&keys, &origin).await;
    tally.sums.loads += origin.loads();
    let answers: Vec<_> = match outcome {
        Ok(reads) => reads.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error); keys.len()],
    };
    if answers.len() != keys.len() {
        let what =
            || format!("a multi-get of {1} keys returned {0} answers", answers.len(), keys.len());
        context.record_violation(pending[0].index, what);
        tally.sums.wrong += 1;
    }
    for (read, answer) in pending.into_iter().zip(answers) {
        let before = tally.sums;
        tally.sums.requests += 1;
        record_read::<true, _>(context, read, answer, &mut tally.sums, &mut tally.tiers)?;
        if let Some(tenants) = context.tenants() {
            tally.add_to_tenant(tenants[read.index], before);
        }
    }
    Ok(())
}
