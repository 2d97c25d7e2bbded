//! Requests of an awaited strategy: one alone, or several reads that were asked for together.

use std::ops::Range;
use std::sync::Arc;

use bakeoff_compiled::Op;
use bakeoff_strategy::{Key, Pending, Strategy};

use super::answer::{Asked, record_read, record_removal, record_write};
use super::columns::Columns;
use crate::context::Context;
use crate::origin::{self, GroupOrigin, RequestOrigin};
use crate::tally::Tally;

/// What was asked for at once, from the first poll to the verified answers.
///
/// # Errors
/// [`Pending`] if the strategy was; the trial cannot go on then.
pub(super) async fn ask<S: Strategy, const FRESH: bool>(
    strategy: &S,
    context: &Arc<Context>,
    columns: &Columns<'_>,
    asked: Range<usize>,
    tally: &mut Tally,
) -> Result<(), Pending> {
    if asked.len() > 1 {
        return many::<S, FRESH>(strategy, context, columns, asked, tally).await;
    }
    let index = asked.start;
    let before = tally.sums;
    one::<S, FRESH>(strategy, context, columns, index, tally).await?;
    if let Some(tenants) = context.tenants() {
        tally.credit(tenants[index], before);
    }
    Ok(())
}

async fn one<S: Strategy, const FRESH: bool>(
    strategy: &S,
    context: &Arc<Context>,
    columns: &Columns<'_>,
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
            let asked = Asked { index, key, bytes: request.bytes, newest };
            record_read::<true, _>(context, asked, outcome, &mut tally.sums, &mut tally.tiers)
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
            context.versions.raise(id);
            let outcome = strategy.remove(key).await;
            record_removal(context, index, outcome, &mut tally.sums);
            Ok(())
        }
    }
}

/// Reads of several keys. Each counts as a request; an error is the error of each.
async fn many<S: Strategy, const FRESH: bool>(
    strategy: &S,
    context: &Arc<Context>,
    columns: &Columns<'_>,
    indices: Range<usize>,
    tally: &mut Tally,
) -> Result<(), Pending> {
    let asked: Vec<Asked> = indices
        .map(|index| {
            let request = columns.request::<true, true>(index);
            let newest = context.versions.newest(request.id as usize);
            let key = Key::from_id(u64::from(request.id));
            Asked { index, key, bytes: request.bytes, newest }
        })
        .collect();
    let options = |asked: &Asked| {
        let ttl_ms = columns.request::<true, true>(asked.index).ttl_ms;
        (asked.key, asked.bytes, context.put_options(asked.bytes, ttl_ms))
    };
    let origin = GroupOrigin::<FRESH>::new(context, asked.iter().map(options).collect());
    let keys: Vec<Key> = asked.iter().map(|asked| asked.key).collect();
    let outcome = strategy.read_many(&keys, &origin).await;
    tally.sums.loads += origin.loads();
    let answers: Vec<_> = match outcome {
        Ok(reads) => reads.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error); keys.len()],
    };
    if answers.len() != keys.len() {
        let what =
            || format!("{} answers came to {} keys read together", answers.len(), keys.len());
        context.offend(asked[0].index, what);
        tally.sums.wrong += 1;
    }
    for (asked, answer) in asked.into_iter().zip(answers) {
        let before = tally.sums;
        tally.sums.requests += 1;
        record_read::<true, _>(context, asked, answer, &mut tally.sums, &mut tally.tiers)?;
        if let Some(tenants) = context.tenants() {
            tally.credit(tenants[asked.index], before);
        }
    }
    Ok(())
}
